import type { Cause, State } from "../../model/record.ts";
import { type CauseGroup, countMax, type OldestWaiting, type Parked } from "../alerts.ts";
import { recordId } from "../desk/numbers.ts";
import { value } from "../desk/stored.ts";
import { countedBooks } from "./balance.ts";
import type { Cell } from "./cells.ts";
import { needsPerson } from "./inbox.ts";
import { type Other, reads } from "./other.ts";
import { outboxWaits } from "./outbox.ts";
import { workersSeen } from "./workers.ts";

// What a watch reads every few seconds, whatever the ledger holds: each cause of each book is found by a step in an index, and counted in it so far and
// no further. What waits is looked for in `due`, which is as large as the work that is left.

const samplesMax = 3;

/** Each book, state and cause that has something for a person: one step in the index over them for each. */
const stuckGroups = `
  with recursive g as (
    (select book, state, cause from waybill.records where ${needsPerson} order by book, state, cause limit 1)
    union all
    select n.book, n.state, n.cause from g cross join lateral (
      select book, state, cause from waybill.records
      where ${needsPerson} and (book, state, cause) > (g.book, g.state, g.cause) order by book, state, cause limit 1
    ) n
  ) select * from g`;
const retryingGroups = `select book, 'waiting' as state, 'retrying' as cause from waybill.books`;

/** Groups with their counts, by an index on (book, state, cause, record) of the records that meet a condition. */
function counted(groups: string, of: string): string {
  const records = `from waybill.records where ${of} and book = g.book`;
  return `
  select b.integration, b.tenant, g.state, g.cause, c.count, o.received_at, n.received_at, n.reason, n.records
  from (${groups}) g join waybill.books b using (book)
  cross join lateral (select received_at ${records} order by record limit 1) o
  cross join lateral (select count(*) as count from (select 1 ${records} limit ${countMax}) counted) c
  cross join lateral (
    select array_agg(record order by record desc) as records, (array_agg(received_at order by record desc))[1] as received_at,
      (array_agg(reason order by record desc))[1] as reason
    from (select record, received_at, reason ${records} order by record desc limit ${samplesMax}) newest
  ) n
  order by b.integration, b.tenant, array_position(array['quarantined', 'dead', 'held'], g.state::text), g.cause`;
}

const stuck = counted(stuckGroups, `${needsPerson} and state = g.state and cause = g.cause`);
const retried = counted(retryingGroups, "state = 'waiting' and cause = 'retrying'");

const oldest = `
  select b.integration, b.tenant, r.record, r.received_at, r.cause, r.reason
  from (select book, min(head) as record from waybill.due group by book) o
  join waybill.records r using (record) join waybill.books b on b.book = o.book
  order by b.integration, b.tenant`;
const parked = `
  select b.integration, b.tenant, c.count
  from waybill.books b cross join lateral (
    select count(*) as count from (select 1 from waybill.due where book = b.book and not delivering and not blocked limit ${countMax}) counted
  ) c
  where b.parked and c.count > 0
  order by b.integration, b.tenant`;
const books = `
  select b.integration, b.tenant, coalesce(c.received, 0), coalesce(c.duplicate, 0) from ${countedBooks} order by b.integration, b.tenant`;

export const overview: Other<"overview"> = reads(async (sql) => {
  const [[inbox, retrying, waiting, aside, all], outbox, workers] = await Promise.all([
    Promise.all([stuck, retried, oldest, parked, books].map((text) => sql.rows(text))),
    outboxWaits(sql),
    workersSeen(sql),
  ]);
  return {
    inbox: (inbox ?? []).map(groupOf),
    retrying: (retrying ?? []).map(groupOf),
    oldest: (waiting ?? []).map(oldestOf),
    outbox,
    workers,
    parked: (aside ?? []).map(([integration, tenant, count]) => ({ integration, tenant, count }) as Parked),
    books: (all ?? []).map(([integration, tenant, received, duplicate]) => ({
      integration: integration as string,
      tenant: tenant as string,
      received: received as number,
      duplicate: duplicate as number,
    })),
  };
});

function groupOf([integration, tenant, state, cause, count, firstAt, lastAt, reason, records]: Cell[]): CauseGroup {
  return {
    integration: integration as string,
    tenant: tenant as string,
    state: state as State,
    cause: cause as Cause,
    count: count as number,
    firstAtMs: firstAt as number,
    lastAtMs: lastAt as number,
    reason: value<string>(reason),
    samples: (records as readonly number[]).map(recordId),
  };
}

function oldestOf([integration, tenant, record, receivedAt, cause, reason]: Cell[]): OldestWaiting {
  return {
    integration: integration as string,
    tenant: tenant as string,
    record: recordId(record as number),
    receivedAtMs: receivedAt as number,
    cause: value<Cause>(cause),
    reason: value<string>(reason),
  };
}
