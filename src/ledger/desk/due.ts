// What is kept in order. Each key with unsettled records has one row in `due`, and that row names the key's head: its oldest unsettled record, or the
// one that is in a worker's hands. The others wait behind it, marked `queued`, and are found by an index that only they are in. So a record that is
// alone on its key, which is the usual case, costs one row and no search. A claim looks at heads only: a blocked or retrying head hides what is behind
// it, and nothing behind it is ever scanned.
//
// Where a store keeps a backlog, records join the queue of their key when their turn comes near. Whoever changes a record's state changes the record first and then calls
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

/** The rows behind it, as a store has them. */
export interface DueTable {
  find(keyHash: number): DueRow | undefined;
  /** A row for a record that is alone on its key. */
  insert(queued: Queued, atMs: number, blocked: boolean): void;
  /** The same, in a worker's hands at once; answers false, and does nothing, where the key has a row, or may not be taken in hand here. */
  insertStarted(queued: Queued, atMs: number): boolean;
  /** One record more, or less, is unsettled. */
  add(row: DueRow, by: 1 | -1): void;
  remove(row: DueRow): void;
  /** Another head, in nobody's hands. */
  setHead(row: DueRow, head: Head, unsettled: number, blocked: boolean): void;
  /** The head goes out of hand, and is due then. */
  setAt(row: DueRow, atMs: number): void;
  setBlocked(row: DueRow, blocked: boolean): void;
  /** The oldest record that waits behind the head. */
  firstQueued(
    keyHash: number,
  ): (Omit<Head, "atMs"> & { readonly atMs: number | undefined; readonly strict: boolean }) | undefined;
  /** A record waits behind the head from now on, and is due then; or it waits no longer. */
  setQueued(record: number, atMs: number | undefined): void;
  unsetQueued(record: number): void;
  /** An older record of the key waits for a person, in strict order. */
  hasBlocker(keyHash: number, record: number): boolean;
  isStrict(record: number): boolean;
}

export interface Head {
  readonly record: number;
  readonly book: number;
  readonly atMs: number;
}

export function keepDue(table: DueTable): Due {
  const isBlocked = (keyHash: number, record: number, strict: boolean): boolean =>
    strict && table.hasBlocker(keyHash, record);

  /** The oldest that waits behind becomes the head; `unsettled` is what the row counts from now on. */
  function advance(row: DueRow, unsettled: number, nowMs: number): void {
    const next = table.firstQueued(row.keyHash);
    if (next === undefined)
      throw new Error(`due row ${row.due} counts ${unsettled} unsettled records and none is queued`);
    const { record, book, atMs = nowMs, strict } = next;
    table.unsetQueued(record);
    table.setHead(row, { record, book, atMs }, unsettled, isBlocked(row.keyHash, record, strict));
  }

  return {
    of: table.find,
    start(queued, atMs) {
      const { record, keyHash, strict } = queued;
      return !isBlocked(keyHash, record, strict) && table.insertStarted(queued, atMs);
    },
    standsBehind: (row, record) => row !== undefined && (row.delivering || row.head < record),
    join(row, queued, atMs) {
      const { record, book, keyHash, strict } = queued;
      if (row === undefined) {
        table.insert(queued, atMs, isBlocked(keyHash, record, strict));
      } else if (row.delivering || row.head < record) {
        table.add(row, 1);
      } else {
        table.setQueued(row.head, row.atMs);
        table.setHead(row, { record, book, atMs }, row.unsettled + 1, isBlocked(keyHash, record, strict));
      }
    },
    leave(row, record, nowMs) {
      if (row.unsettled === 1) table.remove(row);
      else if (row.head === record) advance(row, row.unsettled - 1, nowMs);
      else table.add(row, -1);
    },
    later(row, atMs, nowMs) {
      const next = row.unsettled > 1 ? table.firstQueued(row.keyHash)?.record : undefined;
      if (next !== undefined && next < row.head) {
        advance(row, row.unsettled, nowMs);
        table.setQueued(row.head, atMs);
      } else {
        table.setAt(row, atMs);
      }
    },
    hurry(keyHash, nowMs) {
      const row = table.find(keyHash);
      if (row !== undefined && !row.delivering && row.atMs > nowMs) table.setAt(row, nowMs);
    },
    recheck(keyHash) {
      const row = table.find(keyHash);
      if (row === undefined || row.delivering) return;
      const blocked = isBlocked(keyHash, row.head, table.isStrict(row.head));
      if (blocked !== row.blocked) table.setBlocked(row, blocked);
    },
  };
}
