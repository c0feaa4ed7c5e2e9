import { internalPrefix } from "../../model/internal.ts";
import {
  callCells,
  callColumns,
  callCountsMax,
  callRow,
  callRowBytes,
  callsDropMax,
  hourMs,
} from "../desk/call-row.ts";
import { numberAt, recordId, recordNumber } from "../desk/numbers.ts";
import type { CallCount, CallEntry, CallFilter } from "../ledger.ts";
import { Conditions } from "./conditions.ts";
import type { Sql } from "./line.ts";
import { type Other, reads, writes } from "./other.ts";

// The log of calls. Its numbers grow with the time at which they were written, so age and order are the same, and what is too old or too much goes from
// one end. Who writes to it holds the ledger's row, where its size stands, from the beginning: so they write one after the other.

/** Takes the log for this transaction; answers its size. */
export async function growCallLog(sql: Sql, bytes: number): Promise<number> {
  const [row] = await sql.rows(
    "update waybill.ledger set calls_bytes = greatest(0, calls_bytes + $1::bigint) returning calls_bytes",
    bytes,
  );
  return (row?.[0] ?? 0) as number;
}

const insert = `
  insert into waybill.calls (${callColumns}, bytes)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::integer[],
    $10::text[], $11::text[], $12::text[], $13::integer[], $14::text[], $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::text[],
    $20::text[], $21::bigint[])`;
const insertRecords = `
  insert into waybill.call_records (record, call) select * from unnest($1::bigint[], $2::bigint[]) on conflict do nothing`;
const count = `
  insert into waybill.call_counts as c (hour, system, outcome, count)
  select $1::bigint, system, outcome, sum(count) from unnest($2::text[], $3::text[], $4::bigint[]) as given (system, outcome, count)
  group by system, outcome order by system, outcome
  on conflict (hour, system, outcome) do update set count = c.count + excluded.count`;

/** Adds to the log of calls, and lets go of its oldest where it is too much. */
export const logCalls: Other<"logCalls"> = writes(async (sql, { atMs, entries, counts, bytesMax }) => {
  if (entries.length > 0) {
    let over = (await add(sql, entries, atMs)) - bytesMax;
    while (over > 0) {
      const gone = await drop(sql, Number.MAX_SAFE_INTEGER, callsDropMax);
      if (gone.rows === 0) break;
      over -= gone.bytes;
    }
  }
  if (counts.length > 0) {
    const column = <Name extends keyof CallCount>(name: Name): CallCount[Name][] => counts.map((one) => one[name]);
    sql.send(count, atMs - (atMs % hourMs), column("system"), column("outcome"), column("count"));
  }
  return undefined;
});

/** Answers how large the log is then. */
async function add(sql: Sql, entries: readonly CallEntry[], atMs: number): Promise<number> {
  const cells = entries.map(callCells);
  const [size, [first]] = await Promise.all([
    growCallLog(
      sql,
      cells.reduce((sum, row) => sum + (row.at(-1) as number), 0),
    ),
    sql.rows("select greatest($1::bigint, coalesce(max(call), 0) + 1) from waybill.calls", numberAt(atMs)),
  ]);
  const from = first?.[0] as number;
  const columns = (cells[0] ?? []).map((_, at) => cells.map((row) => row[at]));
  sql.send(
    insert,
    entries.map((_, at) => from + at),
    ...columns,
  );
  const records = entries.flatMap((entry, at) =>
    entry.records.map((record) => [recordNumber(record), from + at] as const),
  );
  if (records.length > 0) {
    sql.send(
      insertRecords,
      records.map(([record]) => record),
      records.map(([, call]) => call),
    );
  }
  return size;
}

/** The oldest below a number; answers what they took. */
async function drop(
  sql: Sql,
  below: number,
  limit: number,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const rows = await sql.rows(
    `delete from waybill.calls where call in (select call from waybill.calls where call < $1 order by call limit $2) returning call, bytes`,
    below,
    limit,
  );
  const bytes = rows.reduce((sum, [, took]) => sum + (took as number), 0);
  if (rows.length > 0) {
    sql.send(
      "delete from waybill.call_records where call = any($1)",
      rows.map(([call]) => call as number),
    );
    await growCallLog(sql, -bytes);
  }
  return { rows: rows.length, bytes };
}

/** Lets go of what was written before; answers how many. */
export async function pruneCalls(
  sql: Sql,
  beforeMs: number,
  limit: number,
): Promise<{ pruned: number; more: boolean }> {
  await growCallLog(sql, 0);
  const { rows } = await drop(sql, numberAt(beforeMs), limit);
  const more = rows === limit;
  if (!more) sql.send("delete from waybill.call_counts where hour < $1", beforeMs - hourMs);
  return { pruned: rows, more };
}

/** Erases what these calls carried: bodies, headers, and addresses. Their log is taken. */
export async function blankCalls(sql: Sql, calls: readonly number[]): Promise<void> {
  const full = "call = any($1) and (url <> '' or request_body is not null or answer_body is not null)";
  const [row] = await sql.rows(
    `select coalesce(sum(${callRowBytes} - bytes), 0)::bigint from waybill.calls where ${full}`,
    calls,
  );
  sql.send(
    `update waybill.calls set url = '', why = null, request_headers = '{}', request_body = null, answer_body = null, bytes = ${callRowBytes},
       answer_headers = case when answer_bytes is null then null else '{}' end where ${full}`,
    calls,
  );
  await growCallLog(sql, (row?.[0] ?? 0) as number);
}

/** Calls that users' code makes, not those that Waybill makes for itself. */
const ofUsers = `system not like '${internalPrefix}%'`;

const ofAll = ({ all, record, system, integration }: CallFilter): boolean =>
  all === true || [record, system, integration].some((named) => named !== undefined);

/** Reads the log, newest first. */
export const calls: Other<"calls"> = reads(async (sql, filter) => {
  const found = conditionsOf(filter);
  const { system, outcomes, sinceMs, limit } = filter;
  if (!ofAll(filter)) found.where(ofUsers);
  const [all, counts] = await Promise.all([
    sql.rows(
      `select ${callColumns} from waybill.calls ${found.text()} order by call desc limit ${found.value(limit + 1)}`,
      ...found.values,
    ),
    sql.rows(
      `select system, outcome, sum(count)::bigint from waybill.call_counts
       where hour >= $1 and ($2::text is null or system = $2) and ($3::text[] is null or outcome = any($3)) and ($4::boolean or ${ofUsers})
       group by system, outcome order by system, outcome limit ${callCountsMax}`,
      sinceMs === undefined ? 0 : sinceMs - hourMs,
      system,
      outcomes,
      ofAll(filter),
    ),
  ]);
  const shown = all.slice(0, limit);
  const records = await recordsOf(
    sql,
    shown.map(([call]) => call as number),
  );
  const rows = shown.map((row) => callRow(row, records.get(row[0] as number) ?? []));
  return {
    rows,
    next: all.length > limit ? rows.at(-1)?.call : undefined,
    counted: counts.map(([name, outcome, number]) => ({ system: name, outcome, count: number }) as CallCount),
  };
});

function conditionsOf(filter: CallFilter): Conditions {
  const found = new Conditions();
  const { record, system, tenant, integration, status, outcomes, sinceMs, before } = filter;
  if (record !== undefined)
    found.where("call in (select call from waybill.call_records where record = ?)", recordNumber(record));
  if (before !== undefined) found.where("call < ?", recordNumber(before));
  if (sinceMs !== undefined) found.where("call >= ? and at >= ?", numberAt(sinceMs), sinceMs);
  if (system !== undefined) found.where("system = ?", system);
  if (tenant !== undefined) found.where("tenant = ?", tenant);
  if (integration !== undefined) found.where("integration = ?", integration);
  if (status !== undefined) found.where("status >= ? and status <= ?", ...status);
  if (outcomes !== undefined) found.where("outcome = any(?)", outcomes);
  return found;
}

async function recordsOf(sql: Sql, numbers: readonly number[]): Promise<Map<number, string[]>> {
  const records = new Map<number, string[]>();
  if (numbers.length === 0) return records;
  const text = "select call, record from waybill.call_records where call = any($1) order by call, record";
  for (const [call, record] of await sql.rows(text, numbers)) {
    const of = records.get(call as number) ?? [];
    records.set(call as number, of);
    of.push(recordId(record as number));
  }
  return records;
}
