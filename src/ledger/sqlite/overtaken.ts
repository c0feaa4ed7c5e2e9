import type { Prepare } from "./cells.ts";
import type { Due } from "./due.ts";

// Whoever lets a record go that newer ones of its key have overtaken must be told. For what waits for a person that is answered at once, from a row that its
// key has had since then. For what ended long ago and is replayed all the same, it is searched.

export interface Overtaken {
  /** A record of this key begins to wait for a person. */
  watch(keyHash: number): void;
  delivered(keyHash: number, record: number): void;
  /** Newer records of its key that were delivered, or are being delivered: a record that goes now goes after them. */
  by(keyHash: number, record: number, watched: boolean): readonly number[];
  forget(): void;
}

/** As many as a person reads, and as far back as is worth looking for them. */
const namedMax = 10;
const searchedMax = 5_000;

export function keepOvertaken(prepare: Prepare, due: Due): Overtaken {
  const watch = prepare("insert into passed (key_hash, record) values (?, 0) on conflict do nothing");
  const pass = prepare("update passed set record = ?1 where key_hash = ?2 and record < ?1");
  const newest = prepare("select record from passed where key_hash = ?");
  const any = prepare("select 1 from passed limit 1");
  const search = prepare(
    "select record from records where record > ? and key_hash = ? and state = 'delivered' order by record limit ?",
  );
  const names = prepare(
    `select record from (
       select record, key_hash, state from records where record > ?1 and record <= ?2 order by record desc limit ${searchedMax}
     ) where (key_hash = ?3 and state = 'delivered') or record = ?2 order by record limit ?4`,
  );
  let watching: boolean | undefined;

  function deliveredSince(keyHash: number, record: number, watched: boolean): number[] {
    const passedBy = watched ? (newest.get(keyHash)?.[0] as number | undefined) : undefined;
    if (passedBy === undefined) return search.all(record, keyHash, namedMax).map(([newer]) => newer as number);
    if (passedBy <= record) return [];
    const found = names.all(record, passedBy, keyHash, namedMax).map(([newer]) => newer as number);
    return found.length > 0 ? found : [passedBy];
  }

  return {
    watch(keyHash) {
      watch.run(keyHash);
      watching = true;
    },
    delivered(keyHash, record) {
      watching ??= any.get() !== undefined;
      if (watching) pass.run(record, keyHash);
    },
    by(keyHash, record, watched) {
      const found = deliveredSince(keyHash, record, watched);
      const row = due.of(keyHash);
      return row?.delivering === true && row.head > record ? [...found, row.head] : found;
    },
    forget() {
      watching = undefined;
    },
  };
}
