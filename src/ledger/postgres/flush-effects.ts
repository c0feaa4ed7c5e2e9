import { recordNumber } from "../desk/numbers.ts";
import { type Columns, insert, update } from "./columns.ts";
import type { Sql } from "./line.ts";
import type { Page } from "./page.ts";
import type { EffectHere } from "./rows.ts";

interface OwnedEffect extends EffectHere {
  readonly owner: number;
}

/** Effects, and the requests that they were intended with. */
export function flushEffects(sql: Sql, page: Page): void {
  const added: OwnedEffect[] = [];
  const before: OwnedEffect[] = [];
  const now: OwnedEffect[] = [];
  const requested: OwnedEffect[] = [];
  const dropped: { readonly owner: number; readonly name: string }[] = [];
  for (const [owner, all = []] of page.effects.changed()) {
    const left = new Map((page.effects.before(owner) ?? []).map((one) => [one.effect.name, one]));
    for (const one of all) {
      const stored = left.get(one.effect.name);
      left.delete(one.effect.name);
      if (stored?.effect === one.effect) continue;
      if (stored === undefined) added.push({ owner, ...one });
      else {
        before.push({ owner, ...stored });
        now.push({ owner, ...one });
      }
      if (stored?.effect.request !== one.effect.request) requested.push({ owner, ...one });
    }
    for (const name of left.keys()) dropped.push({ owner, name });
  }
  // Of what was stored, nobody may have asked for the release: then it counts as another one.
  const wordOf = (release: string): number | undefined =>
    page.words.has(release) ? page.words.get(release) : undefined;
  const columns = (of: readonly OwnedEffect[]): Columns => [
    ["owner", "bigint", of.map(({ owner }) => owner)],
    ["name", "text", of.map(({ effect }) => effect.name)],
    ["n", "integer", of.map(({ n }) => n)],
    ["per", "text", of.map(({ effect }) => effect.per)],
    ["generation", "integer", of.map(({ effect }) => effect.generation)],
    ["state", "text", of.map(({ effect }) => effect.state)],
    ["how", "text", of.map(({ effect }) => effect.how)],
    ["result", "text", of.map(({ effect }) => effect.result)],
    ["answer", "text", of.map(({ effect }) => effect.answer)],
    ["why", "text", of.map(({ effect }) => effect.why)],
    ["release", "integer", of.map(({ effect }) => wordOf(effect.release))],
    ["idempotency_key", "text", of.map(({ effect }) => effect.idempotencyKey)],
    ["first_sent", "bigint", of.map(({ effect }) => effect.firstSentMs)],
    ["last_sent", "bigint", of.map(({ effect }) => effect.lastSentMs)],
    ["done_at", "bigint", of.map(({ effect }) => effect.doneAtMs)],
    ["attempts", "integer", of.map(({ effect }) => effect.attempts)],
    ["made_by", "bigint", of.map(({ effect }) => recordNumber(effect.madeBy))],
    ["uncompared", "boolean", of.map(({ effect }) => effect.uncompared)],
  ];
  if (dropped.length > 0)
    for (const table of ["requests", "effects"])
      sql.send(
        `delete from waybill.${table} old using unnest($1::bigint[], $2::text[]) as gone (owner, name)
         where old.owner = gone.owner and old.name = gone.name`,
        dropped.map(({ owner }) => owner),
        dropped.map(({ name }) => name),
      );
  insert(sql, "effects", columns(added));
  update(sql, "effects", columns(before), columns(now), 2);
  insert(
    sql,
    "requests",
    [
      ["owner", "bigint", requested.map(({ owner }) => owner)],
      ["name", "text", requested.map(({ effect }) => effect.name)],
      ["request", "text", requested.map(({ effect }) => effect.request)],
    ],
    "on conflict (owner, name) do update set request = excluded.request",
  );
}
