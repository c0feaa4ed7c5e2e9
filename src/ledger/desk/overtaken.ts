import type { Due } from "./due.ts";

// Whoever lets a record go that newer ones of its key have overtaken must be told. For what waits for a person that is answered at once, from a row that its
// key has had since then. For what ended long ago and is replayed all the same, it is searched.

export interface Overtaken {
  /** A record of this key begins to wait for a person. */
  watch(keyHash: number): void;
  delivered(keyHash: number, record: number): void;
  /** Newer records of its key that were delivered, or are being delivered: a record that goes now goes after them. */
  by(keyHash: number, record: number, watched: boolean): readonly number[];
}

/** As many as a person reads. */
const namedMax = 10;

/** The rows behind it, as a store has them. */
export interface PassedTable {
  watch(keyHash: number): void;
  /** Notes it, where the key is watched. */
  pass(keyHash: number, record: number): void;
  /** The newest record that was delivered past those that wait: 0 for none yet, undefined where the key is not watched. */
  newest(keyHash: number): number | undefined;
  /** Delivered records of the key after this one, oldest first. */
  search(keyHash: number, record: number, most: number): readonly number[];
  /** The same between two records, as far as is worth looking. */
  between(keyHash: number, record: number, newest: number, most: number): readonly number[];
}

export function keepOvertaken(table: PassedTable, due: Due): Overtaken {
  function deliveredSince(keyHash: number, record: number, watched: boolean): readonly number[] {
    const passedBy = watched ? table.newest(keyHash) : undefined;
    if (passedBy === undefined) return table.search(keyHash, record, namedMax);
    if (passedBy <= record) return [];
    const found = table.between(keyHash, record, passedBy, namedMax);
    return found.length > 0 ? found : [passedBy];
  }

  return {
    watch: table.watch,
    delivered: table.pass,
    by(keyHash, record, watched) {
      const found = deliveredSince(keyHash, record, watched);
      const row = due.of(keyHash);
      return row?.delivering === true && row.head > record ? [...found, row.head] : found;
    },
  };
}
