import { type Cell, type Prepare, value } from "./cells.ts";
import { needsPerson } from "./records.ts";

// What is kept in order. Each key with unsettled records has one row in `due`, and that row names the key's head: its oldest unsettled record, or the
// one that is in a worker's hands. The others wait behind it, marked `queued`, and are found by an index that only they are in. So a record that is
// alone on its key, which is the usual case, costs one row and no search. A claim looks at heads only: a blocked or retrying head hides what is behind
// it, and nothing behind it is ever scanned.
//
// Records join the queue of their key when their turn comes near (backlog.ts). Whoever changes a record's state changes the record first and then calls
// here, because strict order asks which records wait for a person.

export interface DueRow {
  readonly due: number;
  readonly keyHash: number;
  readonly head: number;
  readonly atMs: number;
  readonly unsettled: number;
  readonly delivering: boolean;
  readonly blocked: boolean;
}

/** A record as the queue of its key sees it. */
export interface Queued {
  readonly record: number;
  readonly book: number;
  readonly keyHash: number;
  readonly strict: boolean;
}

export interface Due {
  of(keyHash: number): DueRow | undefined;
  /** Puts a record that is alone on its key straight into a worker's hands; answers false, and does nothing, when it is not alone. */
  start(queued: Queued, atMs: number): boolean;
  /** Whether a record that joins this key waits behind another one: its own row must say so (`queued`). `row` is what `of` answered just now. */
  standsBehind(row: DueRow | undefined, record: number): boolean;
  /** A waiting record takes its place, in front when it is the oldest. */
  join(row: DueRow | undefined, queued: Queued, atMs: number): void;
  /** A record leaves for good: it settled, or a person or a newer version took it away. */
  leave(row: DueRow, record: number, nowMs: number): void;
  /** The record in hand goes back and is due again at `atMs`, behind an older one that came meanwhile. */
  later(row: DueRow, atMs: number, nowMs: number): void;
  /** The head may run now, if it only waits. */
  hurry(keyHash: number, nowMs: number): void;
  /** Asks again whether a record that waits for a person stands before the head. */
  recheck(keyHash: number): void;
}

export function keepDue(prepare: Prepare): Due {
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
  const add = prepare("update due set unsettled = unsettled + 1 where due = ?");
  const subtract = prepare("update due set unsettled = unsettled - 1 where due = ?");
  const remove = prepare("delete from due where due = ?");
  const setHead = prepare(
    "update due set head = ?, book = ?, at = ?, unsettled = ?, delivering = 0, blocked = ?, parked = 0 where due = ?",
  );
  const setAt = prepare("update due set at = ?, delivering = 0 where due = ?");
  const setHurry = prepare("update due set at = ? where key_hash = ? and at > ? and delivering = 0");
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

  const rowOf = (cells: Cell[]): DueRow => {
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
  };
  const isBlocked = (keyHash: number, record: number, strict: boolean): 0 | 1 =>
    strict && blocker.get(keyHash, record) !== undefined ? 1 : 0;

  const of: Due["of"] = (keyHash) => {
    const cells = find.get(keyHash);
    return cells === undefined ? undefined : rowOf(cells);
  };

  /** The oldest that waits behind becomes the head; `unsettled` is what the row counts from now on. */
  function advance(row: DueRow, unsettled: number, nowMs: number): void {
    const next = firstQueued.get(row.keyHash);
    if (next === undefined)
      throw new Error(`due row ${row.due} counts ${unsettled} unsettled records and none is queued`);
    const [record, book, atMs, strict] = next as [number, number, number | null, number];
    unsetQueued.run(record);
    setHead.run(record, book, atMs ?? nowMs, unsettled, isBlocked(row.keyHash, record, strict === 1), row.due);
  }

  return {
    of,
    start({ record, book, keyHash, strict }, atMs) {
      if (isBlocked(keyHash, record, strict) === 1) return false;
      return insertStarted.run(record, keyHash, book, atMs) === 1;
    },
    standsBehind: (row, record) => row !== undefined && (row.delivering || row.head < record),
    join(row, { record, book, keyHash, strict }, atMs) {
      if (row === undefined) {
        insert.run(record, keyHash, book, atMs, isBlocked(keyHash, record, strict));
        return;
      }
      if (row.delivering || row.head < record) {
        add.run(row.due);
      } else {
        setQueued.run(row.atMs, row.head);
        setHead.run(record, book, atMs, row.unsettled + 1, isBlocked(keyHash, record, strict), row.due);
      }
    },
    leave(row, record, nowMs) {
      if (row.unsettled === 1) remove.run(row.due);
      else if (row.head === record) advance(row, row.unsettled - 1, nowMs);
      else subtract.run(row.due);
    },
    later(row, atMs, nowMs) {
      const next = row.unsettled > 1 ? value<number>(firstQueued.get(row.keyHash)?.[0]) : undefined;
      if (next !== undefined && next < row.head) {
        advance(row, row.unsettled, nowMs);
        setQueued.run(atMs, row.head);
      } else {
        setAt.run(atMs, row.due);
      }
    },
    hurry(keyHash, nowMs) {
      setHurry.run(nowMs, keyHash, nowMs);
    },
    recheck(keyHash) {
      const row = of(keyHash);
      if (row === undefined || row.delivering) return;
      const blocked = isBlocked(keyHash, row.head, strictOf.get(row.head)?.[0] === 1);
      if ((blocked === 1) !== row.blocked) setBlocked.run(blocked, row.due);
    },
  };
}
