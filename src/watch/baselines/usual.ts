import { type Day, totalOf } from "./history.ts";
import { amountOf, stepOf, unknown } from "./scale.ts";

// What is usual at an hour of the week, read from the days that are kept.
//
// A quiet time is compared with the longest quiet times that this hour of the week has seen: at 04:00 a feed that comes each night at 02:40 has been
// quiet for an hour and a half, at 02:00 for a day. That holds for any rhythm, and needs no word about which rhythm it is. Three things keep it honest:
//
// - Hours before and after count too, so that jitter, and a clock that is put forward or back in a zone nobody told us, are usual.
// - Other weekdays count where they are alike at this hour (their medians differ by less than a factor of two): three weeks of Mondays are three
//   samples, three weeks of weekdays fifteen.
// - With enough samples the longest one or two are left out, so that one bad day does not deafen us for weeks. Days on which nothing came at all, on
//   a weekday that is usually busy, are no samples: holidays and outages teach nothing.

export interface UsualHour {
  /** How many new records usually come in this hour: the mean. */
  readonly expected: number;
  /** Most that came in one hour, here or in the hours beside it. */
  readonly countMax: number;
  /** Fewest that came in one hour, here or in the hours beside it, accidents left out. */
  readonly countMin: number;
  /** In at least four of five of its days nothing came in this hour. */
  readonly idle: boolean;
  /** The longest time in seconds that is usually quiet here; undefined when too little is known. */
  readonly quietS: number | undefined;
  /** Days that this is read from: 255 for that many and more. */
  readonly samples: number;
}

export interface UsualWeek {
  /** By weekday and hour. */
  at(weekday: number, hour: number): UsualHour;
  /** Weekdays on which nothing comes more often than not; undefined while no day of it is known. */
  readonly restingDays: readonly (boolean | undefined)[];
  /** Days that were watched. */
  readonly daysKnown: number;
  /** Most that came in one hour of them. */
  readonly hourMax: number;
  /** By weekday: how many came on each of its days that were watched, in order of size. */
  readonly totals: readonly (readonly number[])[];
  /** Each weekday has been seen twice: silence can be judged by the hour of the week. */
  readonly warm: boolean;
}

/** Reads the week from what is kept. Some 30,000 steps of arithmetic: once per hour and feed is meant. */
export function usualWeek(days: readonly Day[]): UsualWeek {
  const totals = days.map(totalOf);
  const known = totals.filter((total) => total !== undefined);
  const restingDays = weekdays.map((weekday) => isResting(days, totals, weekday));
  const counted = days.filter(
    (day, at) => totals[at] === undefined || totals[at] >= 0.5 || restingDays[day.weekday] === true,
  );
  const watched = weekdays.map(
    (weekday) => days.filter((day, at) => day.weekday === weekday && totals[at] !== undefined).length,
  );
  const reach = isSparse(counted) ? 2 : 1;
  return {
    at: hoursOf(hourTable(counted, reach)),
    restingDays,
    daysKnown: known.length,
    hourMax: amountOf(
      counted.reduce((most, { counts }) => counts.reduce((a, b) => (b === unknown ? a : Math.max(a, b)), most), 0),
    ),
    totals: weekdays.map((weekday) => totalsOf(counted, weekday)),
    warm: watched.every((count) => count >= 2),
  };
}

/** A function of its own: what a week is read from is not kept with it. */
function hoursOf(table: HourTable): UsualWeek["at"] {
  return compact(Array.from({ length: 168 }, (_, slot) => hourOf(table, Math.floor(slot / 24), slot % 24)));
}

/** Nine bytes for each hour in place of an object: fifty feeds have 8,400 of them. What was read from steps of the scale is a step again. */
function compact(hours: readonly UsualHour[]): UsualWeek["at"] {
  const expected = Float32Array.from(hours, (hour) => hour.expected);
  const rest = Uint8Array.from(
    hours.flatMap(({ countMax, countMin, idle, quietS, samples }) => [
      stepOf(countMax),
      stepOf(countMin),
      idle ? 1 : 0,
      quietS === undefined ? unknown : stepOf(quietS),
      Math.min(samples, 255),
    ]),
  );
  return (weekday, hour) => {
    const slot = weekday * 24 + hour;
    const [countMax = 0, countMin = 0, idle, quiet = unknown, samples = 0] = rest.subarray(slot * 5, slot * 5 + 5);
    return {
      expected: expected[slot] ?? 0,
      countMax: amountOf(countMax),
      countMin: amountOf(countMin),
      idle: idle === 1,
      quietS: quiet === unknown ? undefined : amountOf(quiet),
      samples,
    };
  };
}

const weekdays = [0, 1, 2, 3, 4, 5, 6] as const;

function isResting(
  days: readonly Day[],
  totals: readonly (number | undefined)[],
  weekday: number,
): boolean | undefined {
  let busy = 0;
  let quiet = 0;
  for (const [at, day] of days.entries()) {
    const total = totals[at];
    if (day.weekday !== weekday || total === undefined) continue;
    if (total >= 0.5) busy++;
    else quiet++;
  }
  return busy + quiet === 0 ? undefined : quiet > busy;
}

function totalsOf(days: readonly Day[], weekday: number): number[] {
  const totals = days.filter((day) => day.weekday === weekday).map(totalOf);
  return totals.filter((total) => total !== undefined).sort((a, b) => a - b);
}

/** Records come in a sixth of the hours at most: a late one is later than with a feed that trickles all day. */
function isSparse(days: readonly Day[]): boolean {
  let busy = 0;
  let watched = 0;
  for (const { counts } of days) {
    for (const step of counts) {
      if (step === unknown) continue;
      watched++;
      if (step > 0) busy++;
    }
  }
  return busy * 6 <= watched;
}

/** Samples by hour of the week: one per day, the largest of the hour and of those within reach of it. */
interface HourTable {
  readonly quiet: readonly (readonly number[])[];
  readonly most: readonly (readonly number[])[];
  readonly fewest: readonly (readonly number[])[];
  readonly counts: readonly (readonly number[])[];
  readonly medians: readonly number[];
}

function hourTable(days: readonly Day[], reach: number): HourTable {
  const quiet: number[][] = Array.from({ length: 168 }, () => []);
  const most: number[][] = Array.from({ length: 168 }, () => []);
  const fewest: number[][] = Array.from({ length: 168 }, () => []);
  const counts: number[][] = Array.from({ length: 168 }, () => []);
  const all = days.flatMap((day, at) => (follows(days[at - 1], day) ? [day] : [undefined, day]));
  for (const [at, day] of all.entries()) {
    if (day === undefined) continue;
    const around = [all[at - 1], day, all[at + 1]] as const;
    for (let hour = 0; hour < 24; hour++) {
      const slot = day.weekday * 24 + hour;
      const count = day.counts[hour] ?? unknown;
      if (count === unknown) continue;
      counts[slot]?.push(amountOf(count));
      quiet[slot]?.push(amountOf(extreme(around, "quiet", hour, { reach, of: Math.max })));
      most[slot]?.push(amountOf(extreme(around, "counts", hour, { reach, of: Math.max })));
      fewest[slot]?.push(amountOf(extreme(around, "counts", hour, { reach, of: Math.min })));
    }
  }
  for (const samples of quiet) samples.sort((a, b) => a - b);
  return { quiet, most, fewest, counts, medians: quiet.map((samples) => samples[samples.length >> 1] ?? Number.NaN) };
}

function follows(before: Day | undefined, day: Day): boolean {
  return before !== undefined && Date.parse(day.date) - Date.parse(before.date) === 86_400_000;
}

/** The largest or smallest step of an hour and of those within reach of it. */
function extreme(
  around: readonly [Day | undefined, Day, Day | undefined],
  what: "quiet" | "counts",
  hour: number,
  { reach, of }: { readonly reach: number; readonly of: (a: number, b: number) => number },
): number {
  let found = around[1][what][hour] ?? 0;
  for (let at = hour - reach; at <= hour + reach; at++) {
    const day = around[at < 0 ? 0 : at > 23 ? 2 : 1];
    const step = day?.[what][(at + 24) % 24];
    if (step !== undefined && step !== unknown) found = of(found, step);
  }
  return found;
}

function hourOf(table: HourTable, weekday: number, hour: number): UsualHour {
  const slot = weekday * 24 + hour;
  const own = table.counts[slot] ?? [];
  const median = table.medians[slot] ?? Number.NaN;
  const alike = weekdays
    .map((other) => other * 24 + hour)
    .filter((other) => {
      const ratio = (table.medians[other] ?? Number.NaN) / median;
      return other === slot || (ratio > 0.5 && ratio < 2);
    });
  const quiet = alike.flatMap((other) => table.quiet[other] ?? []).sort((a, b) => a - b);
  const most = alike.flatMap((other) => table.most[other] ?? []);
  const fewest = alike.flatMap((other) => table.fewest[other] ?? []).sort((a, b) => a - b);
  return {
    expected: own.length === 0 ? 0 : own.reduce((sum, count) => sum + count, 0) / own.length,
    countMax: most.reduce((max, count) => Math.max(max, count), 0),
    countMin: fewest[leftOut(fewest.length)] ?? 0,
    idle: own.filter((count) => count < 0.5).length >= 0.8 * own.length,
    quietS: own.length === 0 ? undefined : quiet[quiet.length - 1 - leftOut(quiet.length)],
    samples: quiet.length,
  };
}

/** How many of the longest quiet times are taken for accidents. */
function leftOut(samples: number): number {
  return samples < 10 ? 0 : samples < 20 ? 1 : Math.round(samples / 14);
}
