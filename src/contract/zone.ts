import { Temporal } from "temporal-polyfill";
import { dayMs } from "./calendar.ts";

// What a clock in a zone shows, as an instant. Twice a year in many zones that is no simple matter: an hour is skipped, and another one comes twice. A day
// on which nothing changes has one offset, which is remembered, so that the library that knows is asked once for each day and not for each value.

/** What a clock shows may have been shown once, never, or twice. */
export type Shown =
  | { readonly kind: "once"; readonly ms: number }
  | { readonly kind: "skipped" }
  | { readonly kind: "twice"; readonly earlierMs: number; readonly laterMs: number };

const daysMax = 20_000;

/** @param zone one that there is. @returns from the milliseconds that UTC's clock would have to show the same. */
export function clockIn(zone: string): (localMs: number) => number | Shown {
  /** Per day: how many milliseconds its clock is ahead of UTC's, or undefined where that changes on it or beside it. */
  const offsets = new Map<number, number | undefined>();

  function offsetOn(day: number): number | undefined {
    const from = Temporal.Instant.fromEpochMilliseconds((day - 1) * dayMs).toZonedDateTimeISO(zone);
    const next = from.getTimeZoneTransition("next");
    const changes = next !== null && next.epochMilliseconds < (day + 2) * dayMs;
    return changes ? undefined : from.offsetNanoseconds / 1_000_000;
  }

  return (localMs) => {
    const day = Math.floor(localMs / dayMs);
    let offsetMs = offsets.get(day);
    if (offsetMs === undefined && !offsets.has(day)) {
      if (offsets.size >= daysMax) offsets.clear();
      offsetMs = offsetOn(day);
      offsets.set(day, offsetMs);
    }
    return offsetMs === undefined ? shownIn(zone, localMs) : localMs - offsetMs;
  };
}

function shownIn(zone: string, localMs: number): Shown {
  const shown = Temporal.Instant.fromEpochMilliseconds(localMs).toZonedDateTimeISO("UTC").toPlainDateTime();
  const earlier = shown.toZonedDateTime(zone, { disambiguation: "earlier" });
  const later = shown.toZonedDateTime(zone, { disambiguation: "later" });
  const [earlierMs, laterMs] = [earlier.epochMilliseconds, later.epochMilliseconds];
  if (earlierMs === laterMs) return { kind: "once", ms: earlierMs };
  return earlier.toPlainDateTime().equals(shown) ? { kind: "twice", earlierMs, laterMs } : { kind: "skipped" };
}
