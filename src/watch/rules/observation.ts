import type { Overview } from "../../ledger/ledger.ts";

/** What is seen in one look. Each part is a file in watch/looks/ or of a room of its own; all of it is bounded. */
export interface Observation {
  readonly nowMs: number;
  /** Since when this process watches. */
  readonly upSinceMs: number;
  readonly ledger: Overview;
}
