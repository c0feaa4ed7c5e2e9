import { type Clock, systemClock } from "../../world/clock.ts";
import { systemRandom } from "../../world/random.ts";
import { numberAt } from "../desk/numbers.ts";
import { postgresAddress } from "./address.ts";
import { ledgerFault } from "./faults.ts";
import { openLine, type Sql } from "./line.ts";
import { migrate } from "./migrate.ts";

// By choice, what is only written once and kept for long stands in parts, one for each month. The numbers of records grow with time, so a part is a range of
// numbers, and no statement has to know of it. Pruning deletes rows as it always does; a month of which nothing is left goes whole, and with it the disk
// space that PostgreSQL would otherwise keep for itself, and the index over it.
//
// Records stand in one table all the same: they are small, and are searched by what has nothing to do with their month.

/** Which tables, by which column. */
const byMonth = {
  payloads: "payload",
  contents: "record",
  requests: "owner",
  effects: "owner",
  timeline: "record",
  traces: "record",
} as const;
type Table = keyof typeof byMonth;
const tables = Object.keys(byMonth) as readonly Table[];

/** So many months stand ready before they come. */
const readyMonths = 2;

/** Months since the year 0. */
type Month = number;

const monthOf = (ms: number): Month => {
  const date = new Date(ms);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
const beginOf = (month: Month): number => numberAt(Date.UTC(Math.floor(month / 12), month % 12));
const partOf = (table: Table, month: Month): string =>
  `${table}_${Math.floor(month / 12)}_${String((month % 12) + 1).padStart(2, "0")}`;

export interface ByMonth {
  /** The tables that stand in parts now. */
  readonly tables: readonly string[];
  /** They did before. */
  readonly before: boolean;
}

/**
 * Lays out a ledger by the month. Workers may run; they wait while what is there is looked through once.
 *
 * @throws {WaybillError} `bad-configuration` when there is no ledger, `ledger-newer`, `ledger-failed`.
 * @example await layOutByMonth("postgres://app@localhost/shop", false);
 */
export async function layOutByMonth(
  address: string,
  dryRun: boolean,
  world: { readonly clock: Clock } = { clock: systemClock },
): Promise<ByMonth> {
  const { url, schema, shown } = postgresAddress(address);
  const worker = 1 + Math.floor(systemRandom.next() * (Number.MAX_SAFE_INTEGER - 1));
  const line = openLine({ url, schema, clock: world.clock, writer: { worker, slot: 0 } });
  try {
    await line.transaction((sql) => migrate(sql, { shown, schema, mustExist: true }, ""), { unnumbered: true });
    return await line.transaction(async (sql) => {
      if (await isByMonth(sql)) return { tables, before: true };
      if (!dryRun) for (const table of tables) await split(sql, table, monthOf(world.clock.now()));
      return { tables, before: false };
    });
  } catch (fault) {
    throw ledgerFault(fault, shown);
  } finally {
    await line.close();
  }
}

async function isByMonth(sql: Sql): Promise<boolean> {
  const [[kind] = []] = await sql.rows(
    "select relkind::text from pg_catalog.pg_class where oid = to_regclass('waybill.payloads')",
  );
  return kind === "p";
}

/** What is there, with the rest of this month, becomes the first part; what fits in none goes to the last. */
async function split(sql: Sql, table: Table, month: Month): Promise<void> {
  const settings = await settingsOf(sql, table);
  await sql.run(`alter table waybill.${table} rename to ${table}_before`);
  await sql.run(
    `create table waybill.${table} (like waybill.${table}_before including all) partition by range (${byMonth[table]})`,
  );
  await sql.run(
    `alter table waybill.${table} attach partition waybill.${table}_before for values from (minvalue) to (${beginOf(month + 1)})`,
  );
  await sql.run(`create table waybill.${table}_other partition of waybill.${table} default ${settings}`);
  for (let next = month + 1; next <= month + readyMonths; next++) await addMonth(sql, table, next, settings);
}

async function settingsOf(sql: Sql, table: string): Promise<string> {
  const [[options] = []] = await sql.rows(
    `select array_to_string(reloptions, ', ') from pg_catalog.pg_class where oid = to_regclass('waybill.${table}')`,
  );
  return typeof options === "string" && options !== "" ? `with (${options})` : "";
}

const addMonth = (sql: Sql, table: Table, month: Month, settings: string): Promise<number> =>
  sql.run(
    `create table waybill.${partOf(table, month)} partition of waybill.${table}
     for values from (${beginOf(month)}) to (${beginOf(month + 1)}) ${settings}`,
  );

/** Makes the next months ready, and drops those that are over and empty. Does nothing in a ledger that is not laid out by the month. */
export async function keepMonths(sql: Sql, nowMs: number): Promise<void> {
  if (!(await isByMonth(sql))) return;
  // Whoever waits for a table makes all others wait behind it: better another time than long.
  await sql.run("set local lock_timeout = 1000");
  const month = monthOf(nowMs);
  for (const table of tables) {
    const parts = await partsOf(sql, table);
    for (let next = month; next <= month + readyMonths; next++)
      if (!parts.some(({ from, end }) => from < beginOf(next + 1) && end > beginOf(next)))
        await makeReady(sql, table, next);
    for (const { name, end } of parts) if (end <= beginOf(month)) await dropIfEmpty(sql, name);
  }
}

interface Part {
  readonly name: string;
  readonly from: number;
  /** The first number behind it. */
  readonly end: number;
}

/** Without the one for what fits in none of them. */
async function partsOf(sql: Sql, table: Table): Promise<readonly Part[]> {
  const rows = await sql.rows(
    `select c.relname::text, pg_get_expr(c.relpartbound, c.oid) from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
     where i.inhparent = to_regclass('waybill.${table}') order by c.relname`,
  );
  return rows.flatMap(([name, bound]) => {
    const [, from, end] = /FROM \('?(\d+|MINVALUE)'?\) TO \('?(\d+)'?\)/.exec(bound as string) ?? [];
    if (from === undefined) return [];
    return [
      { name: name as string, from: from === "MINVALUE" ? Number.NEGATIVE_INFINITY : Number(from), end: Number(end) },
    ];
  });
}

/** Unless nobody did so in time: then what came stays where it is. */
async function makeReady(sql: Sql, table: Table, month: Month): Promise<void> {
  const other = `${table}_other`;
  const [[late] = []] = await sql.rows(
    `select exists (select 1 from waybill.${other} where ${byMonth[table]} >= $1 and ${byMonth[table]} < $2)`,
    beginOf(month),
    beginOf(month + 1),
  );
  if (late !== true) await addMonth(sql, table, month, await settingsOf(sql, other));
}

async function dropIfEmpty(sql: Sql, part: string): Promise<void> {
  await sql.run(`lock table waybill.${part} in access exclusive mode`);
  const [[used] = []] = await sql.rows(`select exists (select 1 from waybill.${part})`);
  if (used !== true) await sql.run(`drop table waybill.${part}`);
}
