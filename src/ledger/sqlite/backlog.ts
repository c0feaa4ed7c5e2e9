import type { Prepare } from "./cells.ts";

// A waiting record joins the queue of its key when its turn comes near. Until then it stands `ahead`, in the backlog of its book, and is found by its
// book and number. So a bulk load of a million records appends, and the index over the keys that are due stays as small as the work in progress: with one
// row for each key of the backlog, every record would change a random page of it twice, and changed pages are what a commit costs. And what waits for one
// integration is not in the way of another's.
//
// A record that is claimed as it comes in, or that comes back after it had its turn, joins its queue at once.

export interface Backlog {
  /** The books that may have a backlog, in no particular order. */
  books(): readonly number[];
  /** An earlier record of this book stands ahead: one that joined its queue now could overtake it. */
  before(book: number, record: number): boolean;
  /** A new record of this book is put into the backlog. */
  add(book: number, record: number): void;
  /** This record, the first of its book, leaves the backlog for the queue of its key. */
  leave(book: number, record: number, by: { readonly queued: boolean }): void;
  /** Nothing of this book stands ahead any more. */
  exhausted(book: number): void;
  forget(): void;
}

export function keepBacklog(prepare: Prepare): Backlog {
  const first = prepare("select min(record) from records where ahead = 1 and book = ?");
  const nextBook = prepare("select min(book) from records where ahead = 1 and book > ?");
  const leave = prepare("update records set ahead = 0, queued = ? where record = ?");
  /** The first record that stands ahead, or a number before it, by book. */
  let firsts: Map<number, number> | undefined;

  function known(): Map<number, number> {
    if (firsts !== undefined) return firsts;
    firsts = new Map();
    for (let book = nextBook.get(0)?.[0]; typeof book === "number"; book = nextBook.get(book)?.[0])
      firsts.set(book, first.get(book)?.[0] as number);
    return firsts;
  }

  return {
    books: () => [...known().keys()],
    before(book, record) {
      const from = known().get(book);
      return from !== undefined && from < record;
    },
    add(book, record) {
      const from = known().get(book);
      if (from === undefined || record < from) known().set(book, record);
    },
    leave(book, record, { queued }) {
      leave.run(queued ? 1 : 0, record);
      known().set(book, record + 1);
    },
    exhausted(book) {
      known().delete(book);
    },
    forget() {
      firsts = undefined;
    },
  };
}
