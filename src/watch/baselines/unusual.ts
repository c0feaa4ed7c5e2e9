import { type Feed, lastDay, recentMax } from "./feed.ts";
import type { UsualWeek } from "./usual.ts";

// Unusual volume: far more than has ever come at this hour of the week, or a trickle where there is usually a stream. Nothing at all is silence, and is
// not said twice.

export interface Unusual {
  readonly kind: "flood" | "trickle";
  readonly count: number;
  /** The most, or the fewest, that usually come in that time. */
  readonly usual: number;
  /** `hour`, `3 hours` or `day`. */
  readonly per: "hour" | "3 hours" | "day";
}

const floodFactor = 3;
/** A handful more is no flood, however little is usual. */
const floodMore = 20;
/** What makes good for a silence may be somewhat more than what usually comes in that time. */
const owedFactor = 1.5;
const trickleShare = 0.25;
const trickleExpectedMin = 30;

/** Judges what `observe` has just written down. */
export function judgeVolume(feed: Feed, week: UsualWeek): Unusual | undefined {
  if (feed.hour === undefined || !week.warm) return undefined;
  return flood(feed, week) ?? trickle(feed, week) ?? thinDay(feed, week);
}

/** In this hour so far, or in the one before. */
function flood(feed: Feed, week: UsualWeek): Unusual | undefined {
  const hours = [
    feed.recent.at(-1),
    feed.hour === undefined ? undefined : { ...feed.hour.at, count: feed.hour.count, owed: feed.owed },
  ];
  for (const here of hours) {
    if (here === undefined) continue;
    const { countMax } = week.at(here.weekday, here.hour);
    const most = Math.max(floodFactor * countMax, week.hourMax) + floodMore + owedFactor * (here.owed ?? 0);
    if (here.count > most) return { kind: "flood", count: here.count, usual: countMax, per: "hour" };
  }
  return undefined;
}

/** In the last three hours, where each of them is usually busy. */
function trickle(feed: Feed, week: UsualWeek): Unusual | undefined {
  if (feed.recent.length < recentMax) return undefined;
  const came = feed.recent.reduce((sum, { count }) => sum + count, 0);
  const usual = feed.recent.map(({ weekday, hour }) => week.at(weekday, hour));
  const expected = usual.reduce((sum, hour) => sum + hour.expected, 0);
  const fewest = usual.reduce((sum, { countMin }) => sum + countMin, 0);
  if (came === 0 || expected < trickleExpectedMin) return undefined;
  if (came >= trickleShare * expected || came >= fewest / 2) return undefined;
  return { kind: "trickle", count: came, usual: fewest, per: "3 hours" };
}

/** On the last whole day: what comes in one batch has no busy hours. */
function thinDay(feed: Feed, week: UsualWeek): Unusual | undefined {
  const last = lastDay(feed);
  if (last === undefined || last.total < 0.5) return undefined;
  const totals = week.totals[last.day.weekday] ?? [];
  const before = totals.filter((total) => total !== last.total);
  const median = before[before.length >> 1] ?? 0;
  const fewest = before[0] ?? 0;
  if (before.length < 2 || median < trickleExpectedMin) return undefined;
  if (last.total >= trickleShare * median || last.total >= fewest / 2) return undefined;
  return { kind: "trickle", count: Math.round(last.total), usual: Math.round(fewest), per: "day" };
}
