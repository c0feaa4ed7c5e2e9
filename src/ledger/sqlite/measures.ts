import type { Measures } from "../ledger.ts";
import type { Prepare } from "./cells.ts";

/** How large the ledger is, and since when the oldest record of each book waits. Reads the heads of queues, and one record of each backlog. */
export function measuring(prepare: Prepare): () => Omit<Measures, "commits"> {
  const size = prepare(
    "select (select page_count from pragma_page_count()) * (select page_size from pragma_page_size())",
  );
  const oldest = prepare(`
    select b.integration, b.tenant, r.received_at
    from (
      select book, min(record) as record from (
        select book, head as record from due
        union all
        select book, (select min(r.record) from records r where r.ahead = 1 and r.book = books.book and r.record > books.line) from books
      ) group by book
    ) o join records r using (record) join books b on b.book = o.book
    order by b.integration, b.tenant`);
  return () => ({
    bytes: size.get()?.[0] as number,
    outbox: [],
    oldestWaiting: oldest.all().map((row) => {
      const [integration, tenant, receivedAtMs] = row as [string, string, number];
      return { integration, tenant, receivedAtMs };
    }),
  });
}
