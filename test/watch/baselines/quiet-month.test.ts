import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { feedOf, feedText } from "../../../src/watch/baselines/kept.ts";
import { type Random, seededRandom } from "../../../src/world/random.ts";
import { type DayOf, dayMs, exponential, gaussian, hourMs, minuteMs, moments, Watched, watchAll } from "./simulated.ts";

// A month in which nothing is wrong, and moments in it at which everything stops. Learnt from four weeks before. Neither zone nor holidays are told.

const steady: DayOf = (random) => every(random, 0, 1_440, () => 5 + gaussian(random) * 0.7);
const poisson: DayOf = (random) => every(random, 0, 1_440, () => exponential(random, 4));
const office: DayOf = (random, weekday, holiday) =>
  weekday > 4 || holiday ? [] : every(random, 480, 1_080, () => exponential(random, 3));
const thinOffice: DayOf = (random, weekday, holiday) =>
  weekday > 4 || holiday ? [] : every(random, 480, 1_080, () => exponential(random, 25));
const nightly: DayOf = (random) => batch(random, 160);
const weekdayNightly: DayOf = (random, weekday, holiday) => (weekday > 4 || holiday ? [] : batch(random, 160));
const threeADay: DayOf = (random) => [420, 780, 1_140].map((minute) => minute + gaussian(random) * 12);

interface Kind {
  readonly day: DayOf;
  /** 99 of 100 gaps are no longer; of a feed that is regular, its longest. */
  readonly usualGapMs: number;
  /** Hours in UTC between which it can stop in the middle of its day. */
  readonly busy: readonly [number, number];
  /** At weekends and on holidays. */
  readonly rests: boolean;
}

const kinds: Record<string, Kind> = {
  steady: { day: steady, usualGapMs: 6 * 60_000, busy: [0, 24], rests: false },
  "steady, by chance": { day: poisson, usualGapMs: 4 * 4.6 * 60_000, busy: [0, 24], rests: false },
  "office hours": { day: office, usualGapMs: 3 * 4.6 * 60_000, busy: [10, 16], rests: true },
  "office hours, thin": { day: thinOffice, usualGapMs: 25 * 4.6 * 60_000, busy: [10, 14], rests: true },
  nightly: { day: nightly, usualGapMs: 24 * hourMs, busy: [3, 23], rests: false },
  "nightly, weekdays": { day: weekdayNightly, usualGapMs: 24 * hourMs, busy: [3, 23], rests: true },
  "three a day": { day: threeADay, usualGapMs: 12 * hourMs, busy: [0, 24], rests: false },
};

function every(random: Random, from: number, until: number, gap: () => number): number[] {
  const found: number[] = [];
  for (let at = from + random.next() * Math.max(0.1, gap()); at < until; at += Math.max(0.1, gap())) found.push(at);
  return found;
}

/** Some 500 rows within a few minutes, at about 02:40, twenty minutes earlier or later. */
function batch(random: Random, minute: number): number[] {
  const start = minute + gaussian(random) * 10;
  const count = Math.round(500 + gaussian(random) * 40);
  return Array.from({ length: count }, (_, at) => start + (at / count) * 5);
}

/** What goes on all day knows no zone. */
const zoneOf = (rests: boolean, name: string): string =>
  rests || !name.startsWith("steady") ? "Europe/Berlin" : "UTC";
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 3) }, (_, at) => 1_000 + at * 17);
/** Four weeks to learn from, then October 2026: the clock is put back on the 25th. Two holidays in the month, one before it. */
const fromMs = Date.UTC(2026, 8, 3);
const monthFrom = Date.UTC(2026, 9, 1);
const monthUntil = Date.UTC(2026, 10, 1);
const holidays = ["2026-09-14", "2026-10-12", "2026-10-30"];

const monthHolidays = 2;

interface Row {
  readonly falseAlarms: number[];
  readonly holidays: number[];
  readonly unusual: number[];
  readonly warmUp: number[];
  /** After a stop: when it was told, in usual gaps since the last record. */
  readonly delays: number[];
  missed: number;
}

describe(`a quiet month, and silences in it (seeds ${seeds.join(", ")})`, () => {
  const table: Record<string, unknown>[] = [];
  for (const [name, kind] of Object.entries(kinds)) {
    it(`${name}: at most two false alarms a month, and no silence is missed`, () => {
      const row: Row = { falseAlarms: [], holidays: [], unusual: [], warmUp: [], delays: [], missed: 0 };
      for (const seed of seeds) month(row, name, kind, seed);
      const sorted = row.delays.toSorted((a, b) => a - b);
      const longest = sorted.at(-1) ?? 0;
      table.push({
        feed: name,
        "in the warm-up": row.warmUp.join(" "),
        "false alarms": row.falseAlarms.join(" "),
        "holiday?": row.holidays.join(" "),
        "unusual volume": row.unusual.join(" "),
        silences: row.delays.length + row.missed,
        missed: row.missed,
        "told after, median": sorted[sorted.length >> 1]?.toFixed(2),
        "longest (usual gaps)": longest.toFixed(2),
      });
      assert.equal(row.missed, 0, `${row.missed} silences were missed`);
      assert.ok(row.delays.length >= 6 * seeds.length);
      assert.ok(Math.max(...row.warmUp) === 0, "the warm-up cries wolf");
      assert.ok(Math.max(...row.falseAlarms.map((count, at) => count + (row.unusual[at] ?? 0))) <= 2);
      assert.ok(
        Math.max(...row.holidays) <= (kind.rests ? monthHolidays : 0),
        "a holiday is said once, and only where there are any",
      );
      assert.ok(longest <= 3, `a silence was told only after ${longest} usual gaps`);
    });
  }

  it("prints them side by side", () => {
    console.table(table);
    assert.equal(table.length, Object.keys(kinds).length);
  });
});

/** One month of one feed: what is said although nothing is wrong, and what is not said although everything stopped. */
function month(row: Row, name: string, kind: Kind, seed: number): void {
  const all = moments(kind.day, zoneOf(kind.rests, name), { seed, fromMs, days: 62, holidays });
  const watched = new Watched();
  const learning = watchAll(watched, all, fromMs, monthFrom);
  row.warmUp.push(learning.silences.filter(({ certain, atMs }) => certain && atMs < fromMs + 14 * dayMs).length);
  const learnt = feedText({ feed: watched.feed, counted: 0 });
  const { week } = watched;
  const quiet = watchAll(watched, all, monthFrom, monthUntil);
  row.falseAlarms.push(quiet.silences.filter(({ certain }) => certain).length);
  row.holidays.push(quiet.silences.filter(({ certain }) => !certain).length);
  row.unusual.push(quiet.unusual.length);
  for (const stopMs of stops(seed, kind.busy, kind.rests)) {
    const again = new Watched();
    Object.assign(again.feed, feedOf(learnt)?.feed);
    again.week = week;
    const before = all.filter((ms) => ms <= stopMs);
    const found = watchAll(again, before, monthFrom, stopMs + 5 * dayMs);
    const hit = found.silences.find(({ untilMs }) => untilMs > stopMs);
    // The look each minute is the simulation's own: a running watch looks six times as often.
    if (hit === undefined) row.missed++;
    else row.delays.push((hit.atMs - minuteMs - (before.at(-1) ?? stopMs)) / kind.usualGapMs);
  }
}

describe("a silence that begins in the night", () => {
  for (const [name, kind] of Object.entries(kinds).filter(([, { rests }]) => rests)) {
    it(`${name}: is a warning in the first busy time, and critical in the second`, () => {
      const all = moments(kind.day, "Europe/Berlin", { seed: 3, fromMs, days: 62, holidays });
      const tuesday = Date.UTC(2026, 9, 20, 20);
      const watched = new Watched();
      const { silences } = watchAll(
        watched,
        all.filter((ms) => ms < tuesday),
        fromMs,
        tuesday + dayMs,
      );
      const [first] = silences.filter(({ untilMs }) => untilMs > tuesday);
      assert.equal(first?.certain, false, "Wednesday may be a holiday");
      assert.ok(
        new Date(first?.atMs ?? 0).getUTCDate() === 21 && new Date(first?.atMs ?? 0).getUTCHours() <= 9,
        "and is told in the morning",
      );
      const { silences: next } = watchAll(watched, [], tuesday + dayMs, tuesday + 2 * dayMs);
      assert.equal(next[0]?.certain, true, "Thursday is none");
    });
  }
});

describe("unusual volume", () => {
  for (const [name, factor] of [
    ["ten times as many", 10],
    ["one in twenty", 0.05],
  ] as const) {
    it(`${name} as usual are told the same day`, () => {
      for (const kindName of ["steady", "steady, by chance", "office hours", "nightly"]) {
        const kind = kinds[kindName] as Kind;
        const all = moments(kind.day, "UTC", { seed: 5, fromMs, days: 62, holidays });
        const from = Date.UTC(2026, 9, 20);
        const random = seededRandom(4);
        const changed = all.flatMap((ms) =>
          ms < from ? [ms] : Array.from({ length: Math.floor(factor + random.next()) }, () => ms),
        );
        const watched = new Watched();
        const { unusual } = watchAll(watched, changed, fromMs, from + 2 * dayMs);
        const [told] = unusual.filter(({ atMs }) => atMs >= from);
        assert.equal(told?.kind, factor > 1 ? "flood" : "trickle", `${kindName}: ${JSON.stringify(unusual)}`);
        assert.equal(unusual.filter(({ atMs }) => atMs < from).length, 0);
        assert.ok(
          (told?.atMs ?? Number.POSITIVE_INFINITY) <= from + dayMs + 5 * minuteMs,
          `${kindName}: only after ${((told?.atMs ?? 0) - from) / hourMs} h`,
        );
      }
    });
  }
});

/** Moments at which everything stops: in a busy time of a weekday where the feed rests, so that the pause is no part of the delay. */
function stops(seed: number, [from, until]: readonly [number, number], weekdaysOnly: boolean): number[] {
  const random = seededRandom(seed);
  const found: number[] = [];
  while (found.length < 6) {
    const day = 1 + Math.floor(random.next() * 20);
    const at = monthFrom + day * dayMs + (from + random.next() * (until - from) - 2) * hourMs;
    const date = new Date(at).toISOString().slice(0, 10);
    const weekday = (new Date(at).getUTCDay() + 6) % 7;
    if (weekdaysOnly && (weekday > 3 || holidays.includes(date))) continue;
    found.push(at);
  }
  return found;
}
