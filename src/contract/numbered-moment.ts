import { dayMs } from "./calendar.ts";
import { notWritten } from "./day.ts";
import { dayOfSerial, type ExcelSystem } from "./excel-serial.ts";
import type { InstantReading, Moment, Zoned } from "./moment.ts";
import { type Digits, numberForm } from "./number-form.ts";
import { notA, Problem } from "./reads.ts";

// Moments that are written as one number: counted from 1970, or as spreadsheets count.

const netForm = /^\s*\\?\/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\\?\/\s*$/;

/** @param places decimals of the unit down to the nanosecond: 9 for seconds, 6 for milliseconds. */
export function epochReading(places: 9 | 6, unit: string): InstantReading["read"] {
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
export const netReading: InstantReading["read"] = (given) => {
  if (typeof given !== "string") return notA("text", given);
  const found = netForm.exec(given);
  if (found === null) return notWritten(given.trim(), "/Date(1772269509000)/", "a time");
  const [, ms = ""] = found;
  const digits: Digits = { negative: ms.startsWith("-"), whole: ms.replace(/^-?0*(?=\d)/, ""), fraction: "" };
  return epochMoment(digits, 6) ?? new Problem("is outside the years 1 to 9999");
};

/** Spreadsheets keep times to the millisecond; what is finer is the rounding of their doubles. */
export function serialReading(system: ExcelSystem, zoned: Zoned): InstantReading["read"] {
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
