import type { EffectState, How, Intent, StoredEffect } from "../ledger.ts";
import type { Words } from "./books.ts";
import { type Cell, cell, type Prepare, value } from "./cells.ts";
import { recordId, recordNumber } from "./numbers.ts";

/** Effects as stored, by owner: a record, or an entity for those made once per entity. */
export interface Effects {
  of(owner: number): StoredEffect[];
  /** Writes an intent; the stored effect comes back where a fresh one was there already, and nothing is written. */
  intend(owner: number, intent: Intent): StoredEffect | undefined;
  put(owner: number, effect: StoredEffect): void;
  drop(owner: number, name: string): void;
  /** A change that is not harmless to repeat may have been applied for this owner. */
  begun(owner: number): boolean;
}

const columns = `name, per, generation, state, how, request, result, answer, why, release, idempotency_key,
  first_sent, last_sent, done_at, attempts, made_by, uncompared`;

export function keepEffects(prepare: Prepare, words: Words): Effects {
  const find = prepare(`select ${columns} from effects where owner = ? order by effect`);
  const findOne = prepare(`select ${columns} from effects where owner = ? and name = ?`);
  const insertSql = `insert into effects (owner, ${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  const insert = prepare(`${insertSql} on conflict do nothing`);
  const upsert = prepare(
    `${insertSql} on conflict (owner, name) do update set
       per = excluded.per, generation = excluded.generation, state = excluded.state, how = excluded.how,
       request = excluded.request, result = excluded.result, answer = excluded.answer, why = excluded.why,
       release = excluded.release, idempotency_key = excluded.idempotency_key, first_sent = excluded.first_sent,
       last_sent = excluded.last_sent, done_at = excluded.done_at, attempts = excluded.attempts,
       made_by = excluded.made_by, uncompared = excluded.uncompared`,
  );
  const remove = prepare("delete from effects where owner = ? and name = ?");
  const anyBegun = prepare(
    `select 1 from effects
     where owner = ? and how <> 'natural' and state in ('intended', 'doubt', 'done', 'unexpected', 'pending') limit 1`,
  );

  const cellsOf = (owner: number, effect: StoredEffect): Cell[] => [
    owner,
    effect.name,
    effect.per,
    effect.generation,
    effect.state,
    effect.how,
    effect.request,
    cell(effect.result),
    cell(effect.answer),
    cell(effect.why),
    words.number(effect.release),
    effect.idempotencyKey,
    effect.firstSentMs,
    effect.lastSentMs,
    cell(effect.doneAtMs),
    effect.attempts,
    recordNumber(effect.madeBy),
    effect.uncompared ? 1 : 0,
  ];
  const effectOf = (row: Cell[]): StoredEffect => ({
    name: row[0] as string,
    per: row[1] as StoredEffect["per"],
    generation: row[2] as number,
    state: row[3] as EffectState,
    how: row[4] as How,
    request: row[5] as string,
    result: value<string>(row[6]),
    answer: value<string>(row[7]),
    why: value<string>(row[8]),
    release: words.text(row[9] as number),
    idempotencyKey: row[10] as string,
    firstSentMs: row[11] as number,
    lastSentMs: row[12] as number,
    doneAtMs: value<number>(row[13]),
    attempts: row[14] as number,
    madeBy: recordId(row[15] as number),
    uncompared: row[16] === 1,
  });

  return {
    of: (owner) => find.all(owner).map(effectOf),
    intend(owner, { mode, effect }) {
      if (mode === "again") {
        upsert.run(...cellsOf(owner, effect));
        return undefined;
      }
      if (insert.run(...cellsOf(owner, effect)) === 1) return undefined;
      const stored = findOne.get(owner, effect.name);
      return stored === undefined ? undefined : effectOf(stored);
    },
    put(owner, effect) {
      upsert.run(...cellsOf(owner, effect));
    },
    drop(owner, name) {
      remove.run(owner, name);
    },
    begun: (owner) => anyBegun.get(owner) !== undefined,
  };
}
