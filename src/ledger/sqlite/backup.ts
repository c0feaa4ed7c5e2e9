import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../model/errors.ts";
import type { Random } from "../../world/random.ts";
import type { Book } from "../ledger.ts";
import { sqliteAddress } from "./address.ts";
import { balancing } from "./balance.ts";
import { preparing } from "./cells.ts";
import { connect } from "./connection.ts";
import { ledgerFault } from "./faults.ts";

// A copy of a ledger, consistent while others write: one statement copies one snapshot. It is made under another name, looked through from end to end,
// written to the disk, and only then gets its name; so a file of that name is a whole copy. It says when it was begun: whatever its ledger did later,
// a restore has to count from there.

export interface BackedUp {
  readonly file: string;
  readonly bytes: number;
  readonly copiedAtMs: number;
  readonly books: readonly Book[];
}

export interface BackupOptions {
  readonly address: string;
  /** Where to; must not be there yet. */
  readonly file: string;
  readonly nowMs: number;
  readonly random: Pick<Random, "uuid">;
}

/**
 * Copies a ledger into one file, while its owner runs.
 *
 * @throws {WaybillError} `bad-usage` when the file is there, `bad-configuration` when the ledger is not, `ledger-full`, or `ledger-failed` when the
 * copy does not hold what it should.
 * @example backupSqlite({ address: "sqlite:.waybill/ledger.db", file: "backups/monday.db", nowMs, random });
 */
export function backupSqlite({ address, file, nowMs, random }: BackupOptions): BackedUp {
  const { path, memory } = sqliteAddress(address);
  if (memory) throw new WaybillError("bad-usage", "A ledger in memory cannot be copied.", "Name a file: sqlite:PATH.");
  if (!existsSync(path))
    throw new WaybillError("bad-configuration", `There is no ledger at ${address}.`, "`waybill start` makes it.");
  if (existsSync(file)) throw isThere(file);
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) {
    throw new WaybillError("bad-usage", `There is no folder ${folder}.`, "Make it first; the copy is made inside it.");
  }
  const unfinished = join(folder, `.${basename(file)}.${random.uuid().slice(0, 8)}.unfinished`);
  try {
    closeSync(openSync(unfinished, "wx", 0o600));
    copyInto(path, unfinished);
    const books = finish(unfinished, address, nowMs);
    syncFile(unfinished);
    // A link, because a rename would replace what somebody else has put there meanwhile.
    linkSync(unfinished, file);
    syncFile(folder);
    return { file, bytes: statSync(file).size, copiedAtMs: nowMs, books };
  } catch (fault) {
    if ((fault as { code?: string }).code === "EEXIST") throw isThere(file);
    throw ledgerFault(fault, address);
  } finally {
    for (const end of ["", "-journal", "-wal", "-shm"]) rmSync(`${unfinished}${end}`, { force: true });
  }
}

function isThere(file: string): WaybillError {
  return new WaybillError("bad-usage", `${file} is there already.`, "Give another name: a copy is never overwritten.");
}

function copyInto(path: string, file: string): void {
  const database = connect(path, { readOnly: true });
  try {
    database.prepare("vacuum into ?").run(file);
  } finally {
    database.close();
  }
}

/** Writes down when the copy was begun, takes out what belongs to the process that ran, and looks it through. */
function finish(file: string, address: string, nowMs: number): readonly Book[] {
  const database = connect(file);
  try {
    database.prepare("update ledger set copied_at = coalesce(copied_at, ?), server_url = null").run(nowMs);
    database.exec("delete from asks");
    lookThrough(database, address);
    asOneFile(database);
    return balancing(preparing(database))(undefined);
  } finally {
    database.close();
  }
}

/** @throws {WaybillError} `ledger-failed` when a page or an index of it is broken. */
export function lookThrough(database: DatabaseSync, address: string): void {
  const [first] = database
    .prepare("pragma integrity_check(1)")
    .all()
    .map((row) => Object.values(row)[0]);
  if (first === "ok") return;
  throw new WaybillError(
    "ledger-failed",
    `The ledger ${address} is damaged: ${String(first)}.`,
    "Look at the disk; the last sound copy can be restored.",
  );
}

/** Folds the log into the file, so that the file alone is the ledger. Fails while another connection has it open. */
export function asOneFile(database: DatabaseSync): void {
  const mode = Object.values(database.prepare("pragma journal_mode = delete").get() ?? {})[0];
  if (mode !== "delete") throw new Error(`the log cannot be folded in: the journal mode stays ${String(mode)}`);
}

/** Writes a file, or the names in a folder, to the disk. */
export function syncFile(path: string): void {
  if (process.platform === "win32" && statSync(path).isDirectory()) return; // folders cannot be opened there
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
