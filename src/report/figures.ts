import type { AlertRow, Book, CauseGroup, Deeds, HistoryRow, OldestWaiting, Restore } from "../ledger/ledger.ts";
import type { Cause, State } from "../model/record.ts";
import type { Flow, TimedFlow } from "./flow.ts";
import type { Period } from "./period.ts";

/** What one integration and tenant had, by slot and in all. */
export interface FeedFigures {
  readonly integration: string;
  readonly tenant: string;
  readonly flow: TimedFlow;
  readonly before: TimedFlow;
  /** How many came in each slot of the period. */
  readonly came: Uint32Array;
}

/** Records of one integration that stand for one cause. */
export interface CauseFigures {
  readonly integration: string;
  readonly state: State;
  readonly cause: Cause | undefined;
  count: number;
  before: number;
  /** Of the newest. */
  reason: string | undefined;
}

/** Everything that a report is made of, as it was read. What is made of it is decided by pure functions. */
export interface Figures {
  /** When it was read; a period may have ended before. */
  readonly nowMs: number;
  readonly period: Period;
  readonly only: { readonly integration: string | undefined; readonly tenant: string | undefined };
  readonly feeds: readonly FeedFigures[];
  /** All of them together, by slot. */
  readonly slots: readonly Flow[];
  readonly causes: readonly CauseFigures[];
  /** More came than is counted: from then on it is left out. */
  readonly countedUntilMs: number | undefined;
  readonly books: readonly Book[];
  readonly inbox: readonly CauseGroup[];
  readonly oldest: readonly OldestWaiting[];
  readonly alerts: readonly AlertRow[];
  readonly deeds: Deeds;
  /** Of the period and the time before it. */
  readonly hours: readonly HistoryRow[];
  readonly restores: readonly Restore[];
  /** When the oldest record that is kept came. */
  readonly oldestRecordMs: number | undefined;
  /** Feeds whose usual week is not learnt yet, with the days so far. */
  readonly learning: readonly { readonly integration: string; readonly days: number }[];
  /** A process runs on this ledger now. */
  readonly running: boolean;
}
