import { recordId, recordNumber } from "../desk/numbers.ts";
import type { ForgetStep } from "../ledger.ts";
import { blankCalls, growCallLog } from "./calls.ts";
import type { Sql } from "./line.ts";
import { type Here, type Other, writes } from "./other.ts";

// Forgetting: what a record holds of somebody goes, and that there was a record stays. Marks, hashes of entity and key, versions, states and counts are
// kept: without them the same would be taken and delivered once more. What PostgreSQL still holds of the old rows goes when it next cleans up behind them.

export const isFinal = "state in ('delivered', 'superseded', 'filtered', 'discarded')";
const forgotten = "forgotten";

interface Found {
  readonly record: number;
  readonly payload: number;
  readonly entity: number | undefined;
}

/** Erases what final records hold, and keeps the books; or says what stands in the way, and writes nothing. */
export const forget: Other<"forget"> = writes(async (sql, step, here) => {
  const all = await findAll(sql, step.records);
  const owners = [
    ...new Set(all.flatMap(({ record, entity }) => (entity === undefined ? [record] : [record, entity]))),
  ];
  const records = all.map(({ record }) => record);
  const [open, effects, payloads, called, samples, outbox] = await Promise.all([
    sql.rows(
      `select f.record, min(r.record) from unnest($1::bigint[], $2::bigint[]) as f (record, payload)
       join waybill.records r on r.record >= f.payload and r.record < f.payload + 4096 and r.payload = f.payload
       where not ${isFinal} group by f.record`,
      records,
      all.map(({ payload }) => payload),
    ),
    sql.rows(
      `select owner, count(*), count(*) filter (where state in ('intended', 'doubt', 'pending')) from waybill.effects
       where owner = any($1) group by owner`,
      owners,
    ),
    sql.rows(
      "select payload from waybill.payloads where payload = any($1)",
      all.map(({ payload }) => payload),
    ),
    sql.rows(
      `select call from waybill.call_records where record = any($1) union
       select call from waybill.calls where position($2::text in url) > 0 or position($2::text in request_body) > 0
         or position($2::text in answer_body) > 0 or position($2::text in why) > 0`,
      records,
      step.entity,
    ),
    sql.rows("select count(*) from waybill.refusals where position($1::text in sample) > 0", step.entity),
    sql.rows("select count(*) from waybill.outbox where position($1::text in raw) > 0", inJson(step.entity)),
  ]);
  const openOf = new Map(open.map(([record, by]) => [record as number, by as number]));
  const effectsOf = new Map(
    effects.map(([owner, number, doubtful]) => [owner as number, [number, doubtful] as number[]]),
  );
  const kept = new Set(payloads.map(([payload]) => payload as number));
  const ofBoth = ({ record, entity }: Found, at: 0 | 1): number =>
    (effectsOf.get(record)?.[at] ?? 0) + (entity === undefined ? 0 : (effectsOf.get(entity)?.[at] ?? 0));
  const calls = called.map(([call]) => call as number);
  const count = {
    records: all.length,
    payloads: all.filter(({ payload }) => kept.has(payload)).length,
    effects: all.reduce((sum, one) => sum + ofBoth(one, 0), 0),
    samples: (samples[0]?.[0] ?? 0) as number,
    calls: calls.length,
    outbox: (outbox[0]?.[0] ?? 0) as number,
    notFinal: [...new Set(all.flatMap(({ record }) => openOf.get(record) ?? []))].map(recordId),
    inDoubt: step.anyway ? [] : all.filter((one) => ofBoth(one, 1) > 0).map(({ record }) => recordId(record)),
  };
  if (step.dryRun || count.notFinal.length > 0 || count.inDoubt.length > 0) return count;
  await erase(sql, all, calls, step, here);
  return count;
});

/** As it stands in a JSON text. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Held until the end: what a person lets go again meanwhile is not erased under it. */
async function findAll(sql: Sql, ids: readonly string[]): Promise<Found[]> {
  const rows = await sql.rows(
    `select r.record, r.payload, e.entity from waybill.records r left join waybill.entities e on e.entity_hash = r.entity_hash
     where r.record = any($1) order by r.record for update of r`,
    ids.map(recordNumber),
  );
  const found = new Map(
    rows.map(([record, payload, entity]) => [
      record as number,
      { record: record as number, payload: payload as number, entity: (entity ?? undefined) as number | undefined },
    ]),
  );
  return ids.flatMap((id) => found.get(recordNumber(id)) ?? []);
}

const ofRecords = [
  "delete from waybill.contents where record = any($1)",
  "delete from waybill.requests where owner = any($1)",
  "delete from waybill.traces where record = any($1)",
  "delete from waybill.search_values where record = any($1)",
  "update waybill.effects set result = null, answer = null, why = null where owner = any($1)",
  "update waybill.timeline set detail = null where record = any($1)",
  `update waybill.uniques set entity = '${forgotten}' where value in (select value from waybill.unique_claims where record = any($1))`,
  "delete from waybill.payloads where payload in (select payload from waybill.records where record = any($1))",
  `update waybill.records set id = case when id is null then null else '${forgotten}' end, entity = null, key = null, salt = null, issues = null,
     origin = null, line = null, reason = case when reason is null then null else '${forgotten}' end where record = any($1)`,
];
// What is made once per entity stays made. Its result is gone: the next record that needs it waits for a person.
const ofEntities = [
  "delete from waybill.requests where owner = any($1)",
  "delete from waybill.effects where owner = any($1) and state = 'not-applied'",
  `update waybill.effects set uncompared = true, state = case when state = 'done' then 'unexpected' else state end, result = null, answer = null,
     why = 'what it answered was forgotten' where owner = any($1)`,
  `update waybill.entities set key = '${forgotten}' where entity = any($1) and key is not null`,
];

async function erase(
  sql: Sql,
  all: readonly Found[],
  calls: readonly number[],
  { entity, atMs, actor, why }: ForgetStep,
  here: Here,
): Promise<void> {
  await growCallLog(sql, 0);
  const records = all.map(({ record }) => record);
  for (const statement of ofRecords) sql.send(statement, records);
  const entities = all.flatMap((one) => one.entity ?? []);
  if (entities.length > 0) for (const statement of ofEntities) sql.send(statement, entities);
  sql.send(
    `insert into waybill.timeline (record, entry, at, what, actor, detail)
     select record, entry, $3::bigint, 'forgotten', $4::text, $5::text from unnest($1::bigint[], $2::bigint[]) as given (record, entry)`,
    records,
    records.map(() => here.nextEntry()),
    atMs,
    actor,
    why === undefined ? null : JSON.stringify({ why }),
  );
  sql.send("update waybill.refusals set sample = '' where position($1::text in sample) > 0", entity);
  if (calls.length > 0) await blankCalls(sql, calls);
}
