import type { Feed } from "./feed.ts";
import type { UsualWeek } from "./usual.ts";

// Learnt silence: whether nothing has come for so long that something must be wrong.
//
// A feed is silent when it has been quiet for 1.75 times as long as it usually is at this hour of the week (twice while little is known), and
// when at least two records would usually have come by now. Both have to hold: the first alone would call a thin feed silent for its second record
// of the day, the second alone would call a bursty one silent between its bursts. Once silent it stays so until a record comes.
//
// Holidays: where a feed rests on some weekday, a whole busy time without a record (silent since its usual pause) may be a holiday. That is said once,
// as a warning, and is no alarm; when the next busy time passes without a record too, it is one. Who wants to be woken on the first day declares
// `volume`. A feed that comes every day of the week has no holidays.
//
// Until each weekday has been seen twice, nothing is known of the week. Then only a silence counts that is longer than any pause: four days, and three
// times the longest that it has ever been quiet for.

export interface Silence {
  /** Certain, or perhaps only a holiday. */
  readonly certain: boolean;
  /** Watched since the last new record. */
  readonly quietMs: number;
  /** The longest time that is usually quiet at this hour; undefined in the warm-up. */
  readonly usualMs: number | undefined;
  /** So many records usually come in that time. */
  readonly missed: number;
  readonly lastAtMs: number | undefined;
}

const leastMs = 120_000;
const missedMin = 2;
const recordsMin = 20;
const warmUpQuietMs = 4 * 86_400_000;
/** From so many days on that speak of an hour, 1.75 times the usual is enough. */
const manySamples = 20;

/** Judges what `observe` has just written down, and remembers the verdict in it. */
export function judgeSilence(feed: Feed, week: UsualWeek): Silence | undefined {
  if (feed.hour === undefined || feed.total < recordsMin) return undefined;
  if (!week.warm) return coldSilence(feed);
  const { weekday, hour } = feed.hour.at;
  const { quietS, samples } = week.at(weekday, hour);
  if (quietS === undefined) return undefined;
  const longestMs = Math.max(leastMs, quietS * 1_000 * (samples >= manySamples ? 1.75 : 2));
  if (feed.quietMs >= longestMs && feed.missed >= missedMin)
    feed.silent ??= { stretch: feed.stretch, afterMs: feed.stretchMs };
  if (feed.silent === undefined) return undefined;
  return silence(feed, isCertain(feed, week), quietS * 1_000);
}

function isCertain(feed: Feed, week: UsualWeek): boolean {
  if (feed.silent === undefined || feed.silent.stretch === 0 || !week.restingDays.includes(true)) return true;
  // As far into the next busy time as it took to be noticed in the first one.
  return feed.stretch > feed.silent.stretch && feed.stretchMs >= feed.silent.afterMs && feed.missedNow >= missedMin;
}

function coldSilence(feed: Feed): Silence | undefined {
  const isLong = feed.quietMs >= Math.max(warmUpQuietMs, 3 * feed.quietMaxMs);
  return isLong ? silence(feed, true, undefined) : undefined;
}

function silence({ quietMs, missed, lastAtMs }: Feed, certain: boolean, usualMs: number | undefined): Silence {
  return { certain, quietMs, usualMs, missed, lastAtMs };
}
