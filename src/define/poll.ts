import { Cron } from "croner";
import {
  checkFunction,
  checkName,
  checkOptions,
  checkRequired,
  checkText,
  checkZone,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import type { Json, PollDefinition, PollOptions, Source } from "./source.ts";
import { perOf } from "./tenants.ts";

const known = {
  per: true,
  every: true,
  cron: true,
  zone: true,
  timeout: true,
  name: true,
  simulate: true,
  fetch: true,
} satisfies Record<keyof PollOptions<Json>, true>;

/**
 * Records that are asked for, page by page. The records of a page and its cursor commit together, so nothing is skipped and nothing is lost;
 * reading a little again is safe, because records are deduplicated.
 *
 * A rehearsal reads it as it is written, from a simulated source. Where `expect` does not say how that answers, `simulate` does.
 *
 * @throws {WaybillError} `bad-definition` when there is no schedule or no `fetch`, or an option is unknown or cannot be.
 * @example
 * poll({
 *   every: "5m",
 *   async fetch({ cursor, call }) {
 *     const page = await call(people.get("/contacts", { query: { since: cursor ?? "1970-01-01T00:00:00Z" }, expect: Page }));
 *     return { records: page.items, cursor: page.next ?? page.as_of, more: page.next !== null };
 *   },
 * })
 */
export function poll<Cursor extends Json = string, T = undefined>(options: PollOptions<Cursor, T>): Source {
  const plain = declared("poll()");
  checkOptions(plain, options, known);
  if (options.name !== undefined) checkName(plain, options.name);
  const thing = options.name === undefined ? plain : declared(`poll "${options.name}"`);
  checkRequired(thing, options, { fetch: "Give the function that asks: async fetch({ cursor, call }) { … }." });
  checkFunction(thing, "fetch", options.fetch);
  checkFunction(thing, "simulate", options.simulate);
  return Object.freeze({
    kind: "poll",
    per: perOf(thing, options.per),
    schedule: scheduleOf(thing, options),
    fetch: options.fetch as PollDefinition["fetch"],
    timeoutMs: durationOption(thing, "timeout", options.timeout, "5m", { min: "1ms", max: "1d" }),
    name: options.name,
    simulate: options.simulate,
  } satisfies PollDefinition);
}

function scheduleOf(
  thing: Declared,
  { every, cron, zone }: Pick<PollOptions<Json>, "every" | "cron" | "zone">,
): PollDefinition["schedule"] {
  if (every === undefined && cron === undefined) {
    refuse(thing, "it has no schedule.", 'Say every: "5m", or cron: "0 6 * * 1-5" with a zone.');
  }
  if (every !== undefined && cron !== undefined)
    refuse(thing, "it has two schedules, every and cron.", "Leave one of them out.");
  if (cron === undefined) {
    if (zone !== undefined)
      refuse(thing, "zone belongs to cron, and there is only every.", "An interval is the same length in every zone.");
    return { everyMs: durationOption(thing, "every", every, "5m", { min: "10ms", max: "366d" }) };
  }
  if (zone !== undefined) checkZone(thing, "zone", zone);
  checkCron(thing, cron, zone ?? "UTC");
  return { cron, zone: zone ?? "UTC" };
}

function checkCron(thing: Declared, cron: unknown, zone: string): void {
  const example =
    'Five fields, or six with seconds first: "*/10 * * * *" is every ten minutes, "0 6 * * 1-5" is 06:00 on working days.';
  checkText(thing, "cron", cron, example);
  const fields = (cron as string).trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) refuse(thing, `cron is ${shown(cron)}, and five fields are expected.`, example);
  let next: Date | null;
  try {
    // From a fixed day, so that what is accepted does not depend on when it is asked.
    next = new Cron(cron as string, { timezone: zone, paused: true, mode: "5-or-6-parts" }).nextRun(
      new Date("2024-01-01T00:00:00Z"),
    );
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message.replace(/^CronPattern: |\.+$/g, "") : "it cannot be read";
    refuse(thing, `cron is ${shown(cron)}, which cannot be read: ${why}.`, example);
  }
  if (next === null) refuse(thing, `cron is ${shown(cron)}, a time that never comes.`, example);
}
