import type { Hash, Move, MoveResult } from "../ledger.ts";
import { admit } from "./admit.ts";
import type { Desk } from "./desk.ts";
import { looking, wishOfMove } from "./look.ts";
import { recordId } from "./numbers.ts";
import { applyReading } from "./readings.ts";
import { effectWriting } from "./write.ts";

/** A person's move of one record, by compare-and-set: nothing is written unless the record is as the person saw it. */
export function moving(desk: Desk): (move: Move) => MoveResult {
  const { books, words, records, due, timeline } = desk;
  const look = looking(desk);
  const writeEffects = effectWriting(desk);
  const freeEntity = freeing(desk);

  return (move) => {
    const seen = look(move);
    if (seen.refusal !== undefined) return seen.refusal;
    const { now, row } = seen;
    const { record } = now;
    const book = books.byNumber(now.book);
    writeEffects(record, book, move.effects, move.atMs);
    const { strict, salt, uncompared } = move;
    records.mark(record, { strict, salt, uncompared, touched: move.effects.length > 0 });
    if (move.to === "waiting") records.startAnew(record);

    const read =
      move.identity === undefined
        ? undefined
        : applyReading(desk, record, now.book, move.identity, move.atMs, move.salt !== undefined);
    const known = read?.kind === "known" ? read : undefined;
    const keyHash = read?.kind === "own" ? read.keyHash : (move.loading?.keyHash ?? now.keyHash);
    if (move.loading !== undefined) records.setLoading(record, move.loading);
    if (move.edited !== undefined) {
      const { raw, content, contract, search } = move.edited;
      records.edit(record, words.number(contract), content, raw);
      records.setSearch(record, search ?? []);
    }
    const placed = admit(desk, {
      record,
      book: now.book,
      keyHash,
      entityHash: move.identity?.identity.entityHash ?? now.entityHash,
      version: move.identity === undefined ? now.version : move.identity.identity.version,
      strict: move.strict,
      state: known?.state ?? move.to,
      cause: known === undefined ? move.cause : known.cause,
      reason: known === undefined ? move.reason : known.reason,
      issues: move.issues,
      wish: move.sameAs === true ? undefined : wishOfMove(now, move),
      nowMs: move.atMs,
      atMs: move.atMs,
    });
    if (row !== undefined) due.leave(row, record, move.atMs);
    if (now.keyHash !== undefined && now.keyHash !== keyHash) due.recheck(now.keyHash);
    timeline.add(record, move.timeline);
    if (move.freeEntity && now.entityHash !== undefined) freeEntity(now.entityHash, keyHash, move.atMs);
    return {
      kind: "moved",
      ...placed,
      duplicateOf: known?.cause === "duplicate" ? recordId(known.of) : undefined,
    };
  };
}

/** What was held because of an effect of its entity goes on, and what only waits for it is due now. */
function freeing(desk: Desk): (entityHash: Hash, keyHash: number | undefined, nowMs: number) => void {
  const { due, records } = desk;
  return (entityHash, keyHash, nowMs) => {
    for (const record of records.heldWith(entityHash)) {
      const now = records.standing(record);
      if (now === undefined) continue;
      admit(desk, {
        ...now,
        state: "waiting",
        cause: undefined,
        reason: undefined,
        issues: undefined,
        nowMs,
        atMs: nowMs,
      });
    }
    if (keyHash !== undefined) due.hurry(keyHash, nowMs);
  };
}
