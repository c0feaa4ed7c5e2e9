// Sources that can be read to their end when somebody asks, besides what they do by themselves: polls, and files. `waybill run` does, on whichever process
// owns the ledger.

/** How far one has come since it was asked. */
export interface ReadProgress {
  /** What came, duplicates included. */
  readonly records: number;
  /** What it is reading now: a page's number, a file's name. */
  readonly at: string;
  /** The part that is read, from 0 to 1, where its size is known. */
  readonly share?: number;
}

export interface Exhaustible {
  /** As in the ledger: `poll:contacts`. */
  readonly name: string;
  readonly integrations: readonly string[];
  /** Whose records it brings, where each tenant has one of its own. */
  readonly tenant?: string | undefined;
  /** It is being read right now. */
  readonly running: boolean;
  /**
   * Reads on until there is no more. Where it is being read already, waits for that and then looks once more. Resolves with what a person has to
   * look at before all of it can be read.
   *
   * @throws why it could not be read to its end: it may be asked again.
   */
  readOut(onProgress: (progress: ReadProgress) => void): Promise<readonly string[]>;
}
