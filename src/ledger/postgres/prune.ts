import { numberAt } from "../desk/numbers.ts";
import { countBooks } from "./books.ts";
import { pruneCalls } from "./calls.ts";
import type { Cell } from "./cells.ts";
import { isFinal } from "./forget.ts";
import type { Sql } from "./line.ts";
import { type Here, type Other, reads, writes } from "./other.ts";

// Retention, in small steps between which the work goes on. Only final records are pruned; a record that waits, or waits for a person, keeps everything,
// however old it is. A payload goes when every record of its arrival is final. Three walks through the ledger, each of which goes on in the next step
// where it stopped in the last one; an interrupted walk starts again. A step that runs again may begin behind what it did not do: the next walk does that.

export const prune: Other<"prune"> = writes(async (sql, step, here) => {
  const { payloadsBeforeMs, historyBeforeMs, marksBeforeMs, callsBeforeMs, limit } = step;
  const payloads = await prunePayloads(sql, payloadsBeforeMs, limit, here);
  const history = await pruneHistory(sql, historyBeforeMs, limit, here);
  const marks = marksBeforeMs === undefined ? nothing : await pruneMarks(sql, marksBeforeMs, limit, here);
  const calls = callsBeforeMs === undefined ? nothing : await pruneCalls(sql, callsBeforeMs, limit);
  return {
    payloads: payloads.pruned,
    records: history.pruned,
    marks: marks.pruned,
    calls: calls.pruned,
    more: payloads.more || history.more || marks.more || calls.more,
  };
});

interface Walked {
  readonly pruned: number;
  readonly more: boolean;
}
const nothing: Walked = { pruned: 0, more: false };

const numbers = (rows: readonly Cell[][]): number[] => rows.map(([number]) => number as number);

/** Where a walk goes on: behind the last row of a full page, or at the beginning. */
function goOn(here: Here, walk: string, rows: readonly Cell[][], limit: number): boolean {
  const more = rows.length === limit;
  const last = rows.at(-1)?.[0];
  if (more && (typeof last === "number" || last instanceof Uint8Array)) here.walks.set(walk, last);
  else here.walks.delete(walk);
  return more;
}

/** Payloads, contents, and the bodies of effects. */
async function prunePayloads(sql: Sql, beforeMs: number, limit: number, here: Here): Promise<Walked> {
  const rows = await sql.rows(
    "select payload from waybill.payloads where payload > $1 and payload < $2 order by payload limit $3",
    here.walks.get("payloads") ?? 0,
    numberAt(beforeMs),
    limit,
  );
  const more = goOn(here, "payloads", rows, limit);
  if (rows.length === 0) return { pruned: 0, more };
  // The records of one arrival have adjacent numbers, and no record of another arrival names this payload.
  const sharing = await sql.rows(
    `select r.record, r.payload, ${isFinal} and received_at < $2 from unnest($1::bigint[]) as p (payload)
     join waybill.records r on r.record >= p.payload and r.record < p.payload + 4096 and r.payload = p.payload
     order by r.record for update of r`,
    numbers(rows),
    beforeMs,
  );
  const stay = new Set(sharing.filter(([, , mayGo]) => mayGo !== true).map(([, payload]) => payload as number));
  const go = numbers(rows).filter((payload) => !stay.has(payload));
  const records = numbers(sharing.filter(([, payload]) => !stay.has(payload as number)));
  sql.send("delete from waybill.contents where record = any($1)", records);
  sql.send("delete from waybill.requests where owner = any($1)", records);
  sql.send("update waybill.effects set answer = null where owner = any($1) and answer is not null", records);
  return { pruned: await sql.run("delete from waybill.payloads where payload = any($1)", go), more };
}

/** Records with their effects and timeline. What the entity must not forget is written down first. */
async function pruneHistory(sql: Sql, beforeMs: number, limit: number, here: Here): Promise<Walked> {
  const rows = await sql.rows(
    `select record, book from waybill.records where record > $1 and record < $2 and ${isFinal} and received_at < $3
     order by record limit $4 for update skip locked`,
    here.walks.get("history") ?? 0,
    numberAt(beforeMs),
    beforeMs,
    limit,
  );
  const more = goOn(here, "history", rows, limit);
  if (rows.length > 0) await dropRecords(sql, rows, here);
  if (!more) {
    // Those that still wait for a person are then searched for, among what is left.
    sql.send("delete from waybill.passed where record > 0 and record < $1", numberAt(beforeMs));
    sql.send(
      `delete from waybill.shared_calls s where last_sent < $1 and not exists
         (select 1 from unnest(s.records) as carried (record) join waybill.records r on r.record = carried.record where not ${isFinal})`,
      beforeMs,
    );
  }
  return { pruned: rows.length, more };
}

/** A record whose number nobody else has any more gives it to its entity, where that has none. */
const keepVersions = `
  insert into waybill.entities as e (entity, book, entity_hash, version)
  select max(r.record), max(r.book), r.entity_hash, max(r.version) from waybill.records r
  where r.record = any($1) and r.entity_hash is not null and r.version is not null and (r.state <> 'discarded' or exists (
    select 1 from waybill.effects f where f.owner = r.record and f.how <> 'natural' and f.state not in ('refused', 'not-applied')))
  group by r.entity_hash order by r.entity_hash
  on conflict (entity_hash) do update set version = excluded.version where e.version is null or e.version < excluded.version`;

async function dropRecords(sql: Sql, rows: readonly Cell[][], here: Here): Promise<void> {
  const records = numbers(rows);
  sql.send(keepVersions, records);
  // An entity that was given a record's number has none of its effects: they go first.
  for (const table of ["requests", "effects"]) sql.send(`delete from waybill.${table} where owner = any($1)`, records);
  for (const table of ["timeline", "traces", "search_values", "contents", "records"])
    sql.send(`delete from waybill.${table} where record = any($1)`, records);
  const pruned = new Map<number, number>();
  for (const [, book] of rows) pruned.set(book as number, (pruned.get(book as number) ?? 0) + 1);
  countBooks(
    sql,
    here.worker,
    [...pruned].map(([book, count]) => ({ book, pruned: count })),
  );
}

/** Marks whose records are gone. */
async function pruneMarks(sql: Sql, beforeMs: number, limit: number, here: Here): Promise<Walked> {
  const gone = "record < $1 and not exists (select 1 from waybill.records r where r.record = m.record)";
  const rows = await sql.rows(
    `select mark, ${gone} from waybill.marks m where mark > $2 order by mark limit $3`,
    numberAt(beforeMs),
    here.walks.get("marks") ?? new Uint8Array(0),
    limit,
  );
  const more = goOn(here, "marks", rows, limit);
  const go = rows.filter(([, mayGo]) => mayGo === true).map(([mark]) => mark as Uint8Array);
  if (go.length === 0) return { pruned: 0, more };
  const text = `delete from waybill.marks m where mark = any($2::bytea[]) and ${gone}`;
  return { pruned: await sql.run(text, numberAt(beforeMs), go), more };
}

/** Counts by the same conditions, and changes nothing. */
export const prunable: Other<"prunable"> = reads(async (sql, step) => {
  const { payloadsBeforeMs, historyBeforeMs, marksBeforeMs, callsBeforeMs } = step;
  const count = async (text: string, ...values: number[]): Promise<number> =>
    ((await sql.rows(text, ...values))[0]?.[0] ?? 0) as number;
  const [payloads, records, marks, calls] = await Promise.all([
    count(
      `select count(*) from waybill.payloads p where payload > 0 and payload < $1 and not exists
         (select 1 from waybill.records r where r.record >= p.payload and r.record < p.payload + 4096 and r.payload = p.payload
            and not (${isFinal} and received_at < $2))`,
      numberAt(payloadsBeforeMs),
      payloadsBeforeMs,
    ),
    count(
      `select count(*) from waybill.records where record < $1 and ${isFinal} and received_at < $2`,
      numberAt(historyBeforeMs),
      historyBeforeMs,
    ),
    marksBeforeMs === undefined
      ? 0
      : count(
          `select count(*) from waybill.marks m where record < $1 and not exists
             (select 1 from waybill.records r where r.record = m.record and not (r.record < $2 and ${isFinal} and r.received_at < $3))`,
          numberAt(marksBeforeMs),
          numberAt(historyBeforeMs),
          historyBeforeMs,
        ),
    callsBeforeMs === undefined
      ? 0
      : count("select count(*) from waybill.calls where call < $1", numberAt(callsBeforeMs)),
  ]);
  return { payloads, records, marks, calls };
});
