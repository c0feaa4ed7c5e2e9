import type { RefusalRow } from "../../ledger/ledger.ts";

// What senders were told that it is refused, held against what the ledger counts: where nobody counts it, nobody hears that a sender is turned away.

export class RefusedBooks {
  /** By source and reason. */
  readonly #told = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#told.size === 0;
  }

  note(source: string, as: string): void {
    const kind = `${source} ${as}`;
    this.#told.set(kind, (this.#told.get(kind) ?? 0) + 1);
  }

  /** What is not counted, or too often. A process that dies may take with it what it has not written yet: then nothing is to be found here. */
  against(rows: readonly RefusalRow[]): readonly string[] {
    const counted = new Map<string, number>();
    for (const { source, reason, count } of rows) {
      const kind = `${source} ${reason}`;
      counted.set(kind, (counted.get(kind) ?? 0) + count);
    }
    return [...new Set([...this.#told.keys(), ...counted.keys()])]
      .map((kind) => ({ kind, told: this.#told.get(kind) ?? 0, known: counted.get(kind) ?? 0 }))
      .filter(({ told, known }) => told !== known)
      .map(
        ({ kind, told, known }) =>
          `${kind}: senders were told ${told} times that it is refused, and ${known} are counted`,
      );
  }
}
