import type { Cause } from "../../model/record.ts";
import type { RunWrite, Settlement } from "../ledger.ts";
import type { Desk } from "./desk.ts";
import type { DueRow } from "./due.ts";
import { applyReading } from "./readings.ts";
import { type RowState, waitsForPerson } from "./records.ts";
import { wishOf } from "./uniques.ts";

export interface SettledAs {
  readonly state: RowState;
  readonly cause: Cause | undefined;
}

/** Brings the record in hand to a state, and its key to the next record. */
export function settling(
  desk: Desk,
): (run: RunWrite, record: number, row: DueRow, settlement: Settlement) => SettledAs {
  const { books, records, due, entities, versions, effects, uniques } = desk;

  return (run, record, row, settlement) => {
    const { atMs, strict, memory } = settlement;
    const book = books.open(run.integration, run.tenant);
    let state: RowState = settlement.to;
    let { cause, reason, issues } = settlement;
    let keyHash = row.keyHash;

    if (settlement.identity !== undefined) {
      const read = applyReading(desk, record, book.book, settlement.identity, atMs);
      if (read.kind === "own") keyHash = read.keyHash;
      else ({ state, cause, reason } = read);
      if (read.kind === "known") issues = undefined;
    }

    const stays = state === "waiting";
    const now = stays || settlement.identity !== undefined ? records.standing(record) : undefined;
    const { entityHash, version } = now ?? {};
    const compares = cause !== "undoing" && entityHash !== undefined && version !== undefined;
    if (stays && compares && versions.overtaken(record, entityHash, version) && !effects.begun(record)) {
      state = "superseded";
      cause = "newer-version";
      reason = "a newer version has come";
    }

    const wish = stays && settlement.identity !== undefined ? wishOf(settlement.identity) : undefined;
    const other = state === "waiting" ? uniques.other(wish) : undefined;
    if (other !== undefined) ({ state, cause, reason, issues } = other);
    else if (wish !== undefined && state === "waiting") uniques.claim(wish, record);
    if (state === "delivered" && settlement.uniqueOf !== undefined) uniques.delivered(settlement.uniqueOf, record);

    const { attempts, spentMs } = settlement;
    records.endRun(record, { state, cause, reason, issues, atMs, attempts, spentMs, strict });
    if (memory !== undefined && state === "delivered") {
      entities.delivered(entities.open(book.book, memory.entity.entityHash, atMs), memory.fingerprint, memory.version);
      if (memory.fingerprint !== undefined) books.remember(book);
    }

    if (state === "delivered") desk.overtaken.delivered(keyHash, record);
    else if (waitsForPerson(state)) desk.overtaken.watch(keyHash);
    if (state !== "waiting") due.leave(row, record, atMs);
    else if (keyHash === row.keyHash) due.later(row, settlement.nextAtMs, atMs);
    else moveToKey(record, row, keyHash, settlement, book.book);

    if (settlement.identity !== undefined && compares && (state === "waiting" || state === "filtered")) {
      versions.supersedeOlder(entityHash, version, atMs);
    }
    return { state, cause };
  };

  /** What was loaded belongs to another key than the notice named. */
  function moveToKey(
    record: number,
    from: DueRow,
    keyHash: number,
    { atMs, nextAtMs, strict }: Settlement,
    book: number,
  ): void {
    due.leave(from, record, atMs);
    const row = due.of(keyHash);
    if (due.standsBehind(row, record)) records.queue(record);
    due.join(row, { record, book, keyHash, strict }, nextAtMs);
  }
}
