import { WaybillError } from "../../model/errors.ts";
import { numberAt } from "../desk/numbers.ts";
import type { Book } from "../ledger.ts";
import { balance } from "../postgres/balance.ts";
import type { Cell, Value } from "../postgres/cells.ts";
import type { Sql } from "../postgres/line.ts";
import { migrate } from "../postgres/migrate.ts";

// What a ledger that comes from another store needs of this one: a schema in which nothing is, rows in large pieces, and the same rows read back. All of
// it is one transaction: until its commit, nobody sees anything of it, and whatever breaks it off leaves nothing.

export interface Place {
  /** Without a password. */
  readonly shown: string;
  readonly schema: string;
}

export interface MovedColumns {
  readonly name: string;
  /** `numbers` is a list of them, as JSON. */
  readonly columns: readonly (readonly [name: string, type: string])[];
}

/** Which tables hold what this store makes for itself. What was held of a budget counts as used before a ledger leaves its file. */
export const ownTables: ReadonlySet<string> = new Set([
  "migrations",
  "workers",
  "beats",
  "board",
  "entity_numbers",
  "commits",
  "lanes",
  "lent",
  "sightings",
  "budget_holds",
  "outbox",
]);

/** Whoever moves a ledger to this place, and whoever asks what became of it, waits for whoever does. */
async function takePlace(sql: Sql, { schema }: Place): Promise<void> {
  await sql.rows("select pg_advisory_xact_lock(hashtextextended($1, 0))", `waybill move ${schema}`);
}

async function tablesOf(sql: Sql, schema: string): Promise<readonly string[]> {
  const rows = await sql.rows(
    `select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'f') order by c.relname`,
    schema,
  );
  return rows.map(([name]) => name as string);
}

/** The ledger that is there, if one is. */
export async function ledgerThere(sql: Sql, place: Place): Promise<string | undefined> {
  await takePlace(sql, place);
  if (!(await tablesOf(sql, place.schema)).includes("ledger")) return undefined;
  const [row] = await sql.rows("select ledger_id from waybill.ledger");
  return row?.[0] as string | undefined;
}

/**
 * Makes the schema where it is missing.
 *
 * @throws {WaybillError} `bad-usage` where anything is in it, `ledger-owned` where somebody works with it, `ledger-newer`.
 */
export async function makePlace(sql: Sql, place: Place, tables: readonly MovedColumns[]): Promise<void> {
  const { shown, schema } = place;
  // Tables are read from end to end here, and a while may pass between two statements: other rules than those of the work.
  sql.send("set local enable_seqscan = on");
  sql.send("set local idle_in_transaction_session_timeout = '15min'");
  await takePlace(sql, place);
  const there = await tablesOf(sql, schema);
  const [first] = there;
  if (first !== undefined && !there.includes("migrations")) {
    throw new WaybillError(
      "bad-usage",
      `The schema ${schema} of ${shown} holds something else: the table ${first}.`,
      "Name another schema with ?schema=NAME: the ledger makes its own.",
    );
  }
  await migrate(sql, { ...place, mustExist: false }, "");
  await refuseFull(sql, place, tables);
  const [worker] = await sql.rows("select name from waybill.workers where state in ('alive', 'leaving') limit 1");
  if (worker === undefined) return;
  throw new WaybillError(
    "ledger-owned",
    `A process works with the ledger ${shown}, or did when it was lost.`,
    `Stop it, and let go of what it made, which is empty: drop schema ${schema} cascade`,
  );
}

async function refuseFull(sql: Sql, { shown, schema }: Place, tables: readonly MovedColumns[]): Promise<void> {
  const looked = [...tables.map(({ name }) => name), "outbox"]
    .filter((name) => name !== "ledger")
    .map((name) => `select '${name}' where exists (select 1 from waybill.${name})`);
  const full = (await sql.rows(looked.join(" union all "))).map(([name]) => name as string);
  if (full.length === 0) return;
  throw new WaybillError(
    "bad-usage",
    `The ledger ${shown} is not empty: there are ${full.slice(0, listedMax).join(", ")}${full.length > listedMax ? " and more" : ""}.`,
    `Two ledgers cannot become one. Name another schema with ?schema=NAME; or, if nothing in it is needed: drop schema ${schema} cascade`,
  );
}

const listedMax = 4;

/** Writes rows: as many arrays as there are columns. */
export async function writeRows(
  sql: Sql,
  { name, columns }: MovedColumns,
  values: readonly (readonly Value[])[],
): Promise<void> {
  const types = columns.map(([, type], at) => `$${at + 1}::${type === "numbers" ? "text" : type}[]`);
  const cells = columns.map(([column, type]) =>
    type === "numbers" ? `translate(${column}, '[]', '{}')::bigint[]` : column,
  );
  const names = columns.map(([column]) => column).join(", ");
  await sql.run(
    `insert into waybill.${name} (${names}) select ${cells.join(", ")} from unnest(${types.join(", ")}) as given (${names})`,
    ...(values as readonly Value[]),
  );
}

/** Rows that the schema brings along go. */
export async function clearLedgerRow(sql: Sql): Promise<void> {
  await sql.run("delete from waybill.ledger");
}

/** All rows of a table, read back in pieces. */
export async function* readRows(
  sql: Sql,
  { name, columns }: MovedColumns,
  rowsMax: number,
): AsyncGenerator<readonly Cell[][]> {
  const names = columns.map(([column]) => column).join(", ");
  sql.send(`declare back no scroll cursor for select ${names} from waybill.${name}`);
  for (;;) {
    const rows = await sql.rows(`fetch ${rowsMax} from back`);
    if (rows.length > 0) yield rows;
    if (rows.length < rowsMax) break;
  }
  sql.send("close back");
}

/** What the planner has to know before the first question, which may come before anybody has looked at the tables. */
export async function analyze(sql: Sql, tables: readonly MovedColumns[]): Promise<void> {
  for (const { name } of tables) await sql.run(`analyze waybill.${name}`);
}

/** As the ledger itself adds its books up. */
export async function balanceThere(sql: Sql, integration?: string): Promise<readonly Book[]> {
  return balance.run(sql, integration, {
    worker: 0,
    name: "",
    ledgerId: "",
    walks: new Map(),
    nowMs: () => 0,
    nextEntry: () => 0,
  });
}

/** Keys whose row counts otherwise than their records do: none, unless something is wrong. */
export async function miscountedKeys(sql: Sql): Promise<number> {
  const [row] = await sql.rows(
    `select count(*) from (select key_hash, count(*) as waiting, count(*) filter (where not queued) as first, min(record) filter (where not queued) as head
       from waybill.records where state = 'waiting' group by key_hash) r
     full join waybill.due d using (key_hash)
     where r.waiting is distinct from d.unsettled or r.first is distinct from 1 or r.head is distinct from d.head`,
  );
  return row?.[0] as number;
}

export interface MoveNote {
  readonly atMs: number;
  readonly actor: string;
  readonly why: string | undefined;
  readonly from: string;
}

/** Written down after both were compared: it stands only here. */
export async function noteMove(sql: Sql, { atMs, actor, why, from }: MoveNote): Promise<void> {
  await sql.run(
    "insert into waybill.journal (about, entry, at, what, actor, why, detail) values ('', $1, $2, 'moved', $3, $4, $5)",
    numberAt(atMs),
    atMs,
    actor,
    why,
    JSON.stringify({ from }),
  );
}
