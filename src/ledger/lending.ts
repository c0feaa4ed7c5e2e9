import type { BudgetName, Used } from "./budgets.ts";

// How the workers of a fleet share a limit. The ledger lends permits: to each worker some that are good at once, and some that are good from a time on at
// which others come back. Whoever has them uses them without asking again, and says at every exchange what it has and what it has used since.
//
// All times of a loan are by the ledger's clock, which is the server's: it is the only one that all workers can look at. A worker knows from when an
// exchange began and ended between which two times the server's clock stands, and takes the worse one each time: a permit is good from the later time
// on, and no longer than until the earlier one. What it used it reports as so long ago, and as over by a time; both are true, and the earlier one counts.
// So no two workers' clocks are ever compared, and one that is wrong changes nothing.
//
// A loan ends by itself. What a worker has not asked about again for `coverMs` it may not send any more, and looks at that in the tick in which a request
// is written; from then on the ledger takes it for used, by the end of that time and of the way to the destination (`wayMs`). So a worker that is killed,
// stands still or is cut off keeps nothing from the others for longer than that.

/** One exchange of a worker with the ledger about one limit. */
export interface LendAsk extends BudgetName {
  /** Names the worker. */
  readonly holder: string;
  /** So many points may be used in any stretch of `perMs`. */
  readonly points: number;
  readonly perMs: number;
  /** Of a bucket: so many at once, and `points` flow in in `perMs`. */
  readonly burst: number | undefined;
  /** So many at a time: each is free again when its call has ended, and only those of a worker that was lost count `perMs` longer. */
  readonly slots: boolean;
  /** So long a worker that asks has waited for answers lately: what is lent lasts for longer. */
  readonly slowMs: number;
  /** What it has: lent and not used, and in requests that are under way. */
  readonly inHand: number;
  readonly inFlight: number;
  /** How many are wanted besides; if fewer than `least` can be had, none are lent. */
  readonly want: number;
  readonly least: number;
  /** What was used, and how long ago it ended. */
  readonly used: readonly UsedAgo[];
}

export interface UsedAgo {
  readonly agoMs: number;
  /** By the server's clock no later than then, as far as the worker knows it. */
  readonly byMs: number;
  readonly points: Used["points"];
}

/** Points that may be used from a time on. Times of an answer are the server's, in milliseconds since 1970. */
export interface Lot {
  readonly fromMs: number;
  readonly points: number;
}

export interface LendAnswer {
  readonly nowMs: number;
  readonly lots: readonly Lot[];
  /** Until then all is good that it has. */
  readonly goodUntilMs: number;
  /** False where it asked too late: what it had in hand is taken for used. */
  readonly kept: boolean;
  /** What others have. */
  readonly others: number;
  /** How many workers want some, this one included; of slots, how many have or want one. */
  readonly sharers: number;
  /** What is used, by when it comes back; soonest first, and so coarse that there are few. */
  readonly spent: readonly Lot[];
  /** When `least` can be had, where none were lent and that is known. */
  readonly opensAtMs: number | undefined;
}

export interface Terms {
  /** So long before they come back permits are lent. */
  readonly aheadMs: number;
  /** Who wants more asks so often. */
  readonly paceMs: number;
  /** So long what a worker has is good without being asked about again. */
  readonly coverMs: number;
}

/** What was written by then has come to the destination so much later, also where a busy machine is at either end. */
export const wayMs = 500;

/** An exchange has to fit in, also on a busy machine; what a worker has in hand is lost with it. */
export function termsOf({ perMs, slots }: Pick<LendAsk, "perMs" | "slots">, slowMs: number): Terms {
  if (slots) return { aheadMs: 0, paceMs: 100, coverMs: slotCoverMs + 2 * slowMs };
  const aheadMs = within(20, perMs * 0.08, 500);
  const slowly = Math.min(slowMs, perMs / 4);
  return { aheadMs: aheadMs + slowly, paceMs: aheadMs / 2, coverMs: within(300, perMs * 0.3, 2_000) + 2 * slowly };
}

const slotCoverMs = 1_000;

const within = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value));
