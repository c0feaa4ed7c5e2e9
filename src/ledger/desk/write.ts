import type { EffectWrite, EntityRef, RunWrite, StoredEffect, WriteResult } from "../ledger.ts";
import type { Desk } from "./desk.ts";
import { recordNumber } from "./numbers.ts";
import { settling } from "./settle.ts";

/** Writes what a run has to write, if the record is still in this worker's hands. */
export function writing(desk: Desk): (run: RunWrite) => WriteResult {
  const { books, words, records, due, effects, entities, timeline } = desk;
  const settle = settling(desk);
  const write = effectWriting(desk);

  return (run) => {
    const record = recordNumber(run.record);
    const row = due.of(run.keyHash);
    if (row === undefined || !row.delivering || row.head !== record) {
      return { kind: "revoked", why: "the record is not in this worker's hands" };
    }
    const nowMs = run.settlement?.atMs ?? 0;
    const ownerOf = (entity: EntityRef | undefined): number =>
      entity === undefined
        ? record
        : entities.open(books.open(run.integration, run.tenant).book, entity.entityHash, nowMs);

    if (run.reread !== undefined) records.reread(record, words.number(run.reread.contract), run.reread.content);
    if (run.beginEntity !== undefined) entities.begin(ownerOf(run.beginEntity));
    const existing: (StoredEffect | undefined)[] = run.intents.map((intent) =>
      effects.intend(ownerOf(intent.entity), intent),
    );
    write(record, run, run.effects, nowMs);
    timeline.add(record, run.timeline);
    const settledAs = run.settlement === undefined ? undefined : settle(run, record, row, run.settlement);
    return { kind: "written", existing, settledAs };
  };
}

/** Writes or drops effects of a record or of its entity. */
export function effectWriting(
  desk: Desk,
): (
  record: number,
  of: { integration: string; tenant: string },
  writes: readonly EffectWrite[],
  nowMs: number,
) => void {
  const { books, effects, entities } = desk;
  return (record, { integration, tenant }, writes, nowMs) => {
    for (const { entity, effect, name } of writes) {
      const owner =
        entity === undefined ? record : entities.open(books.open(integration, tenant).book, entity.entityHash, nowMs);
      if (effect === undefined) effects.drop(owner, name);
      else effects.put(owner, effect);
    }
  };
}
