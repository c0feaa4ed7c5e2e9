import type { State } from "../../model/record.ts";
import { emptyBook, type OpenBook } from "../desk/balance.ts";
import type { Book } from "../ledger.ts";
import { askedFor } from "./books.ts";
import type { Prepare } from "./cells.ts";

/** The books of every integration and tenant: counters beside what is counted from the rows, in one statement and so in one snapshot. */
export function balancing(prepare: Prepare): (integration: string | undefined) => readonly Book[] {
  const select = prepare(`
    select b.integration, b.tenant, b.received, b.duplicate, b.pruned, b.refused, s.state, s.count
    from books b left join (
      select book, state, count(*) as count from records group by book, state
      union all
      select r.book, 'delivering', count(*) from due d join records r on r.record = d.head where d.delivering = 1 group by r.book
    ) s on s.book = b.book
    where ${askedFor("?1")}
    order by b.integration, b.tenant`);

  return (integration) => {
    const books = new Map<string, OpenBook>();
    for (const row of select.all(integration ?? null)) {
      const [name, tenant, received, duplicate, pruned, refused, state, count] = row as [
        string,
        string,
        number,
        number,
        number,
        number,
        State | null,
        number | null,
      ];
      const key = `${name}\n${tenant}`;
      const book = books.get(key) ?? { integration: name, tenant, received, duplicate, pruned, refused, ...emptyBook };
      books.set(key, book);
      if (state !== null) book[state] = count ?? 0;
    }
    for (const book of books.values()) book.waiting -= book.delivering;
    return [...books.values()];
  };
}

/** How many records are waiting or delivering. */
export function countingUnsettled(prepare: Prepare): (integration: string | undefined) => number {
  const select = prepare(`
    select
      (select coalesce(sum(d.unsettled), 0) from due d join books b using (book) where ${askedFor("?1")}) +
      (select count(*) from records r join books b using (book)
       where r.ahead = 1 and r.record > b.line and (${askedFor("?1")}))`);
  return (integration) => select.get(integration ?? null)?.[0] as number;
}
