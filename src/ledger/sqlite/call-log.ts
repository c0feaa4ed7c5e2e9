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
import type { CallCount, CallEntry, CallFilter, CallPage, CallWrite } from "../ledger.ts";
import { type Cell, cell, type Prepare } from "./cells.ts";

// The log of calls. Its numbers grow with the time at which they were written, so age and order are the same, and what is too old or too much goes from
// one end.

/** Calls that users' code makes, not those that Waybill makes for itself. */
const ofUsers = `system not glob '${internalPrefix}*'`;

export interface CallLogKeeper {
  write(write: CallWrite): undefined;
  /** Lets go of what was written before; answers how many. */
  prune(beforeMs: number, limit: number): { readonly pruned: number; readonly more: boolean };
  /** Erases what these calls carried: bodies, headers, and addresses. */
  blank(calls: readonly number[]): number;
  /** Calls of a record, and those that name a text. */
  about(record: number): readonly number[];
}

export function keepCallLog(prepare: Prepare): CallLogKeeper {
  const insert = prepare(
    `insert into calls (${callColumns}, bytes)
     values (max(?, coalesce((select max(call) from calls), 0) + 1), ${"?, ".repeat(19)}?)`,
  );
  const insertRecord = prepare("insert into call_records (record, call) values (?, ?) on conflict do nothing");
  const count = prepare(
    `insert into call_counts (hour, system, outcome, count) values (?, ?, ?, ?)
     on conflict do update set count = count + excluded.count`,
  );
  const grow = prepare("update ledger set calls_bytes = max(0, calls_bytes + ?)");
  const size = prepare("select calls_bytes from ledger");
  const oldest = prepare("select call, bytes from calls where call < ? order by call limit ? + 0");
  const remove = prepare("delete from calls where call = ?");
  const removeRecords = prepare("delete from call_records where call = ?");
  const removeCounts = prepare("delete from call_counts where hour < ?");
  const ofRecord = prepare("select call from call_records where record = ?");
  const weight = prepare("select bytes from calls where call = ?");
  const empty = prepare(
    `update calls set url = '', why = null, request_headers = '{}', request_body = null, answer_body = null, bytes = ${callRowBytes},
       answer_headers = case when answer_bytes is null then null else '{}' end
     where call = ? and (url <> '' or request_body is not null or answer_body is not null)`,
  );

  function add(entry: CallEntry, atMs: number): number {
    const cells = callCells(entry);
    const call = insert.insert(numberAt(atMs), ...cells) as number;
    for (const record of entry.records) insertRecord.run(recordNumber(record), call);
    return cells.at(-1) as number;
  }

  /** The oldest below a number; answers what they took. */
  function drop(below: number, limit: number): { readonly rows: number; readonly bytes: number } {
    const rows = oldest.all(below, limit) as [number, number][];
    let bytes = 0;
    for (const [call, took] of rows) {
      remove.run(call);
      removeRecords.run(call);
      bytes += took;
    }
    if (rows.length > 0) grow.run(-bytes);
    return { rows: rows.length, bytes };
  }

  return {
    write({ atMs, entries, counts, bytesMax }) {
      let bytes = 0;
      for (const entry of entries) bytes += add(entry, atMs);
      if (bytes > 0) grow.run(bytes);
      for (const one of counts) count.run(atMs - (atMs % hourMs), one.system, one.outcome, one.count);
      let over = entries.length === 0 ? 0 : (size.get()?.[0] as number) - bytesMax;
      while (over > 0) {
        const gone = drop(Number.MAX_SAFE_INTEGER, callsDropMax);
        if (gone.rows === 0) break;
        over -= gone.bytes;
      }
      return undefined;
    },
    prune(beforeMs, limit) {
      const { rows } = drop(numberAt(beforeMs), limit);
      const more = rows === limit;
      if (!more) removeCounts.run(beforeMs - hourMs);
      return { pruned: rows, more };
    },
    blank(calls) {
      let changed = 0;
      for (const call of calls) {
        const took = weight.get(call)?.[0] as number | undefined;
        if (took === undefined || empty.run(call) === 0) continue;
        grow.run(callRowBytes - took);
        changed++;
      }
      return changed;
    },
    about: (record) => ofRecord.all(record).map(([call]) => call as number),
  };
}

/** Reads the log, newest first. */
export function readingCalls(prepare: Prepare): (filter: CallFilter) => CallPage {
  const conditions = `(?1 is null or call < ?1) and (?2 is null or (call >= ?2 and at >= ?3))
    and (?5 is null or tenant = ?5) and (?6 is null or integration = ?6)
    and (?7 is null or (status >= ?7 and status <= ?8)) and (?9 is null or outcome in (select value from json_each(?9)))
    and (?11 = 1 or ${ofUsers})`;
  const select = (more: string): ReturnType<Prepare> =>
    prepare(`select ${callColumns} from calls where ${more} and ${conditions} order by call desc limit ?10 + 0`);
  const ofAll = select("?4 is null");
  const ofSystem = select("system = ?4");
  const ofRecord = prepare(
    `select ${callColumns} from calls where call in (select call from call_records where record = ?12) and (?4 is null or system = ?4) and ${conditions}
     order by call desc limit ?10 + 0`,
  );
  const recordsOf = prepare("select record from call_records where call = ?");
  const counts = prepare(
    `select system, outcome, sum(count) from call_counts
     where hour >= ?1 and (?2 is null or system = ?2) and (?3 is null or outcome in (select value from json_each(?3)))
       and (?4 = 1 or ${ofUsers})
     group by system, outcome order by system, outcome limit ${callCountsMax}`,
  );

  return (filter) => {
    const { record, system, tenant, integration, status, outcomes, sinceMs, limit, before } = filter;
    const all = filter.all === true || [record, system, integration].some((named) => named !== undefined) ? 1 : 0;
    const names = outcomes === undefined ? null : JSON.stringify(outcomes);
    const since = sinceMs === undefined ? [null, null] : [numberAt(sinceMs), sinceMs];
    const cells: Cell[] = [
      before === undefined ? null : recordNumber(before),
      ...since,
      cell(system),
      cell(tenant),
      cell(integration),
      status?.[0] ?? null,
      status?.[1] ?? null,
      names,
      limit + 1,
      all,
    ];
    const found =
      record !== undefined
        ? ofRecord.all(...cells, recordNumber(record))
        : (system === undefined ? ofAll : ofSystem).all(...cells);
    const rows = found.slice(0, limit).map((row) =>
      callRow(
        row,
        recordsOf.all(row[0] as number).map(([one]) => recordId(one as number)),
      ),
    );
    return {
      rows,
      next: found.length > limit ? rows.at(-1)?.call : undefined,
      counted: counts
        .all(sinceMs === undefined ? 0 : sinceMs - hourMs, cell(system), names, all)
        .map(([name, outcome, count]) => ({ system: name, outcome, count }) as CallCount),
    };
  };
}
