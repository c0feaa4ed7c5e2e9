// How batches travel between threads: as one flat array of strings and numbers and one block of bytes. Cloning objects costs their names again for each
// of them, and each hash in a buffer of its own costs a buffer: measured, 3 to 6 times what the flat form costs, on both sides.

/** What is posted. */
export interface Sheet {
  readonly cells: readonly unknown[];
  readonly bytes: Uint8Array;
}

const hashBytes = 16;

export class SheetWriter {
  readonly cells: unknown[] = [];
  #bytes = new Uint8Array(4_096);
  #length = 0;

  put(...cells: unknown[]): void {
    this.cells.push(...cells);
  }

  /** A hash, or its absence. */
  hash(hash: Uint8Array | undefined): void {
    if (hash === undefined || hash.length !== hashBytes) {
      // A hash of another length is somebody's mistake: the store's constraints refuse it.
      this.cells.push(hash);
      return;
    }
    this.cells.push(true);
    if (this.#length + hashBytes > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 4);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(hash, this.#length);
    this.#length += hashBytes;
  }

  sheet(): Sheet {
    return { cells: this.cells, bytes: this.#bytes.slice(0, this.#length) };
  }
}

export class SheetReader {
  readonly #cells: readonly unknown[];
  readonly #bytes: Uint8Array;
  #at = 0;
  #byteAt = 0;

  constructor({ cells, bytes }: Sheet) {
    this.#cells = cells;
    this.#bytes = bytes;
  }

  /** The next cell, as what was put there. */
  next<T>(): T {
    return this.#cells[this.#at++] as T;
  }

  hash(): Uint8Array | undefined {
    const there = this.#cells[this.#at++];
    if (there !== true) return there as Uint8Array | undefined;
    this.#byteAt += hashBytes;
    return this.#bytes.subarray(this.#byteAt - hashBytes, this.#byteAt);
  }

  list<T>(one: () => T): T[] {
    const count = this.next<number>();
    const list: T[] = [];
    for (let index = 0; index < count; index++) list.push(one());
    return list;
  }
}
