import { type Budget, type BudgetAsk, countsUntilMs, type Spent } from "../budgets.ts";
import { granting } from "../desk/budgets.ts";
import type { Cell } from "./cells.ts";
import type { Sql } from "./line.ts";
import { type Other, reads, writes } from "./other.ts";

// What is used of a limit stands in slots, by the time at which each comes back; what is reserved stands with whoever holds it. Whoever asks holds the
// row of the limit until the commit, so that no point is given twice.

const own = "system = $1 and tenant = $2 and name = $3 and key = $4";

const spend = `
  insert into waybill.budget_spent as s (system, tenant, name, key, until, points)
  select $1::text, $2::text, $3::text, $4::text, until, sum(points)
  from unnest($5::bigint[], $6::double precision[]) as used (until, points) group by until
  on conflict (system, tenant, name, key, until) do update set points = s.points + excluded.points`;

/** A slot that would come back later than one that ends now belongs to a clock that has been set back since: it counts as if it ended now. */
const bringNearer = `
  with late as (delete from waybill.budget_spent where ${own} and until > $5::bigint returning points)
  insert into waybill.budget_spent as s (system, tenant, name, key, until, points)
  select $1::text, $2::text, $3::text, $4::text, $5::bigint, sum(points) from late having count(*) > 0
  on conflict (system, tenant, name, key, until) do update set points = s.points + excluded.points`;

export const reserve: Other<"reserve"> = writes(async (sql, ask) => {
  const { system, tenant, name, key, holder, perMs, nowMs } = ask;
  const names = [system, tenant, name, key] as const;
  sql.send(
    `insert into waybill.budgets (system, tenant, name, key, per) values ($1, $2, $3, $4, $5)
     on conflict (system, tenant, name, key) do update set per = excluded.per`,
    ...names,
    perMs,
  );
  use(sql, ask);
  sql.send(`delete from waybill.budget_spent where ${own} and until <= $5`, ...names, nowMs);
  sql.send(bringNearer, ...names, countsUntilMs(nowMs, perMs));
  const [slots, holds] = await Promise.all([
    sql.rows(`select until, points from waybill.budget_spent where ${own} order by until`, ...names),
    sql.rows(
      `select coalesce(sum(points) filter (where holder = $5), 0), coalesce(sum(points) filter (where holder <> $5), 0)
       from waybill.budget_holds where ${own}`,
      ...names,
      holder,
    ),
  ]);
  const [before, others] = holds[0] as [number, number];
  const spent = slots.map(spentOf);
  const { granted, holds: holdsNow } = granting(ask, { own: before, others }, spent);
  if (holdsNow > 0) {
    sql.send(
      `insert into waybill.budget_holds (system, tenant, name, key, holder, points) values ($1, $2, $3, $4, $5, $6)
       on conflict (system, tenant, name, key, holder) do update set points = excluded.points`,
      ...names,
      holder,
      holdsNow,
    );
  } else if (before > 0) sql.send(`delete from waybill.budget_holds where ${own} and holder = $5`, ...names, holder);
  return { granted, spent, held: others + holdsNow };
});

function use(sql: Sql, { system, tenant, name, key, perMs, nowMs, used }: BudgetAsk): void {
  const real = used.filter(({ points }) => points > 0);
  if (real.length === 0) return;
  sql.send(
    spend,
    system,
    tenant,
    name,
    key,
    real.map(({ atMs }) => countsUntilMs(Math.min(atMs, nowMs), perMs)),
    real.map(({ points }) => points),
  );
}

const spentOf = ([untilMs, points]: Cell[]): Spent => ({ untilMs: untilMs as number, points: points as number });

export const budgets: Other<"budgets"> = reads(async (sql) => {
  const [all, slots] = await Promise.all([
    sql.rows(
      `select b.system, b.tenant, b.name, b.key, coalesce(sum(h.points), 0) from waybill.budgets b
       left join waybill.budget_holds h using (system, tenant, name, key)
       group by b.system, b.tenant, b.name, b.key order by b.system, b.tenant, b.name, b.key`,
    ),
    sql.rows("select system, tenant, name, key, until, points from waybill.budget_spent order by until"),
  ]);
  const spent = new Map<string, Spent[]>();
  for (const row of slots) {
    const key = JSON.stringify(row.slice(0, 4));
    spent.set(key, [...(spent.get(key) ?? []), spentOf(row.slice(4))]);
  }
  return all.map((row): Budget => {
    const [system, tenant, name, key, held] = row as [string, string, string, string, number];
    return { system, tenant, name, key, spent: spent.get(JSON.stringify(row.slice(0, 4))) ?? [], held };
  });
});
