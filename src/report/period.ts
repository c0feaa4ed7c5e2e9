import { type Duration, durationMs, durationText } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";

/** The time that a report is about, and the time before it that it is compared with. In milliseconds since 1970; the ends are not included. */
export interface Period {
  readonly beforeMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  /** What is drawn is cut into slots of this length. */
  readonly slotMs: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const least = minute;
const most = 400 * day;

/** Slots that people think in. */
const slotsOf = [minute, 5 * minute, 15 * minute, hour, 2 * hour, 4 * hour, 6 * hour, 12 * hour, day, 7 * day];
const slotsMax = 60;

/**
 * The period that `--since` names: a length of time up to now, or from an instant on. From an hour on it begins with a full hour, because some of it is
 * counted by the hour.
 *
 * @throws {WaybillError} `bad-usage` when it cannot be read, lies ahead, or is too short or too long.
 * @example periodSince("7d", nowMs)
 */
export function periodSince(since: string, nowMs: number): Period {
  const fromMs = beginning(since, nowMs);
  if (fromMs > nowMs) throw usage(`--since is ${shown(since)}, which lies ahead.`);
  if (nowMs - fromMs < least) throw usage(`--since is ${shown(since)}, which is less than a minute ago.`);
  if (nowMs - fromMs > most)
    throw usage(`--since is ${shown(since)}, and a report looks back ${durationText(most)} at most.`);
  return periodFrom(nowMs - fromMs < hour ? fromMs : fromMs - (fromMs % hour), nowMs);
}

/** From then until then. */
export function periodFrom(fromMs: number, untilMs: number): Period {
  const lengthMs = untilMs - fromMs;
  const slotMs = slotsOf.find((slot) => lengthMs / slot <= slotsMax) ?? (slotsOf.at(-1) as number);
  return { beforeMs: fromMs - lengthMs, fromMs, untilMs, slotMs };
}

export const slotCount = ({ fromMs, untilMs, slotMs }: Period): number => Math.ceil((untilMs - fromMs) / slotMs);

/** Whether a full hour belongs to the period; its first one does, though it may have begun earlier. */
export const isWithin =
  ({ fromMs, untilMs }: Period): ((of: { readonly hourMs: number }) => boolean) =>
  ({ hourMs }) =>
    hourMs >= fromMs - (fromMs % hour) && hourMs < untilMs;

/** Whether a full hour belongs to the time before it. */
export const isBefore =
  ({ beforeMs, fromMs }: Period): ((of: { readonly hourMs: number }) => boolean) =>
  ({ hourMs }) =>
    hourMs >= beforeMs - (beforeMs % hour) && hourMs < fromMs - (fromMs % hour);

function beginning(since: string, nowMs: number): number {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(since)) return nowMs - durationMs(since as Duration);
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(since) ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(atMs)) throw usage(`--since is ${shown(since)}.`);
  return atMs;
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 100));
const usage = (message: string): WaybillError =>
  new WaybillError(
    "bad-usage",
    message,
    "A length of time (7d, 24h), or an instant (2026-01-31, 2026-01-31T08:00:00Z).",
  );
