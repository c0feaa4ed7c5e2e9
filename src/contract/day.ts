import type { z } from "zod";
import { checkOptions, checkText, type Declared, declared, refuse, shown } from "../model/options.ts";
import { dayProblem, isoDay, isoDayOf, shortMonths } from "./calendar.ts";
import { closestName, type DatePattern, datePattern } from "./date-pattern.ts";
import { exampleDays } from "./example-days.ts";
import { dayOfSerial, type ExcelSystem, serialOf } from "./excel-serial.ts";
import { numberForm } from "./number-form.ts";
import { empty, notA, Problem, reads } from "./reads.ts";

export interface DayOptions<F extends string = string> {
  /**
   * How a day is written, with YYYY, MM or M, MMM (`Feb`), DD or D; `"YYYY-MM-DD"` by default. `"excel"` takes the number that a spreadsheet stores
   * for a day (46081), `"excel-1904"` that of old Macintosh files.
   */
  format?: F;
  /** The first and the last day that may be meant, as ISO text: 1900 and 1970 are what spreadsheets and programs make of nothing. */
  min?: string;
  max?: string;
}

const known = { format: true, min: true, max: true } satisfies Record<keyof DayOptions, true>;
const hint = 'With YYYY, MM, M or MMM, and DD or D once each: "DD/MM/YYYY", "YYYY-MM-DD", "D.M.YYYY"; or "excel".';
const isoForm = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * A day in the calendar, without time or zone, as ISO text: `"2026-02-28"`. A day that there is not breaks the contract (`new Date` would make
 * 2 March of 30 February).
 *
 * @throws {WaybillError} `bad-definition` when the format cannot be read.
 * @example z.object({ from: day({ format: "DD/MM/YYYY" }) })
 */
export function day<const F extends string = "YYYY-MM-DD">(
  options: DayOptions<F> = {},
): z.ZodType<string, F extends ExcelSystem ? string | number : string> {
  const thing = declared("day()");
  checkOptions(thing, options, known);
  const format: string = options.format ?? "YYYY-MM-DD";
  const min = dayOption(thing, "min", options.min);
  const max = dayOption(thing, "max", options.max);
  if (min !== undefined && max !== undefined && min > max)
    refuse(thing, `min is "${min}", and max is "${max}", which is earlier.`);
  const isSerial = format === "excel" || format === "excel-1904";
  const form = isSerial ? undefined : dayPattern(thing, format);
  const read = form === undefined ? serialReading(format as ExcelSystem) : writtenReading(form, format);

  const days = exampleDays(min, max);
  const input = isSerial
    ? ({ type: ["integer", "string"], pattern: "^\\d+$", examples: days.map((iso) => serialOf(iso, format)) } as const)
    : ({
        type: "string",
        pattern: form?.form.source.replaceAll("\\s*", ""),
        examples: days.map((iso) => form?.write(iso)),
      } as const);
  return reads(input, (given) => {
    const made = read(given);
    return made instanceof Problem ? made : within(made, min, max);
  }) as never;
}

function dayPattern(thing: Declared, format: string): DatePattern {
  checkText(thing, "format", format, hint);
  const named = closestName(format, ["excel", "excel-1904"]);
  if (named !== undefined) refuse(thing, `format is ${shown(format)}, which is not known.`, `Did you mean "${named}"?`);
  return datePattern(thing, format, { needed: ["year", "month", "day"], hint, withTime: false });
}

function writtenReading({ form, parts }: DatePattern, format: string): (given: unknown) => string | Problem {
  const [yearAt, monthAt, dayAt] = (["year", "month", "day"] as const).map((part) => parts.indexOf(part) + 1) as [
    number,
    number,
    number,
  ];
  return (given) => {
    if (typeof given !== "string")
      return typeof given === "number" ? notWritten(String(given), format) : notA("text", given);
    const found = form.exec(given);
    if (found === null) return notWritten(given.trim(), format);
    const [year, month, day] = [Number(found[yearAt]), monthOf(found[monthAt] as string), Number(found[dayAt])];
    const problem = dayProblem(year, month, day);
    return problem === undefined ? isoDay(year, month, day) : new Problem(problem);
  };
}

/** A month by its number or its short name. */
export function monthOf(text: string): number {
  const code = text.charCodeAt(0);
  return code >= 0x30 && code <= 0x39 ? Number(text) : shortMonths.indexOf(text.toLowerCase()) + 1;
}

/** What spreadsheets make of days is worth a word. */
export function notWritten(given: string, format: string, what = "a day"): Problem {
  if (given === "") return empty;
  const number = /^\d+(\.\d+)?$/.test(given) ? Number(given) : undefined;
  const serial = number !== undefined && number > 20_000 && number < 80_000;
  return new Problem(
    `is not ${what} written as ${format}${serial ? `: it may be a spreadsheet's number for ${what}` : ""}`,
  );
}

function serialReading(system: ExcelSystem): (given: unknown) => string | Problem {
  const form = numberForm({});
  return (given) => {
    const digits = form.read(given, "is not a spreadsheet's number for a day");
    if (digits instanceof Problem) return digits;
    if (/[1-9]/.test(digits.fraction)) return new Problem("has a time of day, and a day without one is expected");
    const number = dayOfSerial(Number(digits.whole) * (digits.negative ? -1 : 1), system);
    return number instanceof Problem ? number : (isoDayOf(number) as string);
  };
}

function within(made: string, min: string | undefined, max: string | undefined): string | Problem {
  if (min !== undefined && made < min) return new Problem(`is ${made}, and days from ${min} on are expected`);
  if (max !== undefined && made > max) return new Problem(`is ${made}, and days up to ${max} are expected`);
  return made;
}

export function dayOption(thing: Declared, name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const found = typeof value === "string" ? isoForm.exec(value) : null;
  const [, year, month, day] = found ?? [];
  if (found === null || dayProblem(Number(year), Number(month), Number(day)) !== undefined)
    refuse(thing, `${name} is ${shown(value)}, and a day is expected.`, 'As ISO text: "2026-01-01".');
  return found[0];
}
