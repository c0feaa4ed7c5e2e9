import { numberAt } from "../desk/numbers.ts";
import type { Prunable, PruneResult, PruneStep } from "../ledger.ts";
import type { Prepare } from "./cells.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";

// Retention, in small steps between which the work goes on. Only final records are pruned; a record that waits, or waits for a person, keeps everything,
// however old it is. A payload goes when every record of its arrival is final. Three walks through the ledger, each of which goes on in the next step
// where it stopped in the last one; an interrupted walk starts again.

const isFinal = "(state = 'delivered' or state = 'superseded' or state = 'filtered' or state = 'discarded')";

export function pruning(desk: SqliteDesk): (step: PruneStep) => PruneResult {
  const payloads = pruningPayloads(desk);
  const history = pruningHistory(desk);
  const marks = pruningMarks(desk);
  return ({ payloadsBeforeMs, historyBeforeMs, marksBeforeMs, callsBeforeMs, limit }) => {
    const ofPayloads = payloads(payloadsBeforeMs, limit);
    const ofHistory = history(historyBeforeMs, limit);
    const ofMarks = marksBeforeMs === undefined ? nothing : marks(marksBeforeMs, limit);
    const ofCalls = callsBeforeMs === undefined ? nothing : desk.callLog.prune(callsBeforeMs, limit);
    return {
      payloads: ofPayloads.pruned,
      records: ofHistory.pruned,
      marks: ofMarks.pruned,
      calls: ofCalls.pruned,
      more: ofPayloads.more || ofHistory.more || ofMarks.more || ofCalls.more,
    };
  };
}

interface Walked {
  readonly pruned: number;
  readonly more: boolean;
}
type Walk = (beforeMs: number, limit: number) => Walked;
const nothing: Walked = { pruned: 0, more: false };

/** Payloads, contents, and the bodies of effects. */
function pruningPayloads({ prepare }: SqliteDesk): Walk {
  const select = prepare("select payload from payloads where payload > ? and payload < ? order by payload limit ? + 0");
  // The records of one arrival have adjacent numbers, and no record of another arrival names this payload.
  const sharing = prepare(
    `select record, ${isFinal} and received_at < ?2 from records where record >= ?1 and record < ?1 + 4096 and payload = ?1`,
  );
  const deletePayload = prepare("delete from payloads where payload = ?");
  const deleteContent = prepare("delete from contents where record = ?");
  const deleteRequests = prepare("delete from requests where effect in (select effect from effects where owner = ?)");
  const clearAnswers = prepare("update effects set answer = null where owner = ? and answer is not null");
  let position = 0;
  return (beforeMs, limit) => {
    const rows = select.all(position, numberAt(beforeMs), limit) as [number][];
    let pruned = 0;
    for (const [payload] of rows) {
      const records = sharing.all(payload, beforeMs) as [number, number][];
      if (records.some(([, mayGo]) => mayGo !== 1)) continue;
      for (const [record] of records) {
        deleteContent.run(record);
        deleteRequests.run(record);
        clearAnswers.run(record);
      }
      deletePayload.run(payload);
      pruned++;
    }
    const more = rows.length === limit;
    position = more ? ((rows.at(-1) as [number])[0] as number) : 0;
    return { pruned, more };
  };
}

/** Records with their effects and timeline. What the entity must not forget is written down first. */
function pruningHistory({ prepare, books, entities, effects }: SqliteDesk): Walk {
  const select = prepare(
    `select record, book, ${isFinal} and received_at < ?3, entity_hash, version, state from records
     where record > ?1 and record < ?2 order by record limit ?4 + 0`,
  );
  const deletes = [
    "delete from requests where effect in (select effect from effects where owner = ?)",
    "delete from effects where owner = ?",
    "delete from timeline where record = ?",
    "delete from contents where record = ?",
    "delete from traces where record = ?",
    "delete from search_values where record = ?",
    "delete from records where record = ?",
  ].map(prepare);
  // Those that still wait for a person are then searched for, among what is left.
  const forgetPassed = prepare("delete from passed where record > 0 and record < ?");
  const forgetCalls = prepare(
    `delete from shared_calls where last_sent < ? and not exists
       (select 1 from json_each(shared_calls.records) carried join records on record = carried.value where not ${isFinal})`,
  );
  let position = 0;
  return (beforeMs, limit) => {
    const rows = select.all(position, numberAt(beforeMs), beforeMs, limit);
    let pruned = 0;
    for (const [record, book, mayGo, entityHash, version, state] of rows) {
      if (mayGo !== 1) continue;
      if (entityHash instanceof Uint8Array && typeof version === "string") {
        if (state !== "discarded" || effects.begun(record as number)) {
          entities.settledVersion(entities.open(book as number, entityHash, 0), version);
        }
      }
      for (const remove of deletes) remove.run(record as number);
      books.count(books.byNumber(book as number), "pruned", 1);
      pruned++;
    }
    const more = rows.length === limit;
    position = more ? (rows.at(-1)?.[0] as number) : 0;
    if (!more) {
      forgetPassed.run(numberAt(beforeMs));
      forgetCalls.run(beforeMs);
    }
    return { pruned, more };
  };
}

/** Marks whose records are gone. The young ones are few, and looked at when a walk begins. */
function pruningMarks({ prepare, youngMarks }: SqliteDesk): Walk {
  const selectYoung = prepare(
    `select mark from young_marks y where record < ? and not exists (select 1 from records r where r.record = y.record) limit ? + 0`,
  );
  const select = prepare(
    `select mark, record < ? and not exists (select 1 from records r where r.record = marks.record)
     from marks where mark > ? order by mark limit ? + 0`,
  );
  const remove = prepare("delete from marks where mark = ?");
  let position = new Uint8Array(0);
  return (beforeMs, limit) => {
    let pruned = 0;
    if (position.length === 0) {
      const young = selectYoung.all(numberAt(beforeMs), limit) as [Uint8Array][];
      for (const [mark] of young) youngMarks.remove(mark);
      if (young.length > 0) return { pruned: young.length, more: true };
    }
    const rows = select.all(numberAt(beforeMs), position, limit) as [Uint8Array<ArrayBuffer>, number][];
    for (const [mark, mayGo] of rows) {
      if (mayGo !== 1) continue;
      remove.run(mark);
      pruned++;
    }
    const more = rows.length === limit;
    position = more ? (rows.at(-1) as [Uint8Array<ArrayBuffer>, number])[0] : new Uint8Array(0);
    return { pruned, more };
  };
}

/** Counts by the same conditions, and changes nothing. */
export function countingPrunable(prepare: Prepare): (step: PruneStep) => Prunable {
  const payloads = prepare(
    `select count(*) from payloads p where payload > 0 and payload < ?1 and not exists
       (select 1 from records r where r.record >= p.payload and r.record < p.payload + 4096 and r.payload = p.payload
          and not (${isFinal} and received_at < ?2))`,
  );
  const history = prepare(`select count(*) from records where record < ?1 and ${isFinal} and received_at < ?2`);
  const marks = prepare(
    `select count(*) from (select record from marks union all select record from young_marks) m
     where record < ?1 and not exists
       (select 1 from records r where r.record = m.record and not (r.record < ?2 and ${isFinal} and r.received_at < ?3))`,
  );
  const calls = prepare("select count(*) from calls where call < ?");
  return ({ payloadsBeforeMs, historyBeforeMs, marksBeforeMs, callsBeforeMs }) => {
    const count = (cells: readonly unknown[] | undefined): number => (cells?.[0] ?? 0) as number;
    return {
      payloads: count(payloads.get(numberAt(payloadsBeforeMs), payloadsBeforeMs)),
      records: count(history.get(numberAt(historyBeforeMs), historyBeforeMs)),
      marks:
        marksBeforeMs === undefined
          ? 0
          : count(marks.get(numberAt(marksBeforeMs), numberAt(historyBeforeMs), historyBeforeMs)),
      calls: callsBeforeMs === undefined ? 0 : count(calls.get(numberAt(callsBeforeMs))),
    };
  };
}
