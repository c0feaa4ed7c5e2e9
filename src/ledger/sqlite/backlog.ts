import type { Prepare } from "./cells.ts";

// Waiting records join the queue of their key in the order of their numbers, and only when their turn comes near: `admitted` is how far that has gone.
// Above it, a waiting record stands in no queue; it is found by reading on through `records`. So a bulk load of a million records appends, and the
// index over the keys that are due stays as small as the work in progress: with one row for each key of the backlog, every record would change a random
// page of it twice, and changed pages are what a commit costs.
//
// A record that is claimed as it comes in, or that comes back after it had its turn, joins its queue at once.

export interface Backlog {
  /** The record waits above the line: it stands in no queue. */
  holds(record: number): boolean;
  /** Nothing waits above the line. */
  empty(): boolean;
  /** The line, for those who read on from it. */
  line(): number;
  moveLine(record: number): void;
  /** A record waits above the line. */
  add(): void;
  /** All that waited has been read. */
  exhausted(): void;
  flush(lastNumber: () => number): void;
  forget(): void;
}

export function keepBacklog(prepare: Prepare): Backlog {
  const read = prepare("select admitted from ledger");
  const write = prepare("update ledger set admitted = ?");
  const anyWaiting = prepare("select 1 from records where record > ? and state = 'waiting' limit 1");
  let stored = 0;
  let admitted: number | undefined;
  let isEmpty: boolean | undefined;

  function line(): number {
    if (admitted === undefined) {
      stored = read.get()?.[0] as number;
      admitted = stored;
    }
    return admitted;
  }

  return {
    line,
    holds: (record) => record > line(),
    empty() {
      isEmpty ??= anyWaiting.get(line()) === undefined;
      return isEmpty;
    },
    moveLine(record) {
      if (record > line()) admitted = record;
    },
    add() {
      isEmpty = false;
    },
    exhausted() {
      isEmpty = true;
    },
    flush(lastNumber) {
      if (isEmpty === true) admitted = Math.max(line(), lastNumber());
      if (admitted !== undefined && admitted !== stored) {
        write.run(admitted);
        stored = admitted;
      }
    },
    forget() {
      admitted = undefined;
      isEmpty = undefined;
    },
  };
}
