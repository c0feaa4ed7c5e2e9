import { type Budget, type BudgetAnswer, type BudgetAsk, countsUntilMs, type Spent } from "../budgets.ts";
import { granting } from "../desk/budgets.ts";
import type { Cell, Prepare } from "./cells.ts";

// What is used of a limit stands in slots, by the time at which each comes back; what is reserved stands with whoever holds it. A slot that would come
// back later than one that ends now belongs to a clock that has been set back since: it counts as if it ended now.

export interface Budgets {
  reserve(ask: BudgetAsk): BudgetAnswer;
  all(): readonly Budget[];
  /** What processes that are lost had reserved counts as used now. */
  recover(nowMs: number): void;
}

export function keepBudgets(prepare: Prepare): Budgets {
  const find = prepare("select budget, per from budgets where system = ? and tenant = ? and name = ? and key = ?");
  const insert = prepare("insert into budgets (system, tenant, name, key, per) values (?, ?, ?, ?, ?)");
  const setPer = prepare("update budgets set per = ? where budget = ?");
  const forgetOver = prepare("delete from budget_spent where budget = ? and until <= ?");
  const spentOf = prepare("select until, points from budget_spent where budget = ? order by until");
  const lateOf = prepare("select coalesce(sum(points), 0) from budget_spent where budget = ? and until > ?");
  const forgetLate = prepare("delete from budget_spent where budget = ? and until > ?");
  const spend = prepare(
    `insert into budget_spent (budget, until, points) values (?, ?, ?)
     on conflict do update set points = points + excluded.points`,
  );
  const holdOf = prepare("select points from budget_holds where budget = ? and holder = ?");
  const setHold = prepare(
    "insert into budget_holds (budget, holder, points) values (?, ?, ?) on conflict do update set points = excluded.points",
  );
  const dropHold = prepare("delete from budget_holds where budget = ? and holder = ?");
  const held = prepare("select coalesce(sum(points), 0) from budget_holds where budget = ?");
  const holds = prepare("select h.budget, h.points, b.per from budget_holds h join budgets b using (budget)");
  const every = prepare("select budget, system, tenant, name, key from budgets order by system, tenant, name, key");

  function budgetOf({ system, tenant, name, key, perMs }: BudgetAsk): number {
    const found = find.get(system, tenant, name, key) as [number, number] | undefined;
    if (found === undefined) return insert.insert(system, tenant, name, key, perMs) as number;
    const [budget, per] = found;
    if (per !== perMs) setPer.run(perMs, budget);
    return budget;
  }

  /** Lets go of what is over, and brings nearer what only a clock that was set back makes late. */
  function tidy(budget: number, nowMs: number, perMs: number): void {
    forgetOver.run(budget, nowMs);
    const latest = countsUntilMs(nowMs, perMs);
    const late = lateOf.get(budget, latest)?.[0] as number;
    if (late === 0) return;
    forgetLate.run(budget, latest);
    spend.run(budget, latest, late);
  }

  const spentNow = (budget: number): readonly Spent[] =>
    spentOf.all(budget).map(([untilMs, points]) => ({ untilMs, points }) as Spent);
  const heldNow = (budget: number): number => held.get(budget)?.[0] as number;

  return {
    reserve(ask) {
      const { holder, perMs, nowMs, used } = ask;
      const budget = budgetOf(ask);
      for (const { atMs, points: usedPoints } of used)
        if (usedPoints > 0) spend.run(budget, countsUntilMs(Math.min(atMs, nowMs), perMs), usedPoints);
      tidy(budget, nowMs, perMs);
      const own = (holdOf.get(budget, holder)?.[0] ?? 0) as number;
      const spent = spentNow(budget);
      const { granted, holds: holdsNow } = granting(ask, { own, others: heldNow(budget) - own }, spent);
      if (holdsNow > 0) setHold.run(budget, holder, holdsNow);
      else if (own > 0) dropHold.run(budget, holder);
      return { granted, spent, held: heldNow(budget) };
    },
    all: () =>
      every.all().map(([budget, system, tenant, name, key]: Cell[]) => ({
        system: system as string,
        tenant: tenant as string,
        name: name as string,
        key: key as string,
        spent: spentNow(budget as number),
        held: heldNow(budget as number),
      })),
    recover(nowMs) {
      for (const [budget, points, per] of holds.all() as [number, number, number][])
        spend.run(budget, countsUntilMs(nowMs, per), points);
      prepare("delete from budget_holds").run();
      prepare("delete from budget_spent where until <= ?").run(nowMs);
      prepare(
        "delete from budgets where not exists (select 1 from budget_spent s where s.budget = budgets.budget)",
      ).run();
    },
  };
}
