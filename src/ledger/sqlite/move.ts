import { WaybillError } from "../../model/errors.ts";
import { mayMove } from "../../model/record.ts";
import type { Hash, Move, MoveResult } from "../ledger.ts";
import { admit } from "./admit.ts";
import type { Desk } from "./desk.ts";
import { recordId, recordNumber } from "./numbers.ts";
import { applyReading } from "./readings.ts";
import { type Standing, waitsForPerson } from "./records.ts";
import { effectWriting } from "./write.ts";

/** A person's move of one record, by compare-and-set: nothing is written unless the record is as the person saw it. */
export function moving(desk: Desk): (move: Move) => MoveResult {
  const { prepare, books, records, due, backlog, entities, timeline, versions, effects, marks } = desk;
  const writeEffects = effectWriting(desk);
  const freeEntity = freeing(desk);
  const mark = prepare(
    `update records set strict = ?, salt = coalesce(?, salt), uncompared = max(uncompared, ?), touched = max(touched, ?)
     where record = ?`,
  );
  const hasPayload = prepare("select 1 from records r join payloads p using (payload) where r.record = ?");
  const startAnew = prepare("update records set attempts = 0, spent = 0, recovered = 0 where record = ?");

  /** Its queue, if it stands in one. */
  const rowOf = (now: Standing) =>
    now.state === "waiting" && now.keyHash !== undefined && !backlog.holds(now.record)
      ? due.of(now.keyHash)
      : undefined;

  /** Newer records of its key that would be put behind an older one, unless a newer version keeps it back anyway. */
  function blockedBy(now: Standing, move: Move): readonly number[] {
    if (move.to !== "waiting" || move.overtaken) return [];
    // One whose id is known goes nowhere: it ends as a duplicate, or as a conflict.
    const mark = move.identity === undefined || move.salt !== undefined ? undefined : marks.of(move.identity.idMark);
    if (mark !== undefined && mark.record !== now.record) return [];
    const identity = move.identity?.identity;
    const keyHash = identity === undefined ? now.keyHash : (entities.keyNow(identity.entityHash) ?? identity.keyHash);
    const entityHash = identity?.entityHash ?? now.entityHash;
    const version = identity?.version ?? now.version;
    if (keyHash === undefined) return [];
    if (entityHash !== undefined && version !== undefined) {
      if (versions.overtaken(now.record, entityHash, version) && !effects.begun(now.record)) return [];
    }
    return desk.overtaken.by(keyHash, now.record, waitsForPerson(now.state) && keyHash === now.keyHash);
  }

  return (move) => {
    const record = recordNumber(move.record);
    const now = records.standing(record);
    if (now === undefined) return { kind: "unknown" };
    const row = rowOf(now);
    const delivering = row?.delivering === true && row.head === record;
    if (delivering || now.revision !== move.revision) {
      return { kind: "changed", state: delivering ? "delivering" : now.state, delivering };
    }
    if (!mayMove(now.state, move.to)) {
      throw new WaybillError("refused-move", `A record that is ${now.state} cannot become ${move.to}.`);
    }
    if (move.to === "waiting" && move.identity?.content === undefined && move.identity?.raw === undefined) {
      if (hasPayload.get(record) === undefined) {
        throw new WaybillError(
          "refused-move",
          `The payload of record ${move.record} is pruned: there is nothing left to deliver.`,
          "Ask its source to send it again; `keep.payloads` in the configuration says how long payloads are kept.",
        );
      }
    }
    const by = blockedBy(now, move);
    if (by.length > 0) return { kind: "overtaken", by: by.map(recordId) };

    const book = books.byNumber(now.book);
    writeEffects(record, book, move.effects, move.atMs);
    mark.run(move.strict ? 1 : 0, move.salt ?? null, move.uncompared ? 1 : 0, move.effects.length > 0 ? 1 : 0, record);
    if (move.to === "waiting") startAnew.run(record);

    const read =
      move.identity === undefined
        ? undefined
        : applyReading(desk, record, now.book, move.identity, move.atMs, move.salt !== undefined);
    const known = read?.kind === "known" ? read : undefined;
    const keyHash = read?.kind === "own" ? read.keyHash : now.keyHash;
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
      issues: undefined,
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
  const { prepare, due, records } = desk;
  const held = prepare(
    "select record from records where cause = 'entity-held' and entity_hash = ? and state = 'held' order by record",
  );
  return (entityHash, keyHash, nowMs) => {
    for (const [record] of held.all(entityHash) as [number][]) {
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
