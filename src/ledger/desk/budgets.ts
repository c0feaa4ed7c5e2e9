import type { BudgetAsk, Spent } from "../ledger.ts";

/** Points of a limit that processes hold: the one that asks, and the others. */
export interface HeldPoints {
  readonly own: number;
  readonly others: number;
}

/** What a process that asks for points is given, and what it holds then. */
export function granting(
  { points, want, least, freed }: Pick<BudgetAsk, "points" | "want" | "least" | "freed">,
  held: HeldPoints,
  spent: readonly Spent[],
): { readonly granted: number; readonly holds: number } {
  const kept = Math.max(0, held.own - freed);
  const left = points - spent.reduce((sum, one) => sum + one.points, held.others + kept);
  const granted = want > 0 && left >= least ? Math.min(want, left) : 0;
  return { granted, holds: kept + granted };
}
