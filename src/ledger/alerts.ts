import type { AlertNews, AlertState, Finding } from "../model/alert.ts";
import type { Cause, State } from "../model/record.ts";
import type { RecordId } from "./identity.ts";
import type { OutboxWait } from "./outbox.ts";
import type { WorkerRow } from "./workers.ts";

// Alerts as the ledger keeps them. Each is one row, written whole by compare-and-set on its revision. That somebody is still to be told stands in the same
// row, and so in the same transaction: whoever is killed between a raise and its delivery finds it again.

/** An alert with its life. */
export interface AlertRow extends Finding {
  readonly id: string;
  /** 1 when it is raised; grows with each write. */
  readonly revision: number;
  readonly state: AlertState;
  readonly sinceMs: number;
  /** When it was last found to be so. */
  readonly lastAtMs: number;
  /** It has been well since; undefined while it is wrong. */
  readonly wellSinceMs: number | undefined;
  readonly mutedUntilMs: number | undefined;
  /** Who acknowledged or muted it, and why. */
  readonly actor: string | undefined;
  readonly why: string | undefined;
  readonly resolvedAtMs: number | undefined;
  /** What is still to be told to the channels. */
  readonly news: AlertNews | undefined;
  /** Counts the news of this alert: (id, number) names one message, whoever sends it twice. */
  readonly newsNumber: number;
  /** When the last news came up, and what its count was then. */
  readonly newsAtMs: number;
  readonly newsCount: number;
}

/** One alert as it shall stand, by compare-and-set. */
export interface AlertPut {
  readonly alert: AlertRow;
  /** The revision that it has; 0 for one that is not there yet. */
  readonly expected: number;
  /** What a person did: it stands in the journal under the alert's id. */
  readonly entry?: { readonly what: AlertDeed; readonly actor: string; readonly why: string | undefined } | undefined;
  readonly atMs: number;
}

export type AlertDeed = "acknowledged" | "muted" | "unmuted";

export interface AlertFilter {
  /** Those that are not resolved, and those that were resolved since; undefined for all. */
  readonly resolvedSinceMs?: number | undefined;
  readonly id?: string | undefined;
}

/** What waits or is stuck for one cause, counted as far as `countMax`. */
export interface CauseGroup {
  readonly integration: string;
  readonly tenant: string;
  readonly state: State;
  readonly cause: Cause;
  readonly count: number;
  /** When its oldest record came, and its newest. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Of the newest record. */
  readonly reason: string | undefined;
  /** The newest records, at most three. */
  readonly samples: readonly RecordId[];
}

/** What a watch reads again and again: a bounded amount, however large the ledger is. */
export interface Overview {
  /** What waits for a person. */
  readonly inbox: readonly CauseGroup[];
  /** What failed and is tried again. */
  readonly retrying: readonly CauseGroup[];
  /** One for each book, as far as it is among the oldest thousand. */
  readonly oldest: readonly OldestWaiting[];
  readonly parked: readonly Parked[];
  /** What was sent within transactions and is still to be taken in. */
  readonly outbox: readonly OutboxWait[];
  readonly books: readonly BookCounters[];
  /** Who shares this ledger, and who did of late; nobody where there is one owner only. */
  readonly workers: readonly WorkerRow[];
}

/** No group is counted further than this: who has as many of one cause needs no other number. */
export const countMax = 100_000;

/** What one book has counted. */
export interface BookCounters {
  readonly integration: string;
  readonly tenant: string;
  readonly received: number;
  readonly duplicate: number;
}

/** The record of one integration and tenant that has waited longest. */
export interface OldestWaiting {
  readonly integration: string;
  readonly tenant: string;
  readonly record: RecordId;
  readonly receivedAtMs: number;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
}

/** What stands aside because its integration does not run here. */
export interface Parked {
  readonly integration: string;
  readonly tenant: string;
  readonly count: number;
}
