import { recordId } from "../desk/numbers.ts";
import type { Hash, StoredEffect } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";
import type { Sql } from "./line.ts";
import type { EffectHere } from "./rows.ts";

export type EffectsOfOwners = Map<number, EffectHere[]>;

/** Effects of owners, in the order in which they were first asked for. */
export async function readEffects(sql: Sql, owners: readonly number[]): Promise<EffectsOfOwners> {
  return owners.length === 0 ? new Map() : ofOwners(await sql.rows(reading("any($1::bigint[])"), owners));
}

/** The same of entities, by their hashes: who has not read an entity yet does not know its number. */
export async function readEffectsOfEntities(sql: Sql, hashes: readonly Hash[]): Promise<EffectsOfOwners> {
  const owners = "any(array(select entity from waybill.entities where entity_hash = any($1::bytea[])))";
  return hashes.length === 0 ? new Map() : ofOwners(await sql.rows(reading(owners), hashes));
}

const reading = (owners: string): string =>
  `select e.owner, e.n, e.name, e.per, e.generation, e.state, e.how, e.result, e.answer, e.why, w.text, e.idempotency_key,
       e.first_sent, e.last_sent, e.done_at, e.attempts, e.made_by, e.uncompared, q.request
     from waybill.effects e join waybill.words w on w.word = e.release
     left join waybill.requests q on q.owner = e.owner and q.name = e.name
     where e.owner = ${owners} order by e.owner, e.n`;

function ofOwners(rows: readonly Cell[][]): EffectsOfOwners {
  const found: EffectsOfOwners = new Map();
  for (const row of rows) {
    const owner = row[0] as number;
    found.set(owner, [...(found.get(owner) ?? []), { n: row[1] as number, effect: effectOf(row) }]);
  }
  return found;
}

function effectOf(row: readonly Cell[]): StoredEffect {
  return {
    name: row[2],
    per: row[3],
    generation: row[4],
    state: row[5],
    how: row[6],
    result: value(row[7]),
    answer: value(row[8]),
    why: value(row[9]),
    release: row[10],
    idempotencyKey: row[11],
    firstSentMs: row[12],
    lastSentMs: row[13],
    doneAtMs: value(row[14]),
    attempts: row[15],
    madeBy: recordId(row[16] as number),
    uncompared: row[17],
    // Pruned with the payload.
    request: value<string>(row[18]) ?? "",
  } as StoredEffect;
}
