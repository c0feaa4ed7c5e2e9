import type { DatabaseSync } from "node:sqlite";
import { said, WaybillError } from "../../model/errors.ts";

// After somebody was forgotten: what SQLite let go of before, and the log of what was written, hold copies. Rows that are erased are overwritten within
// their page at once, on every connection. What is left are pages that became free, and rests on pages from which a row was moved. A file that is not
// large is written anew, which leaves neither; in a large one, where that would keep everybody waiting, free pages are taken once more, filled with
// zeros, and given back. Then the log is moved into the file and cut to nothing.

/** A larger file is not written anew: that takes some seconds, in which nobody else can write. */
const wholeBytesDefault = 268_435_456;
/** One row fills so many bytes of free pages. */
const rowBytes = 16_777_216;
/** Each waits for whoever writes, and for whoever reads an old state. */
const triesMax = 3;

/** Overwrites what is free in the ledger's file, and empties its log. */
export function scrub(
  database: DatabaseSync,
  { wholeBytesMax = wholeBytesDefault }: { readonly wholeBytesMax?: number } = {},
): void {
  const ask = (pragma: string, at = 0): number =>
    Number(Object.values(database.prepare(`pragma ${pragma}`).get() ?? {})[at] ?? 0);
  const small = ask("page_count") * ask("page_size") <= wholeBytesMax;
  const free = (): void => inZeros(database, () => overwriteFree(database, ask));
  persistently(() => (small ? database.exec("vacuum") : free()));
  persistently(() => {
    if (ask("wal_checkpoint(truncate)") !== 0) throw new Error("somebody reads an old state of it");
  });
}

/** @throws {WaybillError} `ledger-failed` when it cannot be done in several tries. */
function persistently(work: () => void): void {
  for (let tries = 1; ; tries++) {
    try {
      return work();
    } catch (fault) {
      if (tries < triesMax) continue;
      throw new WaybillError(
        "ledger-failed",
        `What was held is erased, and older copies in the ledger's file could not be overwritten: ${said(fault)}.`,
        "`waybill backup` makes a copy without them.",
      );
    }
  }
}

function inZeros(database: DatabaseSync, work: () => void): void {
  database.exec("pragma secure_delete = on");
  try {
    work();
  } finally {
    database.exec("pragma secure_delete = fast");
  }
}

function overwriteFree(database: DatabaseSync, ask: (pragma: string) => number): void {
  database.exec("begin immediate");
  try {
    const pageBytes = ask("page_size");
    if (ask("freelist_count") > 0) {
      database.exec("create table blank (zeros blob)");
      const fill = database.prepare("insert into blank (zeros) values (zeroblob(?))");
      for (let free = ask("freelist_count"); free > 0; free = ask("freelist_count"))
        fill.run(Math.min(rowBytes, free * pageBytes));
      database.exec("drop table blank");
    }
    database.exec("commit");
  } catch (fault) {
    if (database.isTransaction) database.exec("rollback");
    throw fault;
  }
}
