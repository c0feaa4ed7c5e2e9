// What each of several workers sees by itself, and whoever asks the rules for all has to know: a text that means nothing to the ledger. It is written now
// and then, only where there is news. Losing it costs no record: what goes on is seen again.

/** What another worker saw. */
export interface Sighted {
  /** Its name, for people. */
  readonly worker: string;
  /** How long ago it said so, by the clock of the ledger. */
  readonly ageMs: number;
  /** JSON. */
  readonly state: string;
}
