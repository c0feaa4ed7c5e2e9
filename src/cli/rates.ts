import type { Limit, SystemDefinition } from "../define/system-definition.ts";
import { durationText } from "../model/duration.ts";

// The rate that results of a system's limits. A permit counts until its window has passed since the answer, so the destination never sees more than
// the limit in any window; the price is that the rate is a little below what the limit says, the lower the slower the answers.

/** Answers of this length are assumed; what a system really takes only its own answers tell. */
const answerMs = 200;

export interface ResultingRate {
  readonly system: string;
  readonly limits: readonly string[];
  /** Requests an hour, at most; null without limits. */
  readonly perHour: number | null;
  readonly text: string;
}

/**
 * @example rateOf(books).text // "at most 59.8 a minute and 5,000 a day, with answers of 200ms"
 */
export function rateOf({ name, limits }: SystemDefinition): ResultingRate {
  const texts = limits.map(limitText);
  if (limits.length === 0)
    return { system: name, limits: texts, perHour: null, text: "no limit: as fast as it answers" };
  const perHour = Math.min(...limits.map(hourly));
  // What holds for a minute and what holds for a day are two things: 60 a minute may still be 5,000 a day.
  const short = limits.filter((limit) => limit.kind === "concurrent" || limit.perMs <= 60_000);
  const perMinute = Math.min(...(short.length === 0 ? limits : short).map(hourly)) / 60;
  const rate = perMinute >= 600 ? `${grouped(perMinute / 60)} a second` : `${grouped(perMinute)} a minute`;
  const text = `at most ${rate} and ${grouped(perHour * 24)} a day, with answers of ${durationText(answerMs)}`;
  return { system: name, limits: texts, perHour: Math.floor(perHour), text };
}

function limitText(limit: Limit): string {
  return limit.kind === "rate" ? `${limit.count} per ${durationText(limit.perMs)}` : `${limit.count} at once`;
}

function hourly(limit: Limit): number {
  const roundMs = limit.kind === "rate" ? limit.perMs + answerMs : answerMs;
  return (limit.count / roundMs) * 3_600_000;
}

function grouped(count: number): string {
  return count.toLocaleString("en", { maximumFractionDigits: count < 100 ? 1 : 0 });
}
