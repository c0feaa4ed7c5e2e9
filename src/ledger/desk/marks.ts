import type { Hash } from "../ledger.ts";

// A mark says that something came before: an id, content without identity, or a conflict. Its hash names the kind, the integration and the tenant, so
// one table holds all three. It commits with its record and outlives it.

export interface Mark {
  readonly record: number;
  readonly rawHash: Hash;
  readonly fingerprint: Hash | undefined;
  /** A word. */
  readonly contract: number;
}

export interface NewMark extends Mark {
  readonly book: number;
  readonly keyHash: number | undefined;
}

export interface Marks {
  of(mark: Hash): Mark | undefined;
  /** Answers false, and writes nothing, when the mark is there already. */
  add(mark: Hash, made: NewMark): boolean;
  /** Adds a mark that `of` has just answered not to be there; as `add` otherwise. */
  addNew(mark: Hash, made: NewMark): boolean;
  /** The mark names another record from now on. */
  pass(mark: Hash, record: number): void;
  /** The same thing has been read with another contract. */
  reread(mark: Hash, fingerprint: Hash, contract: number): void;
}

function sameHash(one: Hash, other: Hash): boolean {
  for (let at = 0; at < 16; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Whether what comes now says the same as what made the mark: letter for letter, or in what a contract made of it. */
export function saysTheSame(mark: Mark, rawHash: Hash, fingerprint: Hash): boolean {
  return sameHash(mark.rawHash, rawHash) || (mark.fingerprint !== undefined && sameHash(mark.fingerprint, fingerprint));
}
