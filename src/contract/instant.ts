import type { z } from "zod";
import {
  checkOneOf,
  checkOptions,
  checkText,
  checkZone,
  type Declared,
  declared,
  refuse,
  shown,
} from "../model/options.ts";
import { isoInstant } from "./calendar.ts";
import { closestName, type DatePattern, datePattern } from "./date-pattern.ts";
import { dayOption, monthOf, notWritten } from "./day.ts";
import { exampleDays, exampleMs } from "./example-days.ts";
import { type ExcelSystem, serialOf } from "./excel-serial.ts";
import { hoursOf, type InstantReading, localMs, type Moment, momentAt, type Zoned } from "./moment.ts";
import { epochReading, netReading, serialReading } from "./numbered-moment.ts";
import { type InputSchema, notA, Problem, reads } from "./reads.ts";
import { clockIn } from "./zone.ts";

type Named = "iso" | "epoch-s" | "epoch-ms" | "/Date()/" | ExcelSystem;
const names: readonly string[] = ["iso", "epoch-s", "epoch-ms", "/Date()/", "excel", "excel-1904"] satisfies Named[];

export interface InstantOptions<F extends string = string> {
  /**
   * How an instant is written. `"iso"` (the default) is ISO 8601; `"epoch-s"` and `"epoch-ms"` are seconds and milliseconds since 1970;
   * `"/Date()/"` is what old .NET programs write; `"excel"` and `"excel-1904"` are the numbers of spreadsheets. Everything else is a pattern with YYYY,
   * MM, M or MMM, DD or D, HH or H, mm, and if there are any ss, SSS (a fraction), hh or h with A (AM and PM), Z (the offset from UTC).
   */
  format?: F;
  /** Whose clock it was, where what is written does not say: `"Australia/Perth"`, `"UTC"`. Without it, that breaks the contract. */
  zone?: string;
  /** Which one is meant of an hour that the zone's clock showed twice when it was put back. Without it, that hour breaks the contract. */
  twice?: "earlier" | "later";
  /** The first and the last day that may be meant, in UTC, as ISO text: 1970 is what programs make of nothing. */
  min?: string;
  max?: string;
}

const known = { format: true, zone: true, twice: true, min: true, max: true } satisfies Record<
  keyof InstantOptions,
  true
>;
const hint = `One of ${names.map((name) => `"${name}"`).join(", ")}, or a pattern, with MM for months and mm for minutes: "DD/MM/YYYY HH:mm", "YYYY-MM-DD hh:mm:ss A".`;
const isoForm =
  /^\s*(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?\s*$/;
const isoPattern = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:\\d{2})$";

/**
 * A moment, as ISO text in UTC: `"2026-02-28T09:05:00Z"`, with as many decimals of the second as there are, to the nanosecond. What is written without an
 * offset needs a `zone`; in it, an hour that the clock skipped breaks the contract, and so does one that it showed twice.
 *
 * @throws {WaybillError} `bad-definition` when the format cannot be read, a zone is missing, or there is no such zone.
 * @example z.object({ at: instant(), sold: instant({ format: "DD/MM/YYYY HH:mm", zone: "Australia/Perth" }) })
 */
export function instant<const F extends string = "iso">(
  options: InstantOptions<F> = {},
): z.ZodType<string, F extends ExcelSystem | "epoch-s" | "epoch-ms" ? string | number : string> {
  const thing = declared("instant()");
  checkOptions(thing, options, known);
  const format: string = options.format ?? "iso";
  checkText(thing, "format", format, hint);
  if (options.zone !== undefined) checkZone(thing, "zone", options.zone);
  if (options.twice !== undefined) checkOneOf(thing, "twice", options.twice, ["earlier", "later"]);
  const bounds = boundsOf(thing, options);
  const { input, read } = readingOf(thing, format, options);
  return reads(input, (given) => {
    const moment = read(given);
    return moment instanceof Problem ? moment : written(moment, bounds);
  }) as never;
}

function readingOf(thing: Declared, format: string, options: InstantOptions): InstantReading {
  const { zone, twice } = options;
  const days = daysOf(options);
  const zoned = zoneReading(thing, format, zone, twice);
  switch (format as Named) {
    case "iso":
      return { input: isoInput(zone, days), read: isoReading(zoned) };
    case "epoch-s":
      return { input: numberInput(days.map((day) => exampleMs(day) / 1_000)), read: epochReading(9, "seconds") };
    case "epoch-ms":
      return { input: numberInput(days.map(exampleMs)), read: epochReading(6, "milliseconds") };
    case "/Date()/":
      return {
        input: { type: "string", examples: days.map((day) => `/Date(${exampleMs(day)})/`) },
        read: netReading,
      };
    case "excel":
    case "excel-1904":
      return {
        input: numberInput(days.map((day) => serialOf(day, format as ExcelSystem) + 0.5)),
        read: serialReading(format as ExcelSystem, needsZone(thing, format, zoned)),
      };
    default:
      return patternReading(thing, format, zoned, days);
  }
}

/** In a zone, the first and the last day may be another one in UTC. */
function daysOf({ zone, min, max }: InstantOptions): readonly string[] {
  const days = exampleDays(min, max);
  return zone === undefined || (min === undefined && max === undefined) || days.length < 3 ? days : days.slice(1, -1);
}

const isoInput = (zone: string | undefined, days: readonly string[]): InputSchema => ({
  type: "string",
  ...(zone === undefined ? { format: "date-time" } : {}),
  pattern: zone === undefined ? isoPattern : isoPattern.replace(/\)\$$/, ")?$"),
  examples: days.map((day) => `${day}T17:05:09Z`),
});
const numberInput = (examples: readonly number[]): InputSchema => ({
  type: ["number", "string"],
  pattern: "^\\d+(?:\\.\\d+)?$",
  examples,
});

/** From what a clock showed to the moment; undefined without a zone. */
function zoneReading(
  thing: Declared,
  format: string,
  zone: string | undefined,
  twice: InstantOptions["twice"],
): Zoned | undefined {
  if (zone === undefined) {
    if (twice !== undefined) refuse(thing, "twice is said, and zone is not.", 'Such as zone: "Europe/Berlin".');
    return undefined;
  }
  if (format === "epoch-s" || format === "epoch-ms" || format === "/Date()/")
    refuse(thing, `zone is "${zone}", and ${format} counts in UTC.`, "Leave it out.");
  const clock = clockIn(zone);
  return (localMs) => {
    const at = clock(localMs);
    if (typeof at === "number") return at;
    if (at.kind === "once") return at.ms;
    if (at.kind === "skipped") return new Problem(`is a time that the clocks in ${zone} skipped that day`);
    if (twice !== undefined) return twice === "earlier" ? at.earlierMs : at.laterMs;
    return new Problem(`is a time that the clocks in ${zone} showed twice that day`);
  };
}

function needsZone(thing: Declared, format: string, zoned: Zoned | undefined): Zoned {
  return (
    zoned ??
    refuse(
      thing,
      `format is ${shown(format)}, which says no zone, and "zone" is missing.`,
      'Whose clock it was: zone: "Australia/Perth", "UTC".',
    )
  );
}

function isoReading(zoned: Zoned | undefined): InstantReading["read"] {
  return (given) => {
    if (typeof given !== "string") return notA("text", given);
    const found = isoForm.exec(given);
    if (found === null) return notWritten(given.trim(), "2026-02-28T17:05:09Z", "a time");
    const [, year, month, day, hour, minute, second = "0", fraction = "", offset] = found;
    const local = localMs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
    if (local instanceof Problem) return local;
    return momentAt(local, fraction, offset, zoned);
  };
}

function patternReading(
  thing: Declared,
  format: string,
  zoned: Zoned | undefined,
  days: readonly string[],
): InstantReading {
  const named = closestName(format, names);
  if (named !== undefined) refuse(thing, `format is ${shown(format)}, which is not known.`, `Did you mean "${named}"?`);
  const pattern = datePattern(thing, format, {
    needed: ["year", "month", "day", "hour", "minute"],
    hint,
    withTime: true,
  });
  if (!pattern.parts.includes("offset")) needsZone(thing, format, zoned);
  const input = {
    type: "string",
    pattern: pattern.form.source.replaceAll("\\s*", ""),
    examples: days.map(pattern.write),
  } as const;
  return { input, read: writtenReading(pattern, format, zoned) };
}

function writtenReading(
  { form, parts, halves }: DatePattern,
  format: string,
  zoned: Zoned | undefined,
): InstantReading["read"] {
  const at = (part: DatePattern["parts"][number]): number => parts.indexOf(part) + 1;
  const [year, month, day] = [at("year"), at("month"), at("day")];
  const [hour, half, minute, second, fraction, offset] = [
    at("hour"),
    at("half"),
    at("minute"),
    at("second"),
    at("fraction"),
    at("offset"),
  ];
  return (given) => {
    if (typeof given !== "string")
      return typeof given === "number" ? notWritten(String(given), format, "a time") : notA("text", given);
    const found = form.exec(given);
    if (found === null) return notWritten(given.trim(), format, "a time");
    const hours = halves ? hoursOf(Number(found[hour]), found[half] as string) : Number(found[hour]);
    if (hours instanceof Problem) return hours;
    const seconds = second === 0 ? 0 : Number(found[second]);
    const local = localMs(
      Number(found[year]),
      monthOf(found[month] as string),
      Number(found[day]),
      hours,
      Number(found[minute]),
      seconds,
    );
    if (local instanceof Problem) return local;
    return momentAt(
      local,
      fraction === 0 ? "" : (found[fraction] as string),
      offset === 0 ? undefined : found[offset],
      zoned,
    );
  };
}

interface Bounds {
  readonly min: string | undefined;
  /** The day after the last, so that text can be compared. */
  readonly max: string | undefined;
}

function boundsOf(thing: Declared, options: InstantOptions): Bounds {
  const min = dayOption(thing, "min", options.min);
  const max = dayOption(thing, "max", options.max);
  if (min !== undefined && max !== undefined && min > max)
    refuse(thing, `min is "${min}", and max is "${max}", which is earlier.`);
  return { min, max };
}

function written({ ms, nanos }: Moment, { min, max }: Bounds): string | Problem {
  const made = isoInstant(ms, nanos);
  if (made === undefined) return new Problem("is outside the years 1 to 9999");
  if (min !== undefined && made < min) return new Problem(`is ${made}, and times from ${min} on are expected`);
  if (max !== undefined && made.slice(0, 10) > max)
    return new Problem(`is ${made}, and times up to ${max} are expected`);
  return made;
}
