import { type Other, reads } from "./other.ts";
import { outboxWaits } from "./outbox.ts";

/** Of the ledger's own schema: its database may hold much else. */
const size = `
  select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class
  where relnamespace = (select relnamespace from pg_class where oid = 'waybill.records'::regclass) and relkind = 'r'`;
const oldest = `
  select b.integration, b.tenant, r.received_at
  from (select book, min(head) as record from waybill.due group by book) o
  join waybill.records r using (record) join waybill.books b on b.book = o.book
  order by b.integration, b.tenant`;

/** How large the ledger is, and since when the oldest record of each book waits. */
export const measures: Other<"measures"> = reads(async (sql) => {
  const [[bytes], waiting, outbox] = await Promise.all([sql.rows(size), sql.rows(oldest), outboxWaits(sql)]);
  return {
    bytes: bytes?.[0] as number,
    outbox,
    oldestWaiting: waiting.map(([integration, tenant, receivedAtMs]) => ({
      integration: integration as string,
      tenant: tenant as string,
      receivedAtMs: receivedAtMs as number,
    })),
  };
});
