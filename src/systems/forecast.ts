import type { Spent } from "../ledger/budgets.ts";

/** Over how much of the latest past the pace is taken, at most. */
const paceMsMax = 3_600_000;

/**
 * When a budget is spent if calls go on as they did lately; undefined when they never use it up at that pace, or it is spent already.
 *
 * The pace is that of the last hour, or of the last sixth of the window where that is shorter. What was used before comes back meanwhile.
 *
 * @param counted what counts now, by when it comes back; a point that was used at t comes back at t + perMs, or a little later.
 * @param nowMs milliseconds since 1970, as are `untilMs` and the answer.
 */
export function spentAtMs(points: number, perMs: number, counted: readonly Spent[], nowMs: number): number | undefined {
  const back = counted.filter(({ untilMs }) => untilMs > nowMs).toSorted((a, b) => a.untilMs - b.untilMs);
  let used = back.reduce((sum, one) => sum + one.points, 0);
  if (used >= points) return undefined;
  const paceMs = Math.min(paceMsMax, perMs / 6);
  const lately = back.reduce((sum, one) => sum + (one.untilMs - perMs > nowMs - paceMs ? one.points : 0), 0);
  const perMsPace = lately / paceMs;
  if (perMsPace * perMs <= points) return undefined;
  let at = nowMs;
  for (const { untilMs, points: returned } of back) {
    const spent = at + (points - used) / perMsPace;
    if (spent <= untilMs) return Math.ceil(spent);
    used += (untilMs - at) * perMsPace - returned;
    at = untilMs;
  }
  return Math.ceil(at + (points - used) / perMsPace);
}
