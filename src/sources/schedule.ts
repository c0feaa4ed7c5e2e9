import { Cron } from "croner";
import type { PollDefinition } from "../define/source.ts";
import { durationText } from "../model/duration.ts";

/**
 * When the next run is due, after one that began at `beganMs`; undefined when a cron expression has no further time.
 *
 * An interval counts from the beginning of a run. A cron expression is read in its zone: in the hour that a day skips it runs at the hour's end, and in
 * the hour that a day has twice it runs once. Runs that were missed are not made up for: the answer is one moment, however late it is.
 *
 * @example nextRunMs({ everyMs: 300_000 }, beganMs) // beganMs + 300_000
 */
export function nextRunMs(schedule: PollDefinition["schedule"], beganMs: number): number | undefined {
  if ("everyMs" in schedule) return beganMs + schedule.everyMs;
  const cron = new Cron(schedule.cron, { timezone: schedule.zone, paused: true, mode: "5-or-6-parts" });
  return cron.nextRun(new Date(beganMs))?.getTime();
}

/** As a person would say it: `every 5m`, `cron 0 6 * * 1-5 (Europe/Berlin)`. */
export function scheduleText(schedule: PollDefinition["schedule"]): string {
  return "everyMs" in schedule ? `every ${durationText(schedule.everyMs)}` : `cron ${schedule.cron} (${schedule.zone})`;
}
