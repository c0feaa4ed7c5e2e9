// How much a system can bear is counted across restarts and, in a store for a fleet, across workers. Whoever calls reserves points ahead, in batches,
// uses them without asking again, and says with the next batch when they were used. So no call costs a commit of its own, and a process that is lost
// takes no more with it than what it had reserved: that counts as used from the moment at which its loss is noticed.

/** One limit of one system, for one tenant and one key of it. */
export interface BudgetName {
  readonly system: string;
  readonly tenant: string;
  /** Names the limit among those of its system. */
  readonly name: string;
  /** Of a limit that counts by method, path or something else; `""` for the others. */
  readonly key: string;
}

export interface BudgetAsk extends BudgetName {
  /** Names the process that asks. */
  readonly holder: string;
  /** So many points may be used in any stretch of `perMs`. */
  readonly points: number;
  readonly perMs: number;
  readonly nowMs: number;
  /** How many are wanted; if fewer than `least` are left, none are given. */
  readonly want: number;
  readonly least: number;
  /** How many that it held it holds no longer: used, or given back unused. */
  readonly freed: number;
  /** What was used, and when it ended. */
  readonly used: readonly Used[];
}

export interface Used {
  readonly atMs: number;
  readonly points: number;
}

/** Points that are used, and when they come back. */
export interface Spent {
  readonly untilMs: number;
  readonly points: number;
}

export interface BudgetAnswer {
  readonly granted: number;
  /** Soonest first; at most 61, because a window is kept in sixty slots. */
  readonly spent: readonly Spent[];
  /** Held now, by whomever, what was just granted included. */
  readonly held: number;
}

/** A budget as it stands, for those who look. */
export interface Budget extends BudgetName, Omit<BudgetAnswer, "granted"> {}

/** A system that may not be called for now. */
export interface Stop {
  readonly system: string;
  readonly tenant: string;
  /** An answer said so, or its breaker is open. */
  readonly kind: "told" | "breaker";
  readonly atMs: number;
  readonly untilMs: number;
  /** Of a breaker: how long it opens. */
  readonly openMs: number | undefined;
  readonly why: string;
}

/** A window is counted in so many slots: what is used counts until `perMs` after the end of its slot. */
export const budgetSlots = 60;

/** When what ended at `atMs` no longer counts: `perMs` after the end of its slot. */
export function countsUntilMs(atMs: number, perMs: number): number {
  const slotMs = Math.ceil(perMs / budgetSlots);
  return (Math.floor(atMs / slotMs) + 1) * slotMs + perMs;
}
