import type { Hash } from "../ledger.ts";

// The desk of this store is laid out before the work begins: the rows that a batch will ask for are fetched together, the operations read and change them
// here, and what changed is written together. An operation that asks for something else is stopped; what it asked for is fetched too, and the batch runs
// again from the rows as they were. So an answer never depends on what was foreseen, only its price does.

/** What was asked for and is not here: a kind of row, and which. */
export class NotFetched extends Error {
  readonly kind: WantKind;
  readonly key: WantKey;

  constructor(kind: WantKind, key: WantKey) {
    super(`${kind} ${String(key)} was not fetched`);
    this.kind = kind;
    this.key = key;
  }
}

export type WantKind =
  | "due"
  | "queued"
  | "blockers"
  | "record"
  | "raw"
  | "mark"
  | "entity"
  | "effects"
  | "entityEffects"
  | "versions"
  | "held"
  | "unread"
  | "cursor"
  | "word"
  | "outbox"
  | "wordText"
  | "book"
  | "bookName"
  | "unique"
  | "claim"
  | "claimsOf"
  | "claimants"
  | "passed"
  | "firstDue"
  | "search";

export type WantKey = string | number;

/** What is to be fetched, by kind. */
export class Wants {
  readonly #keys = new Map<WantKind, Set<WantKey>>();

  add(kind: WantKind, key: WantKey | undefined): void {
    if (key === undefined) return;
    let keys = this.#keys.get(kind);
    if (keys === undefined) {
      keys = new Set();
      this.#keys.set(kind, keys);
    }
    keys.add(key);
  }

  of(kind: WantKind): WantKey[] {
    return [...(this.#keys.get(kind) ?? [])];
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }
}

/** A hash as the key of a map. */
export const hashKey = (hash: Hash): string => Buffer.from(hash).toString("latin1");
export const hashOf = (key: WantKey): Uint8Array => Buffer.from(String(key), "latin1");

/** The rows of one kind: as they were fetched, and as they are now. `undefined` is a row that is known not to be there. */
export class Shelf<Key extends WantKey, Row> {
  readonly #kind: WantKind;
  readonly #fetched = new Map<Key, Row | undefined>();
  readonly #now = new Map<Key, Row | undefined>();

  constructor(kind: WantKind) {
    this.#kind = kind;
  }

  lay(key: Key, row: Row | undefined): void {
    this.#fetched.set(key, row);
  }

  has(key: Key): boolean {
    return this.#now.has(key) || this.#fetched.has(key);
  }

  /** @throws {NotFetched} when nobody knows. */
  get(key: Key): Row | undefined {
    if (this.#now.has(key)) return this.#now.get(key);
    if (!this.#fetched.has(key)) throw new NotFetched(this.#kind, key);
    return this.#fetched.get(key);
  }

  set(key: Key, row: Row | undefined): void {
    this.#now.set(key, row);
  }

  /** As it was fetched; undefined for what is new. */
  before(key: Key): Row | undefined {
    return this.#fetched.get(key);
  }

  /** All that was fetched and is there. */
  laid(): Row[] {
    return [...this.#fetched.values()].filter((row) => row !== undefined);
  }

  /** What is not as it was. */
  changed(): [Key, Row | undefined][] {
    return [...this.#now].filter(([key, row]) => row !== this.#fetched.get(key));
  }

  now(): Iterable<[Key, Row | undefined]> {
    return this.#now;
  }

  /** Takes everything back to how it was fetched. */
  reset(): void {
    this.#now.clear();
  }
}
