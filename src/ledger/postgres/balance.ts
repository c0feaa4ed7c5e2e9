import type { State } from "../../model/record.ts";
import { emptyBook, type OpenBook } from "../desk/balance.ts";
import type { Tally } from "../ledger.ts";
import { askedFor } from "./books.ts";
import { type Other, reads } from "./other.ts";

const sums = `
  select book, sum(received)::bigint as received, sum(duplicate)::bigint as duplicate, sum(pruned)::bigint as pruned, sum(refused)::bigint as refused
  from waybill.book_counts group by book`;

/** The books with their counters, as `b` and `c`; a counter that nobody has begun is null. */
export const countedBooks: string = `waybill.books b left join (${sums}) c on c.book = b.book`;

const books = `
  select b.integration, b.tenant, coalesce(c.received, 0), coalesce(c.duplicate, 0), coalesce(c.pruned, 0), coalesce(c.refused, 0), s.state, s.count
  from ${countedBooks} left join (
    select book, state, count(*) as count from waybill.records group by book, state
    union all
    select r.book, 'delivering', count(*) from waybill.due d join waybill.records r on r.record = d.head where d.delivering group by r.book
  ) s on s.book = b.book
  where ${askedFor("$1")}
  order by b.integration, b.tenant`;

/** The books of every integration and tenant: counters beside what is counted from the rows, in one statement and so in one snapshot. */
export const balance: Other<"balance"> = reads(async (sql, integration) => {
  const found = new Map<string, OpenBook>();
  for (const row of await sql.rows(books, integration)) {
    const [name, tenant, received, duplicate, pruned, refused] = row as [
      string,
      string,
      number,
      number,
      number,
      number,
    ];
    const key = `${name}\n${tenant}`;
    const book = found.get(key) ?? { integration: name, tenant, received, duplicate, pruned, refused, ...emptyBook };
    found.set(key, book);
    if (row[6] !== null) book[row[6] as State] = row[7] as number;
  }
  for (const book of found.values()) book.waiting -= book.delivering;
  return [...found.values()];
});

/** How many records are waiting or delivering, and how much is still to be taken in. */
export const unsettled: Other<"unsettled"> = reads(async (sql, integration) => {
  const [row] = await sql.rows(
    `select (select coalesce(sum(d.unsettled), 0) from waybill.due d join waybill.books b using (book) where ${askedFor("$1")})::bigint
       + (select count(*) from waybill.outbox b where ${askedFor("$1")})`,
    integration,
  );
  return row?.[0] as number;
});

/** How many new records each integration and tenant have had. */
export const tallies: Other<"tallies"> = reads(async (sql) => {
  const rows = await sql.rows(
    `select b.integration, b.tenant, coalesce(c.received - c.duplicate, 0) from ${countedBooks} order by b.integration, b.tenant`,
  );
  return rows.map(
    ([integration, tenant, fresh]): Tally => ({
      integration: integration as string,
      tenant: tenant as string,
      fresh: fresh as number,
    }),
  );
});
