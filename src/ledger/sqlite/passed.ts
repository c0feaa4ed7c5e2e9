import type { PassedTable } from "../desk/overtaken.ts";
import type { Prepare } from "./cells.ts";

/** As far back as is worth looking. */
const searchedMax = 5_000;

/** Keys with records that wait for a person, and how far others have gone past them. */
export interface PassedRows extends PassedTable {
  forget(): void;
}

export function passedTable(prepare: Prepare): PassedRows {
  const watch = prepare("insert into passed (key_hash, record) values (?, 0) on conflict do nothing");
  const pass = prepare("update passed set record = ?1 where key_hash = ?2 and record < ?1");
  const newest = prepare("select record from passed where key_hash = ?");
  const any = prepare("select 1 from passed limit 1");
  const search = prepare(
    "select record from records where record > ? and key_hash = ? and state = 'delivered' order by record limit ? + 0",
  );
  const names = prepare(
    `select record from (
       select record, key_hash, state from records where record > ?1 and record <= ?2 order by record desc limit ${searchedMax}
     ) where (key_hash = ?3 and state = 'delivered') or record = ?2 order by record limit ?4 + 0`,
  );
  let watching: boolean | undefined;

  return {
    watch(keyHash) {
      watch.run(keyHash);
      watching = true;
    },
    pass(keyHash, record) {
      watching ??= any.get() !== undefined;
      if (watching) pass.run(record, keyHash);
    },
    newest: (keyHash) => newest.get(keyHash)?.[0] as number | undefined,
    search: (keyHash, record, most) => search.all(record, keyHash, most).map(([newer]) => newer as number),
    between: (keyHash, record, upTo, most) => names.all(record, upTo, keyHash, most).map(([newer]) => newer as number),
    forget() {
      watching = undefined;
    },
  };
}
