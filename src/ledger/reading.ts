import type { Cause, Issue, State } from "../model/record.ts";
import type { RecordId } from "./identity.ts";
import type { Origin } from "./intake.ts";
import type { OutboxWait } from "./outbox.ts";
import type { StoredEffect, TimelineEntry } from "./work.ts";

export interface RecordRow {
  readonly record: RecordId;
  readonly integration: string;
  readonly tenant: string;
  readonly source: string;
  readonly id: string | undefined;
  readonly entity: string | undefined;
  readonly key: string | undefined;
  readonly version: string | undefined;
  readonly state: State;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly receivedAtMs: number;
  readonly settledAtMs: number | undefined;
  /** When it is due, where it is the first of its key. */
  readonly nextAtMs: number | undefined;
  readonly attempts: number;
  readonly revision: number;
  readonly salt: string | undefined;
}

export interface RecordWhole extends RecordRow {
  readonly raw: Uint8Array | undefined;
  /** As it came, where a person's edit or a loaded entity stands in its place. */
  readonly original: Uint8Array | undefined;
  readonly content: string | undefined;
  readonly contract: string | undefined;
  readonly origin: Origin | undefined;
  readonly timeline: readonly TimelineEntry[];
  /** Its own, and those of its entity that it made or uses. */
  readonly effects: readonly StoredEffect[];
  /** The traceparent that it came with, where one was kept. */
  readonly trace: string | undefined;
}

export interface RecordFilter {
  readonly integration?: string | undefined;
  readonly tenant?: string | undefined;
  readonly states?: readonly State[] | undefined;
  readonly cause?: Cause | undefined;
  readonly key?: string | undefined;
  readonly id?: string | undefined;
  readonly entity?: string | undefined;
  /** Text in id, entity or key; the record; or how one of the values begins by which else it is found. */
  readonly search?: string | undefined;
  readonly sinceMs?: number | undefined;
  /** Where it breaks its contract, as a rule's path: `*` stands for any part of it (`items.*.price`). */
  readonly path?: string | undefined;
  /** Text in the message of a broken rule, there where `path` says; or, where no rule is broken, in the reason. `…` stands for anything. */
  readonly message?: string | undefined;
  /** Nothing newer than this record. */
  readonly upTo?: RecordId | undefined;
  /** Nothing that has come into its state, or was edited in it, after this; and nothing that is still on its way. */
  readonly settledByMs?: number | undefined;
}

/** A page of a listing. */
export interface FindOptions extends RecordFilter {
  readonly limit: number;
  /** `newest` first by default. */
  readonly order?: "newest" | "oldest" | undefined;
  /** Newest first: below this record. Oldest first: above it. */
  readonly before?: RecordId | undefined;
}

/** One group of an inbox. */
export interface InboxGroup {
  readonly integration: string;
  readonly tenant: string;
  readonly cause: Cause;
  /** Where groups are those of one broken rule: its path, with `*` for a place in a list, and what it says, with `…` for what differs. */
  readonly path?: string | undefined;
  readonly message?: string | undefined;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The newest one's reason and record. */
  readonly reason: string | undefined;
  readonly sample: RecordId;
}

/** The books of one integration and tenant. They balance when `received` equals the sum of all that follows but `refused`. */
export interface Book {
  readonly integration: string;
  readonly tenant: string;
  readonly received: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly quarantined: number;
  readonly waiting: number;
  readonly delivering: number;
  readonly delivered: number;
  readonly superseded: number;
  readonly dead: number;
  readonly held: number;
  readonly discarded: number;
  readonly pruned: number;
  readonly refused: number;
}

/** Something that never became a record. */
export interface Refusal {
  readonly source: string;
  readonly integrations: readonly string[];
  readonly tenant: string;
  readonly reason: string;
  readonly atMs: number;
  /** The first bytes of what came, for people; at most 2,000. */
  readonly sample: string;
  /** How many such refusals this stands for; 1 when it is left out. */
  readonly count?: number | undefined;
}

export interface RefusalRow {
  readonly source: string;
  /** Whose it would have been; `""` where there are no tenants, or nobody knows. */
  readonly tenant: string;
  readonly reason: string;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly sample: string;
}

export interface PruneStep {
  /** Payloads and bodies of final records received before this go. */
  readonly payloadsBeforeMs: number;
  readonly historyBeforeMs: number;
  readonly marksBeforeMs: number | undefined;
  /** The log of calls, as far as it was written before this. */
  readonly callsBeforeMs?: number | undefined;
  readonly limit: number;
}

/** What a prune would let go of. */
export type Prunable = Omit<PruneResult, "more">;

export interface PruneResult {
  readonly payloads: number;
  readonly records: number;
  readonly marks: number;
  readonly calls: number;
  /** There may be more: ask again. */
  readonly more: boolean;
}

/** What is watched of the ledger itself. */
export interface Measures {
  /** Of its file, or of its database. */
  readonly bytes: number;
  /** That this process has made since it opened it. */
  readonly commits: number;
  /** What was sent within transactions and is still to be taken in. */
  readonly outbox: readonly OutboxWait[];
  /** Of each book in which something waits or is being delivered: when the oldest of it was received, in milliseconds since 1970. */
  readonly oldestWaiting: readonly {
    readonly integration: string;
    readonly tenant: string;
    readonly receivedAtMs: number;
  }[];
}

/** Something about where a ledger is kept that could lose what it holds. */
export interface Risk {
  /** What would be lost, and when. */
  readonly problem: string;
  readonly hint: string;
}
