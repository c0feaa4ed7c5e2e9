import { effectColumns, effectOf } from "../desk/effect-row.ts";
import type { Effects, Words } from "../desk/keepers.ts";
import { recordNumber } from "../desk/numbers.ts";
import type { StoredEffect } from "../ledger.ts";
import { type Cell, cell, type Prepare } from "./cells.ts";

/** Effects, and which requests are known to be stored. */
export interface KnownEffects extends Effects {
  /** Forgets which requests are known to be stored. */
  forget(): void;
}

/** Requests of this many effects are remembered between intent and result. */
const requestsMax = 4_096;

export function keepEffects(prepare: Prepare, words: Words): KnownEffects {
  const selecting = `select name, ${effectColumns}, request from effects left join requests using (effect)`;
  const find = prepare(`${selecting} where owner = ? order by effect`);
  const findOne = prepare(`${selecting} where owner = ? and name = ?`);
  const insert = prepare(
    `insert into effects (owner, name, ${effectColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const update = prepare(
    `update effects set per = ?3, generation = ?4, state = ?5, how = ?6, result = ?7, answer = ?8, why = ?9, release = ?10,
       idempotency_key = ?11, first_sent = ?12, last_sent = ?13, done_at = ?14, attempts = ?15, made_by = ?16, uncompared = ?17
     where owner = ?1 and name = ?2`,
  );
  const insertRequest = prepare("insert into requests (effect, request) values (?, ?)");
  const updateRequest = prepare(
    `insert into requests (effect, request) select effect, ?3 from effects where owner = ?1 and name = ?2
     on conflict do update set request = excluded.request where request <> excluded.request`,
  );
  const removeRequest = prepare(
    "delete from requests where effect = (select effect from effects where owner = ? and name = ?)",
  );
  const remove = prepare("delete from effects where owner = ? and name = ?");
  const anyBegun = prepare(
    `select 1 from effects where owner = ? and how <> 'natural' and state <> 'refused' and state <> 'not-applied' limit 1`,
  );

  /** Requests as this thread wrote them, by owner: a result usually leaves its request as it was, and then it is not written again. */
  const written = new Map<number, { readonly name: string; readonly request: string }>();

  const cellsOf = (owner: number, effect: StoredEffect): Cell[] => [
    owner,
    effect.name,
    effect.per,
    effect.generation,
    effect.state,
    effect.how,
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
  const stored = (row: Cell[]): StoredEffect => effectOf(row, (word) => words.text(word as number));

  function add(owner: number, effect: StoredEffect): boolean {
    const number = insert.insert(...cellsOf(owner, effect));
    if (number === undefined) return false;
    insertRequest.run(number, effect.request);
    if (written.size >= requestsMax) written.clear();
    if (effect.per === "record") written.set(owner, effect);
    return true;
  }

  function put(owner: number, effect: StoredEffect): void {
    if (update.run(...cellsOf(owner, effect)) === 0) {
      add(owner, effect);
      return;
    }
    const known = written.get(owner);
    written.delete(owner);
    if (known?.name !== effect.name || known.request !== effect.request)
      updateRequest.run(owner, effect.name, effect.request);
  }

  return {
    of: (owner) => find.all(owner).map(stored),
    intend(owner, { mode, effect }) {
      if (mode === "again") {
        put(owner, effect);
        return undefined;
      }
      if (add(owner, effect)) return undefined;
      const found = findOne.get(owner, effect.name);
      return found === undefined ? undefined : stored(found);
    },
    put,
    drop(owner, name) {
      written.delete(owner);
      removeRequest.run(owner, name);
      remove.run(owner, name);
    },
    begun: (owner) => anyBegun.get(owner) !== undefined,
    forget() {
      written.clear();
    },
  };
}
