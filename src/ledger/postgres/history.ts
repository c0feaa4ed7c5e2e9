import type { TimelineWhat } from "../../model/timeline.ts";
import { Cohorts } from "../desk/cohorts.ts";
import { numberAt, recordNumber } from "../desk/numbers.ts";
import { journalEntryOf } from "../desk/posted.ts";
import { value } from "../desk/stored.ts";
import { deedsMax, type HistoryRow, type MovesByHand } from "../ledger.ts";
import { ofUsers } from "./books.ts";
import type { Cell } from "./cells.ts";
import { type Other, reads, writes } from "./other.ts";

/** Counts what came in a stretch of time by what it is now: so many records at a time, by the range of their numbers. */
export const cohort: Other<"cohort"> = reads(async (sql, step) => {
  const { fromMs, untilMs, integration, tenant, after, limit } = step;
  const rows = await sql.rows(
    `select r.record, r.book, b.integration, b.tenant, r.state, r.cause, r.received_at, r.settled_at, coalesce(d.delivering, false)
     from waybill.records r join waybill.books b on b.book = r.book
     left join waybill.due d on r.state = 'waiting' and d.key_hash = r.key_hash and d.head = r.record
     where r.record > $1 and r.record < $2 and r.received_at >= $3 and ${ofUsers}
       and ($4::text is null or b.integration = $4) and ($5::text is null or b.tenant = $5)
     order by r.record limit $6`,
    Math.max(numberAt(fromMs) - 1, after === undefined ? 0 : recordNumber(after)),
    numberAt(untilMs),
    fromMs,
    integration,
    tenant,
    limit,
  );
  const cohorts = new Cohorts(step);
  for (const row of rows) cohorts.add(row, row[8] === true);
  const reasons = await sql.rows(
    "select record, reason from waybill.records where record = any($1::bigint[])",
    cohorts.explained(),
  );
  const reasonOf = new Map(reasons.map(([record, reason]) => [record as number, reason]));
  return cohorts.page((record) => reasonOf.get(record));
});

/** What was kept of the hours of a stretch of time. */
export const history: Other<"history"> = reads(async (sql, { fromMs, untilMs }) =>
  (
    await sql.rows(
      `select hour, kind, name, tenant, about, state from waybill.history where hour >= $1 and hour < $2
       order by hour, kind, name, tenant, about`,
      fromMs,
      untilMs,
    )
  ).map((row): HistoryRow => {
    const [hourMs, kind, name, tenant, about, state] = row as [
      number,
      HistoryRow["kind"],
      string,
      string,
      string,
      string,
    ];
    return { hourMs, kind, name, tenant, about, state };
  }),
);

const names = "$1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]";
const name = "hour, kind, name, tenant, about";
const there = `
  select ${name}, h.state from waybill.history h join unnest(${names}) p(${name}) using (${name}) order by ${name} for update of h`;
const insert = `insert into waybill.history (${name}, state) select * from unnest(${names}, $6::text[])`;
const update = `
  update waybill.history h set state = p.state from unnest(${names}, $6::text[]) p(${name}, state)
  where h.hour = p.hour and h.kind = p.kind and h.name = p.name and h.tenant = p.tenant and h.about = p.about`;

const keyOf = ({ hourMs, kind, name, tenant, about }: Omit<HistoryRow, "state">): string =>
  JSON.stringify([hourMs, kind, name, tenant, about]);

/** Keeps hours, in place of what stands there, and lets go of old ones. */
export const keepHistory: Other<"keepHistory"> = writes(async (sql, { rows, forgetBeforeMs }) => {
  const columns = (of: readonly HistoryRow[]) => [
    of.map(({ hourMs }) => hourMs),
    ...(["kind", "name", "tenant", "about"] as const).map((column) => of.map((row) => row[column])),
  ];
  const found = new Map(
    (await sql.rows(there, ...columns(rows))).map(([hourMs, kind, name, tenant, about, state]) => [
      JSON.stringify([hourMs, kind, name, tenant, about]),
      state as string,
    ]),
  );
  if (rows.some((row) => found.get(keyOf(row)) !== row.before)) return false;
  const { fresh = [], known = [] } = Object.groupBy(rows, ({ before }) => (before === undefined ? "fresh" : "known"));
  const states = (of: readonly HistoryRow[]): string[] => of.map(({ state }) => state);
  // One that somebody else puts there now makes this run again, and find it.
  if (fresh.length > 0) sql.send(insert, ...columns(fresh), states(fresh));
  if (known.length > 0) sql.send(update, ...columns(known), states(known));
  sql.send("delete from waybill.history where hour > 0 and hour < $1", forgetBeforeMs);
  return true;
});

/** What persons did in a stretch of time, to records and to the ledger as a whole. */
export const deeds: Other<"deeds"> = reads(async (sql, { fromMs, untilMs }) => {
  const [moved, entries] = await Promise.all([
    sql.rows(
      `select b.integration, b.tenant, t.what, t.actor, count(*), min(t.at), max(t.at), (array_agg(t.detail order by t.entry desc))[1]
       from waybill.timeline t join waybill.records r on r.record = t.record join waybill.books b on b.book = r.book
       where t.actor is not null and t.at >= $1 and t.at < $2 and ${ofUsers}
       group by b.integration, b.tenant, t.what, t.actor order by max(t.at) desc limit ${deedsMax + 1}`,
      fromMs,
      untilMs,
    ),
    sql.rows(
      `select at, what, about, actor, why, detail from waybill.journal
       where at >= $1 and at < $2 order by at desc, entry desc limit ${deedsMax + 1}`,
      fromMs,
      untilMs,
    ),
  ]);
  return {
    moves: moved.slice(0, deedsMax).map(movesOf),
    journal: entries.slice(0, deedsMax).map(journalEntryOf),
    more: moved.length > deedsMax || entries.length > deedsMax,
  };
});

function movesOf([integration, tenant, what, actor, count, firstAt, lastAt, detail]: Cell[]): MovesByHand {
  return {
    integration: integration as string,
    tenant: tenant as string,
    what: what as TimelineWhat,
    actor: actor as string,
    count: count as number,
    firstAtMs: firstAt as number,
    lastAtMs: lastAt as number,
    detail: value<string>(detail),
  };
}
