import type { DueRow, DueTable } from "../desk/due.ts";
import { type Cell, cell, type Prepare, value } from "./cells.ts";
import { needsPerson } from "./records.ts";

/** The rows of the keys that have unsettled records, and the records that wait behind their heads. */
export function dueTable(prepare: Prepare): DueTable {
  const find = prepare("select due, key_hash, head, at, unsettled, delivering, blocked from due where key_hash = ?");
  // A row that a record made for one key stays with that key when the record goes to another: there it makes one with a number that no record has.
  const insert = prepare(
    `insert into due (due, key_hash, book, head, at, unsettled, delivering, blocked) values (
       case when exists (select 1 from due where due = ?1) then min(0, (select min(due) from due)) - 1 else ?1 end,
       ?2, ?3, ?1, ?4, 1, 0, ?5)`,
  );
  const insertStarted = prepare(
    `insert into due (due, key_hash, book, head, at, unsettled, delivering, blocked) values (?1, ?2, ?3, ?1, ?4, 1, 1, 0)
     on conflict do nothing`,
  );
  const add = prepare("update due set unsettled = unsettled + ? where due = ?");
  const remove = prepare("delete from due where due = ?");
  const setHead = prepare(
    "update due set head = ?, book = ?, at = ?, unsettled = ?, delivering = 0, blocked = ?, parked = 0 where due = ?",
  );
  const setAt = prepare("update due set at = ?, delivering = 0 where due = ?");
  const setBlocked = prepare("update due set blocked = ? where due = ?");
  const firstQueued = prepare(
    "select record, book, at, strict from records where key_hash = ? and queued = 1 order by record limit 1",
  );
  const setQueued = prepare("update records set queued = 1, at = ? where record = ?");
  const unsetQueued = prepare("update records set queued = 0, at = null where record = ?");
  const blocker = prepare(
    `select 1 from records where key_hash = ? and record < ? and strict = 1 and ${needsPerson} limit 1`,
  );
  const strictOf = prepare("select strict from records where record = ?");

  return {
    find(keyHash) {
      const cells = find.get(keyHash);
      return cells === undefined ? undefined : rowOf(cells);
    },
    insert({ record, book, keyHash }, atMs, blocked) {
      insert.run(record, keyHash, book, atMs, blocked ? 1 : 0);
    },
    insertStarted: ({ record, book, keyHash }, atMs) => insertStarted.run(record, keyHash, book, atMs) === 1,
    add(row, by) {
      add.run(by, row.due);
    },
    remove(row) {
      remove.run(row.due);
    },
    setHead(row, { record, book, atMs }, unsettled, blocked) {
      setHead.run(record, book, atMs, unsettled, blocked ? 1 : 0, row.due);
    },
    setAt(row, atMs) {
      setAt.run(atMs, row.due);
    },
    setBlocked(row, blocked) {
      setBlocked.run(blocked ? 1 : 0, row.due);
    },
    firstQueued(keyHash) {
      const found = firstQueued.get(keyHash);
      if (found === undefined) return undefined;
      const [record, book, at, strict] = found;
      return { record: record as number, book: book as number, atMs: value<number>(at), strict: strict === 1 };
    },
    setQueued(record, atMs) {
      setQueued.run(cell(atMs), record);
    },
    unsetQueued(record) {
      unsetQueued.run(record);
    },
    hasBlocker: (keyHash, record) => blocker.get(keyHash, record) !== undefined,
    isStrict: (record) => strictOf.get(record)?.[0] === 1,
  };
}

function rowOf(cells: Cell[]): DueRow {
  const [due, keyHash, head, atMs, unsettled, delivering, blocked] = cells as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { due, keyHash, head, atMs, unsettled, delivering: delivering === 1, blocked: blocked === 1 };
}
