import type { UniqueTable } from "../desk/uniques.ts";
import type { Hash } from "../ledger.ts";
import { type Prepare, value } from "./cells.ts";

/** Values that no two entities have. Where no definition uses them the tables are known to be empty, and nothing is asked. */
export interface UniqueRows extends UniqueTable {
  /** Another process has written. */
  forget(): void;
}

export function uniqueTable(prepare: Prepare): UniqueRows {
  const any = prepare("select 1 from unique_claims where record > 0 limit 1");
  const find = prepare("select entity, record from uniques where value = ?");
  const insert = prepare("insert into uniques (value, entity, record) values (?, ?, ?) on conflict do nothing");
  const claimed = prepare("select value from unique_claims where record = ?");
  const before = prepare("select record, value from unique_claims where entity_hash = ? and record < ?");
  const insertClaim = prepare("insert into unique_claims (record, value, entity_hash) values (?, ?, ?)");
  const remove = prepare("delete from unique_claims where record = ?");
  const letGo = prepare(
    "delete from uniques where value = ?1 and not exists (select 1 from unique_claims where value = ?1)",
  );
  /** Undefined: not known. */
  let used: boolean | undefined;

  return {
    inUse() {
      used ??= any.get() !== undefined;
      return used;
    },
    holder(hash) {
      const found = find.get(hash) as [string, number] | undefined;
      return found === undefined ? undefined : { entity: found[0], record: found[1] };
    },
    take(hash, entity, record) {
      insert.run(hash, entity, record);
    },
    valueOf: (record) => value<Hash>(claimed.get(record)?.[0]),
    before: (entityHash, record) =>
      before.all(entityHash, record).map(([earlier, hash]) => ({ record: earlier as number, value: hash as Hash })),
    claim(record, hash, entityHash) {
      used = true;
      insertClaim.run(record, hash, entityHash);
    },
    giveUp(record, hash) {
      remove.run(record);
      letGo.run(hash);
    },
    forget() {
      used = undefined;
    },
  };
}
