import { Temporal } from "temporal-polyfill";
import { weekdayNames } from "./local-hour.ts";

// `during` of a declared volume: "Mon-Fri 08:00-18:00", "Sat,Sun", "22:00-06:00". The form is checked at definition; here it becomes stretches of time.

/** From when to when, in milliseconds since 1970; `untilMs` is the first moment that is not in it. */
export interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
}

const form = /^(?<days>[A-Z][A-Za-z,-]*)?\s?(?:(?<from>\d\d:\d\d)-(?<until>\d\d:\d\d))?$/;
/** A stretch of days that is never over within a week is taken for one without end. */
const daysBack = 9;

/**
 * The stretches of `during` around a moment, oldest first: the one it is in, if it is in one, comes last. One stretch without beginning where nothing is said.
 *
 * @param zone IANA name. Where the clock is put forward, a time that does not exist is the moment after the jump.
 * @example stretchesOf("Mon-Fri 08:00-18:00", "Australia/Perth", clock.now())
 */
export function stretchesOf(during: string | undefined, zone: string, nowMs: number): readonly Stretch[] {
  const always = [{ fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY }];
  const said = during === undefined ? undefined : form.exec(during)?.groups;
  if (said === undefined) return always;
  const isMeant = weekdaysIn(said.days);
  const today = Temporal.Instant.fromEpochMilliseconds(Math.floor(nowMs)).toZonedDateTimeISO(zone).toPlainDate();
  const found: { fromMs: number; untilMs: number }[] = [];
  for (let back = daysBack; back >= 0; back--) {
    const date = today.subtract({ days: back });
    if (!isMeant[date.dayOfWeek - 1]) continue;
    const stretch = stretchOn(date, zone, said.from ?? "00:00", said.until ?? "24:00");
    const before = found.at(-1);
    if (stretch.fromMs > nowMs) continue;
    if (before !== undefined && before.untilMs >= stretch.fromMs)
      before.untilMs = Math.max(before.untilMs, stretch.untilMs);
    else found.push(stretch);
  }
  const [only] = found;
  const endless =
    found.length === 1 && only !== undefined && only.untilMs - only.fromMs >= daysBack * 86_400_000 - 3_600_000;
  return endless ? always : found;
}

function stretchOn(
  date: Temporal.PlainDate,
  zone: string,
  from: string,
  until: string,
): { fromMs: number; untilMs: number } {
  const next = until === "24:00" || until <= from;
  return {
    fromMs: momentOf(date, from, zone),
    untilMs: momentOf(next ? date.add({ days: 1 }) : date, until === "24:00" ? "00:00" : until, zone),
  };
}

function momentOf(date: Temporal.PlainDate, time: string, zone: string): number {
  return date.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
}

/** `Mon-Fri,Sun` as seven answers; `Fri-Mon` goes over the weekend. */
function weekdaysIn(days: string | undefined): readonly boolean[] {
  const meant = weekdayNames.map(() => days === undefined);
  for (const part of days?.split(",") ?? []) {
    const [first, last = first] = part.split("-").map((name) => weekdayNames.findIndex((known) => known === name));
    if (first === undefined || last === undefined) continue;
    for (let at = first; ; at = (at + 1) % 7) {
      meant[at] = true;
      if (at === last) break;
    }
  }
  return meant;
}
