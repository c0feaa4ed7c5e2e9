import type { Broken } from "./promises.ts";

/** What came of a night. */
export interface NightResult {
  readonly broken: readonly Broken[];
  /** Why its source could not be read, where none of this means anything therefore. */
  readonly unread: string | undefined;
  /** A hash of everything that happened, in order. */
  readonly history: string;
  readonly records: number;
  readonly delivered: number;
  /** Exchanges with systems, and how many of them were answered well. */
  readonly exchanges: number;
  readonly answered: number;
  /** What happened so often: faults, states, outcomes. */
  readonly seen: ReadonlyMap<string, number>;
}
