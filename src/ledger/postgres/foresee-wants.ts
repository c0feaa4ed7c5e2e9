import { contentMark } from "../../model/identity.ts";
import type { Call } from "../desk/calls.ts";
import { recordNumber } from "../desk/numbers.ts";
import type { EntityRef, IntakeBatch, Move, Reading, RunWrite } from "../ledger.ts";
import { hashKey, Wants } from "./shelf.ts";

/**
 * What calls will ask for, as far as it can be told before they run: whatever is missing then costs a round trip more, while keys are held.
 *
 * @param books the numbers of books that are known, by their names.
 */
export function wantsOf(calls: readonly Call[], books: ReadonlyMap<string, number>): Wants {
  const wants = new Wants();
  for (const call of calls) {
    if (call.name === "intake") ofIntake(wants, call.input, books);
    else if (call.name === "write") ofRun(wants, call.input);
    else if (call.name === "writeShared") for (const run of call.input.runs) ofRun(wants, run);
    else if (call.name === "move" || call.name === "foresee") ofMove(wants, call.input);
    else if (call.name === "unclaim")
      for (const { record, keyHash } of call.input) {
        wants.add("due", keyHash);
        wants.add("queued", keyHash);
        wants.add("effects", recordNumber(record));
      }
  }
  return wants;
}

function ofIntake(
  wants: Wants,
  { arrivals, cursor, claimUpTo }: IntakeBatch,
  books: ReadonlyMap<string, number>,
): void {
  wants.add("cursor", cursor?.source);
  for (const arrival of arrivals) {
    wants.add("outbox", arrival.outbox);
    wants.add("word", arrival.source);
    wants.add("word", arrival.origin?.text);
    for (const row of arrival.rows) {
      const { identity, loading, integration, tenant } = row;
      const book = `${integration}\n${tenant}`;
      wants.add("book", book);
      wants.add("unread", books.get(book));
      if (claimUpTo > 0) wants.add("firstDue", books.get(book));
      wants.add("word", row.contract);
      const mark =
        row.idMark ?? row.contentMark ?? contentMark(integration, tenant, arrival.source, row.rawHash, undefined, 0);
      wants.add("mark", hashKey(mark));
      wants.add("due", identity?.keyHash ?? loading?.keyHash);
      if (row.strict) wants.add("blockers", identity?.keyHash);
      if (row.unique !== undefined) wants.add("unique", hashKey(row.unique.hash));
      if (identity?.keyGiven === true || identity?.version !== undefined)
        wants.add("entity", hashKey(identity.entityHash));
      if (identity?.version !== undefined) wants.add("versions", hashKey(identity.entityHash));
    }
  }
}

function ofEntity(wants: Wants, entity: EntityRef | undefined): void {
  if (entity !== undefined) wants.add("entity", hashKey(entity.entityHash));
}

/** What a record or its entity has had done. */
function ofOwner(wants: Wants, record: number, entity: EntityRef | undefined): void {
  ofEntity(wants, entity);
  if (entity === undefined) wants.add("effects", record);
  else wants.add("entityEffects", hashKey(entity.entityHash));
}

function ofReading(wants: Wants, { identity, idMark, contract, unique }: Reading): void {
  wants.add("mark", hashKey(idMark));
  wants.add("word", contract);
  wants.add("due", identity.keyHash);
  if (identity.keyGiven || identity.version !== undefined) wants.add("entity", hashKey(identity.entityHash));
  if (identity.version !== undefined) wants.add("versions", hashKey(identity.entityHash));
  if (unique !== undefined) wants.add("unique", hashKey(unique.hash));
}

function ofRun(wants: Wants, run: RunWrite): void {
  const { keyHash, integration, tenant, settlement } = run;
  const record = recordNumber(run.record);
  wants.add("due", keyHash);
  wants.add("book", `${integration}\n${tenant}`);
  for (const { entity, effect } of [...run.intents, ...run.effects]) {
    ofOwner(wants, record, entity);
    wants.add("word", effect?.release);
  }
  ofEntity(wants, run.beginEntity);
  wants.add("word", run.reread?.contract);
  if (run.reread !== undefined) wants.add("record", record);
  if (settlement === undefined) return;
  wants.add("queued", keyHash);
  if (settlement.to === "waiting" || settlement.identity !== undefined || settlement.strict)
    wants.add("record", record);
  ofEntity(wants, settlement.memory?.entity);
  if (settlement.identity !== undefined) ofReading(wants, settlement.identity);
}

function ofMove(wants: Wants, move: Move): void {
  const record = recordNumber(move.record);
  wants.add("record", record);
  wants.add("effects", record);
  wants.add("raw", record);
  if (move.identity !== undefined) ofReading(wants, move.identity);
  wants.add("due", move.loading?.keyHash);
  wants.add("word", move.edited?.contract);
  for (const { entity, effect } of move.effects) {
    ofOwner(wants, record, entity);
    wants.add("word", effect?.release);
  }
}
