import type { LocalHour } from "./local-hour.ts";
import { amountOf, stepOf, unknown } from "./scale.ts";

// What a feed did on each of the last 56 days, hour by hour: how many new records came, and how long it had been quiet at most. Nothing older counts,
// so a feed that changes its ways is known by its new ways after some weeks, and memory is the same for ten records a day and for ten thousand a second.

/** One local day. Both are on the scale of `scale.ts`, `unknown` where the hour was not watched whole. */
export interface Day {
  readonly date: string;
  readonly weekday: number;
  readonly counts: Uint8Array;
  /** The longest time in seconds for which nothing had come, at any moment of that hour. */
  readonly quiet: Uint8Array;
}

export const daysMax = 56;

/** Writes down an hour. An hour that comes twice (the clock is put back) is the sum of both; days beyond 56 are let go of. */
export function keepHour(
  days: Day[],
  { date, weekday, hour }: LocalHour,
  { count, quietS }: { readonly count: number; readonly quietS: number },
): void {
  let day = days.at(-1);
  if (day?.date !== date) {
    // A clock that was put far back shows a day that is written already: what stands there stays.
    if (days.some((known) => known.date >= date)) return;
    day = { date, weekday, counts: new Uint8Array(24).fill(unknown), quiet: new Uint8Array(24).fill(unknown) };
    days.push(day);
    if (days.length > daysMax) days.shift();
  }
  const countBefore = day.counts[hour] ?? unknown;
  const quietBefore = day.quiet[hour] ?? unknown;
  day.counts[hour] = stepOf(count + (countBefore === unknown ? 0 : amountOf(countBefore)));
  day.quiet[hour] = Math.max(stepOf(quietS), quietBefore === unknown ? 0 : quietBefore);
}

/** How many records came on a day, as far as it was watched; undefined when that was less than 20 of its hours. */
export function totalOf(day: Day): number | undefined {
  let total = 0;
  let known = 0;
  for (const step of day.counts) {
    if (step === unknown) continue;
    total += amountOf(step);
    known++;
  }
  return known >= 20 ? total : undefined;
}
