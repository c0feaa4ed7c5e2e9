// What the watch has learnt, as the ledger keeps it: a text that means nothing to the ledger. It is written every few minutes, and read when a process
// begins to watch. Losing it costs no record: it is learnt again.

export interface LearntName {
  /** `volume`: how much comes and when; `shape`: what payloads look like; `watch`: until when this ledger was watched. */
  readonly kind: "volume" | "shape" | "watch";
  /** `""` for none. */
  readonly integration: string;
  readonly tenant: string;
  /** `""` for all of them together. */
  readonly source: string;
}

export interface Learnt extends LearntName {
  readonly keptAtMs: number;
  /** JSON. */
  readonly state: string;
}

/** How many new records an integration and tenant have ever had: what was received, less the duplicates. */
export interface Tally {
  readonly integration: string;
  readonly tenant: string;
  readonly fresh: number;
}
