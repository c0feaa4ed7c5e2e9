import { inboxGroup } from "../desk/record-row.ts";
import { askedFor } from "./books.ts";
import { type Other, reads } from "./other.ts";

/** The condition of the indexes over what waits for a person. A statement that uses them holds it letter for letter. */
export const needsPerson = "state in ('quarantined', 'dead', 'held')";

const groups = `
  select b.integration, b.tenant, g.cause, g.count, g.first_at, g.last_at, n.reason, g.newest
  from (
    select book, cause, count(*) as count, min(received_at) as first_at, max(received_at) as last_at, max(record) as newest
    from waybill.records
    where ${needsPerson} and state = any($1)
    group by book, cause
  ) g
  join waybill.books b using (book)
  join waybill.records n on n.record = g.newest
  where ${askedFor("$2")}
  order by b.integration, b.tenant, g.count desc, g.cause`;

/** What waits for a person, grouped by cause; the newest record of each group stands for it. */
export const inbox: Other<"inbox"> = reads(async (sql, { states, integration }) =>
  (await sql.rows(groups, states, integration)).map(inboxGroup),
);
