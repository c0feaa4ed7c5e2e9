import type { Backlog } from "../desk/keepers.ts";
import type { Prepare } from "./cells.ts";

// A waiting record joins the queue of its key when its turn comes near. Until then it stands ahead, in the backlog of its book, and is found by its book
// and number. So a bulk load of a million records appends, and the index over the keys that are due stays as small as the work in progress: with one
// row for each key of the backlog, every record would change a random page of it twice, and changed pages are what a commit costs. And what waits for one
// integration is not in the way of another's.
//
// How far each book has come is a line: what is marked `ahead` and stands above it is in no queue. The mark goes when the record's own row is next
// written, so that joining costs it nothing. A record that is claimed as it comes in, or that comes back after it had its turn, joins its queue at once.

/** A backlog, and how a claim goes through it. */
export interface BooksBacklog extends Backlog {
  /** The books that may have a backlog, in no particular order. */
  books(): readonly number[];
  /** This record, the first of its book, has joined the queue of its key. */
  joined(book: number, record: number): void;
  /** Nothing of this book stands ahead any more. */
  exhausted(book: number): void;
  /** Writes the lines, before the commit. */
  flush(): void;
  forget(): void;
}

export function keepBacklog(prepare: Prepare): BooksBacklog {
  const readLine = prepare("select line from books where book = ?");
  const writeLine = prepare("update books set line = ? where book = ?");
  const first = prepare("select min(record) from records where ahead = 1 and book = ? and record > ?");
  const nextBook = prepare("select min(book) from records where ahead = 1 and book > ?");
  const lines = new Map<number, number>();
  const moved = new Set<number>();
  /** The first record that stands ahead, or a number before it, by book. */
  let firsts: Map<number, number> | undefined;

  function line(book: number): number {
    const known = lines.get(book);
    if (known !== undefined) return known;
    const stored = readLine.get(book)?.[0] as number;
    lines.set(book, stored);
    return stored;
  }

  function known(): Map<number, number> {
    if (firsts !== undefined) return firsts;
    firsts = new Map();
    for (let book = nextBook.get(0)?.[0]; typeof book === "number"; book = nextBook.get(book)?.[0]) {
      const from = first.get(book, line(book))?.[0];
      if (typeof from === "number") firsts.set(book, from);
    }
    return firsts;
  }

  function before(book: number, record: number): boolean {
    const from = known().get(book);
    return from !== undefined && from < record;
  }

  return {
    kept: true,
    books: () => [...known().keys()],
    line,
    before,
    waits: before,
    add(book, record) {
      const from = known().get(book);
      if (from === undefined || record < from) known().set(book, record);
    },
    joined(book, record) {
      lines.set(book, record);
      moved.add(book);
      known().set(book, record + 1);
    },
    exhausted(book) {
      known().delete(book);
    },
    flush() {
      for (const book of moved) writeLine.run(line(book), book);
      moved.clear();
    },
    forget() {
      lines.clear();
      moved.clear();
      firsts = undefined;
    },
  };
}
