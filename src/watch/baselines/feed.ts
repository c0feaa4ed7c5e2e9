import { type Day, Days, totalOf } from "./history.ts";
import type { LocalHour, LocalHourOf } from "./local-hour.ts";
import { type UsualWeek, usualWeek } from "./usual.ts";

// One feed (the records of one integration and tenant) as it is watched: what is learnt of it, and what it does now. Time here is the time that we
// watched: while we were down, or paused, or a clock jumped, no time passes. So a downtime of ours is never a silence of theirs, and an hour that was
// not watched whole teaches nothing.

/** It is kept in the ledger as it stands. */
export interface Feed {
  readonly days: Days;
  /** The hour that is being written down. */
  hour: { readonly at: LocalHour; count: number; quietS: number; watchedMs: number } | undefined;
  /** The last hours that were written down, the newest last: at most three, without holes. */
  recent: readonly {
    readonly weekday: number;
    readonly hour: number;
    readonly count: number;
    readonly owed?: number;
  }[];
  /** Records that a silence left out and that may still come all at once: that is no flood. */
  owed: number;
  /** Watched since the last new record. */
  quietMs: number;
  /** So many records usually come in that time. */
  missed: number;
  /** Busy times that have begun since: 0 in the one in which it went quiet, 1 in the next after a usual pause. */
  stretch: number;
  /** Records that usually come in the busy time that is now. */
  missedNow: number;
  /** How long the hours have been idle ones. */
  idleMs: number;
  /** Watched since the busy time that is now began. */
  stretchMs: number;
  /** Where it was judged silent, and how far into that busy time; until a new record comes. */
  silent: { readonly stretch: number; readonly afterMs: number } | undefined;
  lastAtMs: number | undefined;
  /** New records since it is watched. */
  total: number;
  /** The longest time that it was quiet for, since it is watched. */
  quietMaxMs: number;
}

export function newFeed(): Feed {
  return {
    days: new Days(),
    hour: undefined,
    recent: [],
    owed: 0,
    quietMs: 0,
    missed: 0,
    stretch: 0,
    missedNow: 0,
    idleMs: 0,
    stretchMs: 0,
    silent: undefined,
    lastAtMs: undefined,
    total: 0,
    quietMaxMs: 0,
  };
}

/** What was seen since the last look. */
export interface Look {
  readonly nowMs: number;
  /** Watched since then: 0 after a downtime or while nothing could come. */
  readonly watchedMs: number;
  /** New records; a duplicate is none. */
  readonly fresh: number;
}

const hourMs = 3_600_000;
/** An hour counts as watched when at most six minutes of it were not. */
const wholeMs = 54 * 60_000;
/** Idle hours in a row are a pause from here on. */
const pauseMs = 3 * hourMs;
export const recentMax = 3;
/** A pause that leaves out fewer is one of many. */
const owedMin = 10;
/** After an hour; a day later nothing of it is expected any more. */
const stillOwedShare = 0.8;

/** Writes down what was seen. @returns whether an hour was closed, so that what is usual may have changed. */
export function observe(feed: Feed, week: UsualWeek, local: LocalHourOf, { nowMs, watchedMs, fresh }: Look): boolean {
  const at = local(nowMs);
  const closed = feed.hour !== undefined && (feed.hour.at.hour !== at.hour || feed.hour.at.date !== at.date);
  if (closed) closeHour(feed);
  feed.hour ??= { at, count: 0, quietS: 0, watchedMs: 0 };
  passTime(feed, week, at, watchedMs);
  feed.hour.watchedMs += watchedMs;
  feed.hour.quietS = Math.max(feed.hour.quietS, feed.quietMs / 1_000);
  if (fresh > 0) wake(feed, fresh, nowMs);
  return closed;
}

function passTime(feed: Feed, week: UsualWeek, { weekday, hour }: LocalHour, watchedMs: number): void {
  const { expected, idle } = week.at(weekday, hour);
  feed.quietMs += watchedMs;
  if (!idle && feed.idleMs >= pauseMs) {
    feed.stretch++;
    feed.missedNow = 0;
    feed.stretchMs = 0;
  }
  feed.stretchMs += watchedMs;
  feed.idleMs = idle ? feed.idleMs + watchedMs : 0;
  const usual = (expected * watchedMs) / hourMs;
  feed.missed += usual;
  feed.missedNow += usual;
}

function wake(feed: Feed, fresh: number, nowMs: number): void {
  if (feed.hour !== undefined) feed.hour.count += fresh;
  feed.total += fresh;
  feed.lastAtMs = nowMs;
  feed.quietMaxMs = Math.max(feed.quietMaxMs, feed.quietMs);
  feed.quietMs = 0;
  if (feed.missed >= owedMin) feed.owed += feed.missed;
  feed.missed = 0;
  feed.missedNow = 0;
  feed.stretch = 0;
  feed.idleMs = 0;
  feed.stretchMs = 0;
  feed.silent = undefined;
}

function closeHour(feed: Feed): void {
  const { hour } = feed;
  feed.hour = undefined;
  if (hour === undefined) return;
  const { at, count, quietS, watchedMs } = hour;
  const { owed } = feed;
  feed.owed = Math.max(0, owed - count) * stillOwedShare;
  if (watchedMs < wholeMs) {
    feed.recent = [];
    return;
  }
  feed.recent = [...feed.recent, { weekday: at.weekday, hour: at.hour, count, owed }].slice(-recentMax);
  feed.days.keep(at, { count, quietS });
}

/** The newest day that is over and was watched. */
export function lastDay(feed: Feed): { readonly day: Day; readonly total: number } | undefined {
  const day = feed.days.newestBut(feed.hour?.at.date);
  const total = day === undefined ? undefined : totalOf(day);
  return day === undefined || total === undefined ? undefined : { day, total };
}

/** What is usual before anything is known. */
export const nothingUsual: UsualWeek = usualWeek([]);
