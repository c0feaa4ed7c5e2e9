import type { Hash } from "../ledger.ts";
import { type Cell, cell, type Prepare, value } from "./cells.ts";
import type { YoungMarks } from "./young-marks.ts";

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

const columns = "record, raw_hash, fingerprint, contract";

export function keepMarks(prepare: Prepare, young: YoungMarks): Marks {
  const findOld = prepare(`select ${columns} from marks where mark = ?`);
  const findYoung = prepare(`select ${columns} from young_marks where n = ?`);
  const setRecord = both("record = ?");
  const setReading = both("fingerprint = ?, contract = ?");

  function both(what: string): (mark: Hash, ...cells: Cell[]) => void {
    const old = prepare(`update marks set ${what} where mark = ?`);
    const fresh = prepare(`update young_marks set ${what} where n = ?`);
    return (mark, ...cells) => {
      const n = young.find(mark);
      if (n !== undefined) fresh.run(...cells, n);
      old.run(...cells, mark);
    };
  }

  function of(mark: Hash): Mark | undefined {
    const n = young.find(mark);
    const found = (n === undefined ? undefined : findYoung.get(n)) ?? findOld.get(mark);
    if (found === undefined) return undefined;
    return {
      record: found[0] as number,
      rawHash: found[1] as Hash,
      fingerprint: value<Hash>(found[2]),
      contract: found[3] as number,
    };
  }

  function addNew(mark: Hash, made: NewMark): boolean {
    if (young.find(mark) !== undefined) return false;
    const { book, record, keyHash, rawHash, fingerprint, contract } = made;
    young.add(mark, [book, record, cell(keyHash), rawHash, cell(fingerprint), contract]);
    return true;
  }

  return {
    of,
    add: (mark, made) => of(mark) === undefined && addNew(mark, made),
    addNew,
    pass: (mark, record) => setRecord(mark, record),
    reread: (mark, fingerprint, contract) => setReading(mark, fingerprint, contract),
  };
}

export function sameHash(one: Hash, other: Hash): boolean {
  for (let at = 0; at < 16; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Whether what comes now says the same as what made the mark: letter for letter, or in what a contract made of it. */
export function saysTheSame(mark: Mark, rawHash: Hash, fingerprint: Hash): boolean {
  return sameHash(mark.rawHash, rawHash) || (mark.fingerprint !== undefined && sameHash(mark.fingerprint, fingerprint));
}
