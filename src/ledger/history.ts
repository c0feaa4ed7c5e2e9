import type { Cause, State } from "../model/record.ts";
import type { TimelineWhat } from "../model/timeline.ts";
import type { JournalEntry } from "./bulletin.ts";
import type { RecordId } from "./identity.ts";

// What a look back over days needs: what came and where it is now, counted from the records themselves; what persons did; and what only whoever watched
// knows, kept by the hour as text that means nothing to the ledger.

/** One hour of one thing. */
export interface HistoryRow {
  /** When it began, in milliseconds since 1970; 0 for what the next hour goes on from. */
  readonly hourMs: number;
  /** `watch`: that somebody watched; `book`: an integration; `refusal`: a source that turned something away; `system`: calls; `counters`: see hour 0. */
  readonly kind: "watch" | "book" | "refusal" | "system" | "counters";
  readonly name: string;
  readonly tenant: string;
  /** Of a refusal its reason; `""` for others. */
  readonly about: string;
  /** JSON. */
  readonly state: string;
}

/** One hour as it shall stand. */
export interface HistoryPut extends HistoryRow {
  /** What stands there, as far as is known; undefined for nothing. */
  readonly before: string | undefined;
}

export interface HistoryWrite {
  /** In place of what stands there. */
  readonly rows: readonly HistoryPut[];
  /** Hours before this one are let go of. */
  readonly forgetBeforeMs: number;
}

/** What came in a stretch of time, some thousand records at a time. */
export interface CohortStep {
  readonly fromMs: number;
  /** Not included. */
  readonly untilMs: number;
  /** Records are counted by the slots of this length in which they came, from `fromMs` on. */
  readonly slotMs: number;
  readonly integration: string | undefined;
  readonly tenant: string | undefined;
  /** Go on after this record. */
  readonly after: RecordId | undefined;
  /** Look at so many records. */
  readonly limit: number;
}

/** Records of one integration and tenant that came in one slot and stand alike now. */
export interface CohortGroup {
  readonly integration: string;
  readonly tenant: string;
  readonly slot: number;
  readonly state: State;
  readonly cause: Cause | undefined;
  readonly count: number;
  /** Of those that were delivered: how many took how long from receipt to delivery, in milliseconds of two digits (31, 1200, 94000). */
  readonly took: readonly (readonly [ms: number, count: number])[];
  /** The newest of them, and why it stands there. */
  readonly newest: RecordId;
  readonly reason: string | undefined;
}

export interface CohortPage {
  readonly groups: readonly CohortGroup[];
  /** There may be more after this one. */
  readonly next: RecordId | undefined;
}

/** What one person did with records of one integration and tenant. */
export interface MovesByHand {
  readonly integration: string;
  readonly tenant: string;
  readonly what: TimelineWhat;
  readonly actor: string;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** JSON, of the newest one. */
  readonly detail: string | undefined;
}

/** What persons did in a stretch of time, newest first. */
export interface Deeds {
  readonly moves: readonly MovesByHand[];
  readonly journal: readonly JournalEntry[];
  /** There is more than `deedsMax` of one of them: the rest is left out. */
  readonly more: boolean;
}

/** No more groups of moves, and no more entries of the journal, than this are told at once. */
export const deedsMax = 200;

const digits = 10;
/** Milliseconds rounded to two digits: what people are shown, so that a median of rounded times is the rounded median. */
export function twoDigits(ms: number): number {
  const whole = Math.max(0, Math.round(ms));
  let unit = 1;
  while (whole / unit >= digits * digits) unit *= digits;
  return Math.round(whole / unit) * unit;
}
