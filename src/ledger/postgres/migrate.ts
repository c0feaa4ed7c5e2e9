import { readdirSync, readFileSync } from "node:fs";
import { WaybillError } from "../../model/errors.ts";
import type { Sql } from "./line.ts";

const name = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** The numbered files beside this one, in order. */
export function readMigrations(folder: URL = new URL(".", import.meta.url)): readonly string[] {
  return readdirSync(folder)
    .filter((file) => name.test(file))
    .sort()
    .map((file, index) => {
      if (Number(name.exec(file)?.[1]) !== index + 1)
        throw new Error(`migration ${index + 1} is missing or there twice`);
      return readFileSync(new URL(file, folder), "utf8");
    });
}

/**
 * Brings a ledger to the newest version, forward only; two processes that open it at once do it once.
 *
 * @throws {WaybillError} `ledger-newer` when a newer Waybill wrote it, `ledger-owned` when an older one works with it.
 */
export async function migrate(
  sql: Sql,
  { shown, schema, mustExist }: { readonly shown: string; readonly schema: string; readonly mustExist: boolean },
  ledgerId: string,
): Promise<{ readonly ledgerId: string; readonly epoch: number }> {
  const migrations = readMigrations();
  const [[there] = []] = await sql.rows("select to_regclass('waybill.migrations') is not null");
  if (mustExist && there !== true)
    throw new WaybillError(
      "bad-configuration",
      `There is no ledger at ${shown}, in the schema "${schema}".`,
      "It is made by the first `waybill start`. Is the address right?",
    );
  // Asked for first: making one that is there takes the right to make one.
  const [[made] = []] = await sql.rows("select to_regnamespace($1) is not null", `"${schema}"`);
  if (made !== true) await sql.run(`create schema if not exists "${schema}"`);
  await sql.run(
    "create table if not exists waybill.migrations (version integer primary key, at timestamptz not null default now())",
  );
  // Whoever comes second waits here, and finds the work done.
  await sql.run("lock table waybill.migrations in share row exclusive mode");
  const [[version] = []] = await sql.rows("select coalesce(max(version), 0) from waybill.migrations");
  if ((version as number) > migrations.length) {
    throw new WaybillError(
      "ledger-newer",
      `The ledger ${shown} has version ${version as number}; this Waybill knows versions up to ${migrations.length}.`,
      "Install the Waybill that wrote it, or a later one: npm install waybill@latest",
    );
  }
  if ((version as number) > 0 && (version as number) < migrations.length) await refuseUnderOthers(sql, shown);
  for (const [index, text] of migrations.entries()) {
    if (index < (version as number)) continue;
    for (const statement of statementsOf(text)) await sql.run(statement);
    await sql.run("insert into waybill.migrations (version) values ($1)", index + 1);
  }
  await sql.run(
    "insert into waybill.ledger (one, ledger_id, epoch) values (1, $1, 1) on conflict do nothing",
    ledgerId,
  );
  const [[id, epoch] = []] = await sql.rows("select ledger_id, epoch from waybill.ledger");
  return { ledgerId: id as string, epoch: epoch as number };
}

/** Who works with a ledger of an older version knows nothing of what a newer one changes. */
async function refuseUnderOthers(sql: Sql, shown: string): Promise<void> {
  const [worker] = await sql.rows(
    `select w.name from waybill.workers w join waybill.beats b using (worker)
     where w.state in ('alive', 'leaving') and b.at > clock_timestamp() - interval '5 seconds' limit 1`,
  );
  if (worker === undefined) return;
  throw new WaybillError(
    "ledger-owned",
    `This Waybill is newer than the ledger ${shown} and would change it, while a worker of the older one runs: ${worker[0] as string}.`,
    "Stop all workers, take a backup, and start the new ones: a changed ledger cannot be changed back.",
  );
}

/** No text in a migration holds a semicolon. */
function statementsOf(text: string): string[] {
  return text
    .replace(/--.*$/gm, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
