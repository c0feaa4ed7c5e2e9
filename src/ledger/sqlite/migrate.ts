import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../model/errors.ts";

/** "wayb": tells a ledger from any other SQLite file. */
const applicationId = 0x77617962;
const name = /^(\d{4})-[a-z0-9-]+\.sql$/;

export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** The numbered files beside this one, in order. */
export function readMigrations(folder: URL = new URL(".", import.meta.url)): readonly Migration[] {
  const found = readdirSync(folder)
    .flatMap((file) => {
      const match = name.exec(file);
      return match === null ? [] : [{ version: Number(match[1]), sql: readFileSync(new URL(file, folder), "utf8") }];
    })
    .sort((one, other) => one.version - other.version);
  found.forEach(({ version }, index) => {
    if (version !== index + 1) throw new Error(`migration ${index + 1} is missing or there twice`);
  });
  return found;
}

const versionOf = (database: DatabaseSync): number =>
  Number(Object.values(database.prepare("pragma user_version").get() ?? {})[0]);

/**
 * Brings a ledger to the newest version, forward only, under the write lock, so that two processes that open it at once do it once.
 *
 * @throws {WaybillError} `ledger-newer` when a newer Waybill wrote it; `bad-configuration` when it is another program's file.
 */
export function migrate(
  database: DatabaseSync,
  address: string,
  found: { readonly ledgerId: string },
  migrations: readonly Migration[] = readMigrations(),
): void {
  refuseStrangers(database, address, migrations.length);
  if (versionOf(database) === migrations.length) return;
  database.exec("begin immediate");
  try {
    const version = versionOf(database);
    refuseStrangers(database, address, migrations.length);
    for (const migration of migrations.slice(version)) {
      database.exec(migration.sql);
      database.exec(`pragma user_version = ${migration.version}`);
    }
    if (version === 0) {
      database.exec(`pragma application_id = ${applicationId}`);
      begin(database, found.ledgerId);
    }
    database.exec("commit");
  } catch (fault) {
    if (database.isTransaction) database.exec("rollback");
    throw fault;
  }
}

/** The first row of a ledger, whose tables are empty. */
export function begin(database: DatabaseSync, ledgerId: string): void {
  database.prepare("insert into ledger (one, ledger_id, epoch, last_number) values (1, ?, 1, 0)").run(ledgerId);
}

function refuseStrangers(database: DatabaseSync, address: string, known: number): void {
  const application = Number(Object.values(database.prepare("pragma application_id").get() ?? {})[0]);
  const tables = Number(Object.values(database.prepare("select count(*) from sqlite_schema").get() ?? {})[0]);
  if (application !== applicationId && tables > 0) {
    throw new WaybillError(
      "bad-configuration",
      `${address} is a SQLite file of another program, not a ledger.`,
      "Name another file: the ledger makes its own.",
    );
  }
  const version = versionOf(database);
  if (version > known) {
    throw new WaybillError(
      "ledger-newer",
      `The ledger ${address} has version ${version}; this Waybill knows versions up to ${known}.`,
      "Install the Waybill that wrote it, or a later one: npm install waybill@latest",
    );
  }
}
