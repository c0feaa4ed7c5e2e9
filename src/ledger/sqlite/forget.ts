import { recordId, recordNumber } from "../desk/numbers.ts";
import type { ForgetStep, Forgotten } from "../ledger.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";

// Forgetting: what a record holds of somebody goes, and that there was a record stays. Marks, hashes of entity and key, versions, states and counts are
// kept: without them the same would be taken and delivered once more. What is erased is overwritten where it stood, and then what is free is (scrub.ts).

const isFinal = "(state = 'delivered' or state = 'superseded' or state = 'filtered' or state = 'discarded')";
const forgotten = "forgotten";

interface Found {
  readonly record: number;
  readonly payload: number;
  readonly entity: number | undefined;
}

export function forgetting(desk: SqliteDesk): (step: ForgetStep) => Forgotten {
  const { prepare, entities, callLog, timeline } = desk;
  const select = prepare("select payload, entity_hash from records where record = ?");
  const notFinal = prepare(
    `select record from records where record >= ?1 and record < ?1 + 4096 and payload = ?1 and not ${isFinal}
     union all select record from records where record = ?2 and not ${isFinal} limit 1`,
  );
  const doubtful = prepare(
    "select 1 from effects where (owner = ? or owner = ?) and (state = 'intended' or state = 'doubt' or state = 'pending') limit 1",
  );
  const namedInCalls = prepare(
    `select call from calls where instr(url, ?1) > 0 or instr(request_body, ?1) > 0 or instr(answer_body, ?1) > 0 or instr(why, ?1) > 0`,
  );
  const samples = prepare("update refusals set sample = '' where instr(sample, ?) > 0");
  const samplesNow = prepare("select count(*) from refusals where instr(sample, ?) > 0");
  const countPayload = prepare("select count(*) from payloads where payload = ?");
  const countEffects = prepare("select count(*) from effects where owner = ? or owner = ?");
  const erase = erasing(desk);

  function found(id: string): Found | undefined {
    const record = recordNumber(id);
    const row = select.get(record);
    if (row === undefined) return undefined;
    const hash = row[1];
    return {
      record,
      payload: row[0] as number,
      entity: hash instanceof Uint8Array ? entities.of(hash) : undefined,
    };
  }

  return (step) => {
    const all = step.records.map(found).filter((one) => one !== undefined);
    const open = all.flatMap(({ record, payload }) => {
      const row = notFinal.get(payload, record);
      return row === undefined ? [] : [recordId(row[0] as number)];
    });
    const inDoubt = step.anyway
      ? []
      : all
          .filter(({ record, entity }) => doubtful.get(record, entity ?? record) !== undefined)
          .map(({ record }) => recordId(record));
    const calls = new Set(all.flatMap(({ record }) => callLog.about(record)));
    for (const [call] of namedInCalls.all(step.entity)) calls.add(call as number);
    const count = {
      records: all.length,
      payloads: all.reduce((sum, { payload }) => sum + (countPayload.get(payload)?.[0] as number), 0),
      effects: all.reduce(
        (sum, { record, entity }) => sum + (countEffects.get(record, entity ?? record)?.[0] as number),
        0,
      ),
      samples: samplesNow.get(step.entity)?.[0] as number,
      calls: calls.size,
      outbox: 0,
      notFinal: [...new Set(open)],
      inDoubt,
    };
    if (step.dryRun || open.length > 0 || inDoubt.length > 0) return count;
    const { atMs, actor, why } = step;
    const detail = why === undefined ? undefined : JSON.stringify({ why });
    for (const one of all) {
      erase(one);
      timeline.add(one.record, [{ atMs, what: "forgotten", actor, detail }]);
    }
    samples.run(step.entity);
    callLog.blank([...calls]);
    return count;
  };
}

function erasing({ prepare }: SqliteDesk): (one: Found) => void {
  const ofRecord = [
    "delete from contents where record = ?",
    "delete from traces where record = ?",
    "delete from search_values where record = ?",
    "delete from requests where effect in (select effect from effects where owner = ?)",
    "update effects set result = null, answer = null, why = null where owner = ?",
    "update timeline set detail = null where record = ?",
    `update uniques set entity = '${forgotten}' where value in (select value from unique_claims where record = ?)`,
    `update records set id = case when id is null then null else '${forgotten}' end, entity = null, key = null, salt = null, issues = null,
       origin = null, line = null, reason = case when reason is null then null else '${forgotten}' end where record = ?`,
  ].map((sql) => prepare(sql));
  const payload = prepare("delete from payloads where payload = ?");
  // What is made once per entity stays made. Its result is gone: the next record that needs it waits for a person.
  const ofEntity = [
    "delete from requests where effect in (select effect from effects where owner = ?)",
    "delete from effects where owner = ? and state = 'not-applied'",
    `update effects set uncompared = 1, state = case when state = 'done' then 'unexpected' else state end, result = null, answer = null,
       why = 'what it answered was forgotten' where owner = ?`,
    `update entities set key = '${forgotten}' where entity = ? and key is not null`,
  ].map((sql) => prepare(sql));
  return ({ record, payload: arrival, entity }) => {
    for (const statement of ofRecord) statement.run(record);
    payload.run(arrival);
    if (entity !== undefined) for (const statement of ofEntity) statement.run(entity);
  };
}
