import { httpDate } from "./retry-after.ts";

// When a quota is full again. No standard describes `X-RateLimit-Reset`, so everybody writes it in their own way, and only the value itself tells
// which: seconds from now, seconds or milliseconds since 1970, a date, or a duration with units.

type Headers = Readonly<Record<string, string>>;

/** Numbers from here on are seconds since 1970 (that is 2001) … */
const epochSecondsFrom = 1e9;
/** … and from here on milliseconds since 1970 (that is 1973). */
const epochMsFrom = 1e11;

/**
 * How many milliseconds from now a reset is; negative or zero when it is past, undefined when it cannot be read.
 *
 * @param headers of the same answer: its `date`, where it has one, is the clock that moments are measured by.
 * @example resetAfterMs("1795521630", headers, clock.now())
 */
export function resetAfterMs(text: string, headers: Headers, nowMs: number): number | undefined {
  const atMs = (epochMs: number): number => epochMs - (httpDate(headers.date ?? "") ?? nowMs);
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number >= epochMsFrom) return atMs(number);
    return number >= epochSecondsFrom ? atMs(number * 1_000) : number * 1_000;
  }
  const duration = withUnits(text);
  if (duration !== undefined) return duration;
  const at = httpDate(text) ?? isoDate(text);
  return at === undefined ? undefined : atMs(at);
}

/** An ISO 8601 date needs an offset: without one, nobody knows where it is meant. */
function isoDate(text: string): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|UTC|GMT|[+-]\d\d:?\d\d)$/.exec(text);
  if (parts === null) return undefined;
  const [, day, time, offset = ""] = parts;
  const at = Date.parse(`${day}T${time}${/^[+-]/.test(offset) ? offset : "Z"}`);
  if (Number.isNaN(at) || Number.isNaN(Date.parse(`${day}T00:00:00Z`))) return undefined;
  // Date.parse turns 30 February into 2 March: a day that does not exist is malformed.
  return new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().slice(0, 10) === day ? at : undefined;
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `6m0s`, `1h2m3.5s`, `20ms`: how Go writes durations, and with it several APIs. */
function withUnits(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[dhms])){1,5}$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
    sumMs += Number(count) * unitMs[unit as keyof typeof unitMs];
  return sumMs;
}
