import type { State } from "../../model/record.ts";
import { inboxGroup } from "../desk/record-row.ts";
import type { InboxGroup } from "../ledger.ts";
import { askedFor } from "./books.ts";
import type { Prepare } from "./cells.ts";
import { needsPerson } from "./records.ts";

/** What waits for a person, grouped by cause; the newest record of each group stands for it. */
export function countingInbox(
  prepare: Prepare,
): (asked: { readonly states: readonly State[]; readonly integration: string | undefined }) => readonly InboxGroup[] {
  const select = prepare(`
    select b.integration, b.tenant, g.cause, g.count, g.first_at, g.last_at, n.reason, g.newest
    from (
      select book, cause, count(*) as count, min(received_at) as first_at, max(received_at) as last_at, max(record) as newest
      from records
      where ${needsPerson} and state in (select value from json_each(?1))
      group by book, cause
    ) g
    join books b using (book)
    join records n on n.record = g.newest
    where ${askedFor("?2")}
    order by b.integration, b.tenant, g.count desc, g.cause`);
  return ({ states, integration }) => select.all(JSON.stringify(states), integration ?? null).map(inboxGroup);
}
