import { dayMs, dayNumber, isoDayOf } from "./calendar.ts";

// Days to show what is expected: a dozen, so that records made from them differ, of all lengths of day and month.

const count = 12;
const stepDays = 17;
const [usualYear, usualMonth, usualDay] = [2026, 2, 28];

/**
 * A dozen days as ISO text, from 28 February 2026 on where they may be that, otherwise within what may be meant; fewer where there are not so many.
 *
 * @param min the first day that may be meant, and `max` the last, as ISO text.
 */
export function exampleDays(min: string | undefined, max: string | undefined): readonly string[] {
  const usual = dayNumber(usualYear, usualMonth, usualDay);
  const first = min === undefined ? Number.NEGATIVE_INFINITY : numberOf(min);
  const last = max === undefined ? Number.POSITIVE_INFINITY : numberOf(max);
  const from = Math.max(first, Math.min(usual, last - stepDays * (count - 1)));
  // Where there is not so much room, they stand closer.
  const step = Math.max(1, Math.min(stepDays, Math.floor((last - from) / (count - 1))));
  return Array.from({ length: count }, (_, index) => from + index * step)
    .filter((day) => day <= last)
    .flatMap((day) => isoDayOf(day) ?? []);
}

/** 17:05:09 in UTC on a day of ISO text, in milliseconds since 1970. */
export function exampleMs(day: string): number {
  return numberOf(day) * dayMs + ((17 * 60 + 5) * 60 + 9) * 1_000;
}

function numberOf(iso: string): number {
  const [year = 0, month = 0, day = 0] = iso.split("-").map(Number);
  return dayNumber(year, month, day);
}
