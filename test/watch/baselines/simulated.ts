import { type Feed, newFeed, nothingUsual, observe } from "../../../src/watch/baselines/feed.ts";
import { type LocalHourOf, localHours } from "../../../src/watch/baselines/local-hour.ts";
import { judgeSilence, type Silence } from "../../../src/watch/baselines/silence.ts";
import { judgeVolume, type Unusual } from "../../../src/watch/baselines/unusual.ts";
import { type UsualWeek, usualWeek } from "../../../src/watch/baselines/usual.ts";
import { type Random, seededRandom } from "../../../src/world/random.ts";

// Feeds as they are in life, on a simulated calendar: when records come is drawn from a seed.

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;
export const minuteMs = 60_000;

/** Moments in UTC at which a zone's wall clock shows a local day and minute. */
export function localMs(local: LocalHourOf, dayUtc: number, minuteOfDay: number): number {
  const guess = dayUtc + minuteOfDay * minuteMs;
  // The offset at the guess, once corrected, is that of the moment itself, save within an hour of a change of the clock.
  const offset = offsetAt(local, guess);
  return guess - offsetAt(local, guess - offset);
}

function offsetAt(local: LocalHourOf, ms: number): number {
  const { date, minuteOfDay } = local(ms);
  return Date.parse(date) + minuteOfDay * minuteMs - Math.floor(ms / 900_000) * 900_000;
}

/** What a kind of feed sends on one local day. */
export type DayOf = (random: Random, weekday: number, holiday: boolean) => readonly number[];

export const gaussian = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random.next());

/** All moments of a feed, in order. */
export function moments(
  kind: DayOf,
  zone: string,
  of: { seed: number; fromMs: number; days: number; holidays: readonly string[] },
): number[] {
  const random = seededRandom(of.seed);
  const local = localHours(zone);
  const found: number[] = [];
  for (let day = 0; day < of.days; day++) {
    const dayUtc = of.fromMs + day * dayMs;
    const date = new Date(dayUtc).toISOString().slice(0, 10);
    const weekday = (new Date(dayUtc).getUTCDay() + 6) % 7;
    for (const minute of kind(random, weekday, of.holidays.includes(date))) found.push(localMs(local, dayUtc, minute));
  }
  return found.sort((a, b) => a - b);
}

/** A feed that is watched: looks every so often at what has come. */
export class Watched {
  readonly feed: Feed = newFeed();
  week: UsualWeek = nothingUsual;
  readonly local: LocalHourOf;
  #dayKnown = "";

  constructor(zone = "UTC") {
    this.local = localHours(zone);
  }

  look(
    nowMs: number,
    fresh: number,
    watchedMs: number,
  ): { silence: Silence | undefined; unusual: Unusual | undefined } {
    if (
      observe(this.feed, this.week, this.local, { nowMs, watchedMs, fresh }) &&
      this.#dayKnown !== this.feed.hour?.at.date
    ) {
      this.week = usualWeek(this.feed.days.all());
      this.#dayKnown = this.feed.hour?.at.date ?? "";
    }
    return { silence: judgeSilence(this.feed, this.week), unusual: judgeVolume(this.feed, this.week) };
  }
}

export interface Incident {
  readonly atMs: number;
  readonly untilMs: number;
  readonly certain: boolean;
}

/** Watches moments from one time to another, a look each minute; each stretch of silence is one incident. */
export function watchAll(
  watched: Watched,
  moments: readonly number[],
  fromMs: number,
  untilMs: number,
  everyMs = minuteMs,
): { silences: Incident[]; unusual: (Unusual & { atMs: number })[] } {
  const silences: Incident[] = [];
  const unusual: (Unusual & { atMs: number })[] = [];
  let open: { atMs: number; certain: boolean } | undefined;
  let was: string | undefined;
  let at = moments.findIndex((ms) => ms > fromMs);
  if (at < 0) at = moments.length;
  for (let now = fromMs + everyMs; now <= untilMs; now += everyMs) {
    let fresh = 0;
    while (at < moments.length && (moments[at] ?? 0) <= now) {
      at++;
      fresh++;
    }
    const seen = watched.look(now, fresh, everyMs);
    if (seen.silence !== undefined)
      open = { atMs: open?.atMs ?? now, certain: (open?.certain ?? false) || seen.silence.certain };
    else if (open !== undefined) {
      silences.push({ ...open, untilMs: now });
      open = undefined;
    }
    if (seen.unusual !== undefined && was !== seen.unusual.kind) unusual.push({ ...seen.unusual, atMs: now });
    was = seen.unusual?.kind;
  }
  if (open !== undefined) silences.push({ ...open, untilMs });
  return { silences, unusual };
}
