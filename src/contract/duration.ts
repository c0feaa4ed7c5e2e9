import type { z } from "zod";
import { didYouMean } from "../model/did-you-mean.ts";
import { checkOptions, declared, refuse, shown } from "../model/options.ts";
import { hasMorePlaces, numberForm } from "./number-form.ts";
import { type InputSchema, Problem, reads, readsText } from "./reads.ts";

type Unit = "ms" | "s" | "m" | "h" | "d";
type Clock = "h:mm" | "h:mm:ss" | "m:ss";
const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const satisfies Record<Unit, number>;
const clocks = {
  "h:mm": { form: /^(\d{1,6}):([0-5]\d)$/, ms: [units.h, units.m], example: "1:30" },
  "h:mm:ss": { form: /^(\d{1,6}):([0-5]\d):([0-5]\d)$/, ms: [units.h, units.m, units.s], example: "1:30:00" },
  "m:ss": { form: /^(\d{1,6}):([0-5]\d)$/, ms: [units.m, units.s], example: "1:30" },
} as const satisfies Record<Clock, unknown>;
const formats: readonly string[] = ["iso", ...Object.keys(units), ...Object.keys(clocks)];

export interface DurationOptions<F extends string = "iso" | Unit | Clock> {
  /**
   * How a length of time is written: `"iso"` (the default) is ISO 8601 (`PT1H30M`); `"ms"`, `"s"`, `"m"`, `"h"`, `"d"` a number of that unit; `"h:mm"`,
   * `"h:mm:ss"` and `"m:ss"` as on a clock. `"1:30"` is two lengths of time, so it is not guessed.
   */
  format?: F;
}

const isoForm = /^P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,3}))?S)?)?)$/i;

/**
 * A length of time, in whole milliseconds. Years and months of ISO 8601 break the contract, because they have no fixed length; a day has 24 hours.
 *
 * @throws {WaybillError} `bad-definition` when the format is unknown.
 * @example z.object({ worked: duration({ format: "h:mm" }) }) // "7:45" gives 27_900_000
 */
export function duration<const F extends "iso" | Unit | Clock = "iso">(
  options: DurationOptions<F> = {},
): z.ZodType<number, F extends Unit ? string | number : string> {
  const thing = declared("duration()");
  checkOptions(thing, options, { format: true } satisfies Record<keyof DurationOptions, true>);
  const format: string = options.format ?? "iso";
  if (!formats.includes(format))
    refuse(thing, `format is ${shown(options.format)}.`, didYouMean(format, formats, "formats"));
  if (format in units) return unitDuration(units[format as Unit], format) as never;
  if (format in clocks) return clockDuration(format as Clock) as never;
  return readsText({ format: "duration", examples: ["PT1H30M", "PT45S", "P1DT2H", "P2W", "PT0.5S"] }, isoMs) as never;
}

function unitDuration(unitMs: number, unit: string): z.ZodType<number, string | number> {
  const form = numberForm({});
  const input: InputSchema = {
    type: ["number", "string"],
    pattern: form.pattern,
    minimum: 0,
    examples: [1, 2, 15, 90],
  };
  return reads(input, (given) => {
    const digits = form.read(given, `is not a number of ${unit}`);
    if (digits instanceof Problem) return digits;
    if (digits.negative && /[1-9]/.test(digits.whole + digits.fraction)) return new Problem("is less than nothing");
    const thousandths = BigInt(digits.whole + digits.fraction.slice(0, 12).padEnd(12, "0")) * BigInt(unitMs);
    if (hasMorePlaces(digits, 12) || thousandths % 1_000_000_000_000n !== 0n)
      return new Problem("is finer than a millisecond");
    return wholeMs(Number(thousandths / 1_000_000_000_000n));
  });
}

function clockDuration(format: Clock): z.ZodType<number, string> {
  const { form, ms, example } = clocks[format];
  return readsText({ pattern: form.source, examples: [example] }, (given) => {
    const found = form.exec(given);
    if (found === null) return new Problem(`is not a length of time written as ${format}`);
    let sum = 0;
    for (const [at, each] of ms.entries()) sum += Number(found[at + 1]) * each;
    return sum;
  });
}

function isoMs(given: string): number | Problem {
  const found = isoForm.exec(given);
  if (found === null || /[PT]$/i.test(given)) {
    const calendar = /^P\d+[YM]/i.test(given) ? ": years and months have no fixed length" : "";
    return new Problem(`is not a length of time written like PT1H30M${calendar}`);
  }
  const [, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0, fraction = ""] = found;
  const wholeDays = Number(weeks) * 7 + Number(days);
  const ofSeconds = Number(seconds) * units.s + Number(fraction.padEnd(3, "0"));
  return wholeMs(wholeDays * units.d + Number(hours) * units.h + Number(minutes) * units.m + ofSeconds);
}

function wholeMs(ms: number): number | Problem {
  return Number.isSafeInteger(ms) ? ms : new Problem("is too long to be kept exactly");
}
