import { copyFileSync, existsSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../model/errors.ts";
import type { Random } from "../../world/random.ts";
import { numberedAtMs } from "../desk/numbers.ts";
import type { Book, Restore } from "../ledger.ts";
import { sqliteAddress } from "./address.ts";
import { asOneFile, lookThrough, syncFile } from "./backup.ts";
import { balancing } from "./balance.ts";
import { preparing } from "./cells.ts";
import { connect } from "./connection.ts";
import { ledgerFault } from "./faults.ts";
import { makeFiles } from "./files.ts";
import { migrate } from "./migrate.ts";
import { readingMoved } from "./moved.ts";
import { own } from "./owner.ts";

// Restoring a backup. The destinations have lived on, so a restored ledger is not the old one come back: it opens a new epoch, in which every effect
// that the copy does not know as done is in doubt since the copy (flow/lost-time.ts tells why and for how long). What stands in rows is marked here, in
// the copy's own rows, before it takes the ledger's place:
//
// - intended, in doubt, or not applied when the copy was made: in doubt from the copy until now, under the key that it has. Parts of a call that carries
//   many stay as they are, because it is the call that was sent; so do effects whose next request is not made yet (a replay of a refused one).
// - done, refused, unexpected: as they are. Their last send is not later than now, which tells them from what is learnt in the new epoch.
// - effects of records that had not begun, and of records that came after the copy, have no rows: the flow finds them when their turn comes.
//
// Cursors are those of the copy: polls read again what came since, and what the copy knows is recognised.
//
// Everything is made ready beside the ledger, which is then moved aside and never changed: two renames, between which only names change. The owner's
// lock is held all along. Whoever has the ledger open besides, for a moment, makes the restore wait and then refuse.

export interface RestoreOptions {
  readonly address: string;
  /** The backup. */
  readonly file: string;
  readonly nowMs: number;
  /** When the backup was made, where it does not say so itself. */
  readonly copiedAtMs: number | undefined;
  readonly doubtNewUntilMs: number;
  readonly actor: string;
  readonly why: string | undefined;
  /** Says what would be, and changes nothing. */
  readonly dryRun: boolean;
  readonly random: Pick<Random, "uuid">;
}

export interface Restored {
  readonly restore: Restore;
  /** The ledger that was there; undefined when there was none. */
  readonly aside: string | undefined;
  /** Effects that the copy knows and not as done. */
  readonly inDoubt: number;
  readonly books: readonly Book[];
}

/**
 * Puts a backup in the place of a ledger.
 *
 * @throws {WaybillError} `ledger-owned` while something runs on the ledger, `bad-usage` when the file is no backup or does not say when it was made,
 * `ledger-failed` when it is damaged, `ledger-newer`.
 */
export function restoreSqlite(options: RestoreOptions): Restored {
  const { address, file, random } = options;
  const { path, memory } = sqliteAddress(address);
  if (memory)
    throw new WaybillError("bad-usage", "A ledger in memory cannot be restored.", "Name a file: sqlite:PATH.");
  if (!existsSync(file) || !statSync(file).isFile())
    throw new WaybillError("bad-usage", `There is no backup ${file}.`, "Give a file that `waybill backup` made.");
  // A ledger that was moved elsewhere is a copy of that one since then, in the place where it is wanted back.
  if (existsSync(path) && realpathSync(path) === realpathSync(file) && !wasMoved(path))
    throw new WaybillError("bad-usage", `${file} is the ledger itself.`, "Give a file that `waybill backup` made.");
  const there = existsSync(path) && statSync(path).size > 0;
  const ready = `${path}.restoring-${random.uuid().slice(0, 8)}`;
  let disown: (() => void) | undefined;
  try {
    const truePath = makeFiles(path, address, false);
    disown = own(truePath, address);
    const epochThere = there ? epochOf(truePath, address, options.dryRun) : 0;
    for (const end of ["", "-wal"]) if (existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${ready}${end}`);
    const made = prepareCopy(ready, epochThere, options);
    if (options.dryRun) return { ...made, aside: undefined };
    return { ...made, aside: takePlace(ready, truePath, there, options.nowMs) };
  } catch (fault) {
    throw ledgerFault(fault, address);
  } finally {
    for (const end of ["", "-journal", "-wal", "-shm"]) rmSync(`${ready}${end}`, { force: true });
    disown?.();
  }
}

function wasMoved(path: string): boolean {
  const database = connect(path, { readOnly: true });
  try {
    return readingMoved(preparing(database))() !== undefined;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

/** The epoch of the ledger that is there, which nobody else may have open. A damaged one is the usual reason to be here: it says nothing. */
function epochOf(path: string, address: string, onlyLooks: boolean): number {
  let database: DatabaseSync | undefined;
  try {
    database = connect(path, { readOnly: onlyLooks });
    const epoch = Number(Object.values(database.prepare("select epoch from ledger").get() ?? {})[0]);
    if (!onlyLooks) asOneFile(database);
    return epoch;
  } catch (fault) {
    const code = ((fault as { errcode?: number }).errcode ?? 0) & 0xff;
    if (code !== 5 && code !== 6) return 0;
    throw new WaybillError(
      "ledger-owned",
      `Another command has the ledger ${address} open.`,
      "Try again when it is done.",
    );
  } finally {
    database?.close();
  }
}

function prepareCopy(ready: string, epochThere: number, options: RestoreOptions): Omit<Restored, "aside"> {
  const { nowMs, doubtNewUntilMs, actor, why, file } = options;
  const database = openBackup(ready, file);
  try {
    lookThrough(database, file);
    migrate(database, file, { ledgerId: "" });
    const [epoch, ownTime, lastNumber] = Object.values(
      database.prepare("select epoch, copied_at, last_number from ledger").get() ?? {},
    ) as [number, number | null, number];
    const copiedAtMs = ownTime ?? options.copiedAtMs ?? numberedAtMs(lastNumber);
    if (copiedAtMs > nowMs)
      throw new WaybillError("bad-usage", `${file} says that it was made in the future.`, "Set this machine's clock.");
    const restore: Restore = { epoch: Math.max(epoch, epochThere) + 1, atMs: nowMs, copiedAtMs, doubtNewUntilMs };
    database.exec("begin immediate");
    const inDoubt = openEpoch(database, restore, actor, why);
    database.exec("commit");
    asOneFile(database);
    return { restore, inDoubt, books: balancing(preparing(database))(undefined) };
  } finally {
    database.close();
  }
}

function openBackup(ready: string, file: string): DatabaseSync {
  try {
    const database = connect(ready);
    if (database.prepare("select name from sqlite_schema where name = 'ledger'").get() !== undefined) return database;
    database.close();
  } catch {
    // Falls through: whatever it is, it is no ledger.
  }
  throw new WaybillError("bad-usage", `${file} is no ledger.`, "Give a file that `waybill backup` made.");
}

/** Answers how many effects are in doubt from now on. */
function openEpoch(database: DatabaseSync, restore: Restore, actor: string, why: string | undefined): number {
  const { epoch, atMs, copiedAtMs, doubtNewUntilMs } = restore;
  const detail = JSON.stringify({ epoch, copiedAt: new Date(copiedAtMs).toISOString() });
  database.prepare("update ledger set epoch = ?, copied_at = null, server_url = null, moved_to = null").run(epoch);
  database.exec("delete from asks");
  database
    .prepare("insert into restores (epoch, at, copied_at, doubt_new_until) values (?, ?, ?, ?)")
    .run(epoch, atMs, copiedAtMs, doubtNewUntilMs);
  database
    .prepare("insert into journal (at, what, about, actor, why, detail) values (?, 'restored', '', ?, ?, ?)")
    .run(atMs, actor, why ?? null, detail);
  const doubted = database
    .prepare(
      `update effects set state = 'doubt', last_sent = ?2, first_sent = case when first_sent > 0 then min(first_sent, ?1) else ?1 end
       where how <> 'natural' and (state = 'intended' or state = 'doubt' or state = 'not-applied')
         and release <> coalesce((select word from words where text = ''), 0)
         and coalesce((select json_extract(request, '$.method') from requests r where r.effect = effects.effect), '') <> 'PART'`,
    )
    .run(copiedAtMs, atMs);
  database.prepare("update effects set last_sent = min(last_sent, ?1)").run(atMs);
  return Number(doubted.changes);
}

/** Moves the ledger aside and the copy into its place. Answers the name of the former. */
function takePlace(ready: string, path: string, there: boolean, nowMs: number): string | undefined {
  syncFile(ready);
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const aside = there ? freeName(`${path}.aside-${stamp}`) : undefined;
  for (const end of ["-wal", "-shm", ""]) {
    if (!existsSync(`${path}${end}`)) continue;
    if (aside === undefined) rmSync(`${path}${end}`);
    else renameSync(`${path}${end}`, `${aside}${end}`);
  }
  renameSync(ready, path);
  syncFile(dirname(path));
  return aside;
}

function freeName(name: string): string {
  let free = name;
  for (let n = 2; existsSync(free); n++) free = `${name}-${n}`;
  return free;
}
