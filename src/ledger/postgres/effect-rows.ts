import { recordId } from "../desk/numbers.ts";
import type { StoredEffect } from "../ledger.ts";
import { type Cell, value } from "./cells.ts";
import type { Sql } from "./line.ts";
import type { EffectHere } from "./rows.ts";

/** Effects of owners, in the order in which they were first asked for. */
export async function readEffects(sql: Sql, owners: readonly number[]): Promise<Map<number, EffectHere[]>> {
  const found = new Map<number, EffectHere[]>();
  if (owners.length === 0) return found;
  const rows = await sql.rows(
    `select e.owner, e.n, e.name, e.per, e.generation, e.state, e.how, e.result, e.answer, e.why, w.text, e.idempotency_key,
       e.first_sent, e.last_sent, e.done_at, e.attempts, e.made_by, e.uncompared, q.request
     from waybill.effects e join waybill.words w on w.word = e.release
     left join waybill.requests q on q.owner = e.owner and q.name = e.name
     where e.owner = any($1::bigint[]) order by e.owner, e.n`,
    owners,
  );
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
