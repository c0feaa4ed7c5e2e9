import type { Prepare } from "./cells.ts";

// Queues of integrations that do not run here (paused, or gone from the configuration), and those of a tenant that has its share, stand aside: otherwise every claim would look through all of them
// again before it comes to what may run. A queue is parked when a claim comes across it, fetched back when its integration may run, and forgotten when
// its head changes.

export interface Parking {
  park(due: number, book: number): void;
  /** Takes back what may run again, at most `limit` at a time, and of each book as many as there is room for. Answers whether some are left over. */
  fetchBack(room: (book: number) => number, limit: number): boolean;
}

export function keepParking(prepare: Prepare): Parking {
  const park = prepare("update due set parked = 1 where due = ?");
  const fetch = prepare(
    "update due set parked = 0 where due in (select due from due where parked = 1 and book = ? limit ? + 0)",
  );
  const parkedBooks = prepare("select distinct book from due where parked = 1");
  /** Books of which something may be parked. */
  let books: Set<number> | undefined;

  return {
    park(due, book) {
      park.run(due);
      books?.add(book);
    },
    fetchBack(room, limit) {
      books ??= new Set(parkedBooks.all().map(([book]) => book as number));
      let left = limit;
      for (const book of [...books]) {
        const most = Math.min(left, room(book));
        if (most <= 0) continue;
        const fetched = fetch.run(book, most);
        left -= fetched;
        if (left === 0) return true;
        // Where there may be more, its turn comes after everybody else's.
        books.delete(book);
        if (fetched === most) books.add(book);
      }
      return false;
    },
  };
}
