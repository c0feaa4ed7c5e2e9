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
 * @example rateOf(books).text // "at most 58.4 requests a minute with answers of 200ms, 84,096 a day"
 */
export function rateOf({ name, limits }: SystemDefinition): ResultingRate {
  const texts = limits.map(limitText);
  if (limits.length === 0)
    return { system: name, limits: texts, perHour: null, text: "no limit: as fast as it answers" };
  const perHour = Math.min(...limits.map(hourly));
  const perMinute = perHour / 60;
  const rate =
    perMinute >= 600 ? `${grouped(perMinute / 60)} requests a second` : `${grouped(perMinute)} requests a minute`;
  const text = `at most ${rate} with answers of ${durationText(answerMs)}, ${grouped(perHour * 24)} a day`;
  return { system: name, limits: texts, perHour: Math.floor(perHour), text };
}

export function limitText(limit: Limit): string {
  return limit.kind === "rate" ? `${limit.count} per ${durationText(limit.perMs)}` : `${limit.count} at once`;
}

function hourly(limit: Limit): number {
  const roundMs = limit.kind === "rate" ? limit.perMs + answerMs : answerMs;
  return (limit.count / roundMs) * 3_600_000;
}

function grouped(count: number): string {
  return count.toLocaleString("en", { maximumFractionDigits: count < 100 ? 1 : 0 });
}
