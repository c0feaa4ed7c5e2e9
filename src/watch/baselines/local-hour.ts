// Which hour of the week a moment is, where the feed lives. Intl knows the zones; it is asked once per quarter of an hour, because every zone's
// offset from UTC is a whole number of quarters.

/** A moment as a clock on the wall of a zone shows it, to the hour. */
export interface LocalHour {
  /** `2026-11-26`. */
  readonly date: string;
  /** 0 for Monday, 6 for Sunday. */
  readonly weekday: number;
  /** 0 to 23. */
  readonly hour: number;
  /** Since midnight by the wall clock, 0 to 1439; the minute of the quarter's beginning. */
  readonly minuteOfDay: number;
}

export type LocalHourOf = (ms: number) => LocalHour;

export const weekdayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const quarterMs = 900_000;
const rememberedMax = 512;

/**
 * Reads moments in one zone.
 *
 * @param zone an IANA name; definitions are checked for it.
 * @example localHours("Australia/Perth")(Date.UTC(2026, 10, 26, 0, 30)) // { date: "2026-11-26", weekday: 3, hour: 8, minuteOfDay: 510 }
 */
export function localHours(zone: string): LocalHourOf {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  const remembered = new Map<number, LocalHour>();
  return (ms) => {
    const quarter = Math.floor(ms / quarterMs);
    const known = remembered.get(quarter);
    if (known !== undefined) return known;
    if (remembered.size >= rememberedMax) remembered.clear();
    const made = readParts(format, quarter * quarterMs);
    remembered.set(quarter, made);
    return made;
  };
}

function readParts(format: Intl.DateTimeFormat, ms: number): LocalHour {
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const hour = Number(parts.hour);
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    weekday: weekdayNames.findIndex((name) => name === parts.weekday),
    hour,
    minuteOfDay: hour * 60 + Number(parts.minute),
  };
}
