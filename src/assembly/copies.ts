import { isPostgresAddress, postgresAddress } from "../ledger/postgres/address.ts";
import type { ByMonth } from "../ledger/postgres/months.ts";
import type { SetBack, SetBackOptions } from "../ledger/postgres/set-back.ts";
import type { BackedUp } from "../ledger/sqlite/backup.ts";
import type { Restored, RestoreOptions } from "../ledger/sqlite/restore.ts";
import { WaybillError } from "../model/errors.ts";
import type { World } from "../world/transport.ts";
import type { Assembly } from "./assembly.ts";

/**
 * Copies the ledger of an assembly into one file, while whatever runs on it goes on. Stops this thread while it does.
 *
 * @throws {WaybillError} `bad-usage` when the file is there, `ledger-full`, `ledger-failed`.
 */
export async function backupLedger({ ledger, world }: Assembly, file: string): Promise<BackedUp> {
  if (isPostgresAddress(ledger.facts.address)) throw notHere(ledger.facts.address);
  // Only here is SQLite opened in this thread, so it is loaded only here.
  const { backupSqlite } = await import("../ledger/sqlite/backup.ts");
  return backupSqlite({ address: ledger.facts.address, file, nowMs: world.clock.now(), random: world.random });
}

function notHere(address: string): WaybillError {
  return new WaybillError(
    "not-available",
    `The ledger ${address} is in PostgreSQL, which has its own backups.`,
    "pg_dump --schema=waybill takes one that is consistent while everything runs; with continuous archiving, any moment can be restored. After that: npx waybill restore --made-at MOMENT --why …",
  );
}

/**
 * Says to a ledger in PostgreSQL that its database was set back to an earlier moment.
 *
 * @throws {WaybillError} `bad-usage` where the ledger is a file, and what `setBack` throws.
 */
export async function declareSetBack(options: SetBackOptions, world: World): Promise<SetBack> {
  if (!isPostgresAddress(options.address))
    throw new WaybillError("bad-usage", "Which backup?", "npx waybill restore FILE, with a file that `backup` made.");
  const { setBack } = await import("../ledger/postgres/set-back.ts");
  return setBack(options, world);
}

/**
 * Lays out what grows in a ledger in PostgreSQL by the month.
 *
 * @throws {WaybillError} `bad-usage` where the ledger is a file, and what `layOutByMonth` throws.
 */
export async function partitionLedger(address: string, dryRun: boolean, world: World): Promise<ByMonth> {
  if (!isPostgresAddress(address))
    throw new WaybillError(
      "bad-usage",
      `The ledger ${address} is a file, which has no parts.`,
      "SQLite uses the space again that `waybill prune` frees. `waybill move FROM TO` takes a ledger to PostgreSQL.",
    );
  const { layOutByMonth } = await import("../ledger/postgres/months.ts");
  return layOutByMonth(address, dryRun, world);
}

export type { Restored } from "../ledger/sqlite/restore.ts";

/**
 * Puts a backup in the place of a ledger that nobody runs: ledger/sqlite/restore.ts tells what becomes of effects.
 *
 * @throws {WaybillError} `ledger-owned` while something runs on it, `bad-usage` for what is no backup, `ledger-failed` for one that is damaged.
 */
export async function restoreLedger(options: Omit<RestoreOptions, "random">, world: World): Promise<Restored> {
  if (isPostgresAddress(options.address)) throw notHere(postgresAddress(options.address).shown);
  const { restoreSqlite } = await import("../ledger/sqlite/restore.ts");
  return restoreSqlite({ ...options, random: world.random });
}
