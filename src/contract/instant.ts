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
import { dayMs, dayNumber, dayProblem, isoInstant, timeProblem } from "./calendar.ts";
import { closestName, type DatePattern, datePattern } from "./date-pattern.ts";
import { dayOption, monthOf, notWritten } from "./day.ts";
import { dayOfSerial, type ExcelSystem } from "./excel-serial.ts";
import { type Digits, numberForm } from "./number-form.ts";
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
const netForm = /^\s*\\?\/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\\?\/\s*$/;

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

interface Moment {
  readonly ms: number;
  /** What is finer than the second. */
  readonly nanos: number;
}

interface InstantReading {
  readonly input: InputSchema;
  readonly read: (given: unknown) => Moment | Problem;
}

function readingOf(thing: Declared, format: string, { zone, twice }: InstantOptions): InstantReading {
  const zoned = zoneReading(thing, format, zone, twice);
  switch (format as Named) {
    case "iso":
      return { input: isoInput(zone), read: isoReading(zoned) };
    case "epoch-s":
      return { input: numberInput(1_772_269_509), read: epochReading(9, "seconds") };
    case "epoch-ms":
      return { input: numberInput(1_772_269_509_000), read: epochReading(6, "milliseconds") };
    case "/Date()/":
      return { input: { type: "string", examples: ["/Date(1772269509000)/"] }, read: netReading };
    case "excel":
    case "excel-1904":
      return {
        input: numberInput(46_081.5),
        read: serialReading(format as ExcelSystem, needsZone(thing, format, zoned)),
      };
    default:
      return patternReading(thing, format, zoned);
  }
}

const isoInput = (zone: string | undefined): InputSchema => ({
  type: "string",
  ...(zone === undefined ? { format: "date-time" } : {}),
  pattern: zone === undefined ? isoPattern : isoPattern.replace(/\)\$$/, ")?$"),
  examples: ["2026-02-28T17:05:09Z"],
});
const numberInput = (example: number): InputSchema => ({
  type: ["number", "string"],
  pattern: "^\\d+(?:\\.\\d+)?$",
  examples: [example],
});

type Zoned = (localMs: number) => number | Problem;

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

function patternReading(thing: Declared, format: string, zoned: Zoned | undefined): InstantReading {
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
    examples: [pattern.example],
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

/** 12 AM is midnight, and 12 PM is noon. */
function hoursOf(hour: number, half: string): number | Problem {
  if (hour < 1 || hour > 12) return new Problem(`there is no hour ${hour} ${half.toUpperCase()}`);
  return (hour % 12) + (half.toLowerCase().startsWith("p") ? 12 : 0);
}

function localMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | Problem {
  const problem = dayProblem(year, month, day) ?? timeProblem(hour, minute, second);
  if (problem !== undefined) return new Problem(problem);
  return dayNumber(year, month, day) * dayMs + ((hour * 60 + minute) * 60 + second) * 1_000;
}

function momentAt(
  local: number,
  fraction: string,
  offset: string | undefined,
  zoned: Zoned | undefined,
): Moment | Problem {
  const nanos = fraction === "" ? 0 : Number(fraction.padEnd(9, "0"));
  if (offset !== undefined) {
    const ms = offsetMs(offset);
    return ms === undefined ? new Problem(`there is no offset ${offset}`) : { ms: local - ms, nanos };
  }
  if (zoned === undefined)
    return new Problem("does not say its zone: Z or an offset such as +02:00 is expected at its end");
  const ms = zoned(local);
  return typeof ms === "number" ? { ms, nanos } : ms;
}

function offsetMs(offset: string): number | undefined {
  if (offset === "Z" || offset === "z") return 0;
  const digits = offset.slice(1).replace(":", "");
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (hours > 18 || minutes > 59) return undefined;
  return (offset.charCodeAt(0) === 0x2d ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** @param places decimals of the unit down to the nanosecond: 9 for seconds, 6 for milliseconds. */
function epochReading(places: 9 | 6, unit: string): InstantReading["read"] {
  const form = numberForm({});
  return (given) => {
    const digits = form.read(given, `is not a number of ${unit} since 1970`);
    if (digits instanceof Problem) return digits;
    if (digits.fraction.length > places && /[1-9]/.test(digits.fraction.slice(places)))
      return new Problem("is finer than a nanosecond");
    return epochMoment(digits, places) ?? new Problem(`is no number of ${unit} since 1970 within the years 1 to 9999`);
  };
}

function epochMoment({ negative, whole, fraction }: Digits, places: 9 | 6): Moment | undefined {
  if (whole.length > 15) return undefined;
  const sign = negative ? -1 : 1;
  const units = Number(whole) * sign;
  const finer = (fraction === "" ? 0 : Number(fraction.slice(0, places).padEnd(places, "0"))) * sign;
  // Seconds and what is finer; before 1970 both are negative, and the second is the one before.
  const seconds = places === 9 ? units : Math.trunc(units / 1_000);
  const nanos = places === 9 ? finer : (units % 1_000) * 1_000_000 + finer;
  return nanos < 0 ? { ms: (seconds - 1) * 1_000, nanos: nanos + 1_000_000_000 } : { ms: seconds * 1_000, nanos };
}

/** The offset in it only says where it was written: the number is in UTC. */
const netReading: InstantReading["read"] = (given) => {
  if (typeof given !== "string") return notA("text", given);
  const found = netForm.exec(given);
  if (found === null) return notWritten(given.trim(), "/Date(1772269509000)/", "a time");
  const [, ms = ""] = found;
  const digits: Digits = { negative: ms.startsWith("-"), whole: ms.replace(/^-?0*(?=\d)/, ""), fraction: "" };
  return epochMoment(digits, 6) ?? new Problem("is outside the years 1 to 9999");
};

/** Spreadsheets keep times to the millisecond; what is finer is the rounding of their doubles. */
function serialReading(system: ExcelSystem, zoned: Zoned): InstantReading["read"] {
  const form = numberForm({});
  return (given) => {
    const digits = form.read(given, "is not a spreadsheet's number for a time");
    if (digits instanceof Problem) return digits;
    const day = dayOfSerial(Number(digits.whole) * (digits.negative ? -1 : 1), system);
    if (day instanceof Problem) return day;
    const ofDayMs = digits.fraction === "" ? 0 : Math.round(Number(`0.${digits.fraction}`) * dayMs);
    const ms = zoned(day * dayMs + ofDayMs);
    return typeof ms === "number" ? { ms, nanos: (((ms % 1_000) + 1_000) % 1_000) * 1_000_000 } : ms;
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
