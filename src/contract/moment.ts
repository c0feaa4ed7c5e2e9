import { dayMs, dayNumber, dayProblem, timeProblem } from "./calendar.ts";
import { type InputSchema, Problem } from "./reads.ts";

export interface Moment {
  readonly ms: number;
  /** What is finer than the second. */
  readonly nanos: number;
}

export interface InstantReading {
  readonly input: InputSchema;
  readonly read: (given: unknown) => Moment | Problem;
}

/** From what a clock showed to the moment. */
export type Zoned = (localMs: number) => number | Problem;

/** 12 AM is midnight, and 12 PM is noon. */
export function hoursOf(hour: number, half: string): number | Problem {
  if (hour < 1 || hour > 12) return new Problem(`there is no hour ${hour} ${half.toUpperCase()}`);
  return (hour % 12) + (half.toLowerCase().startsWith("p") ? 12 : 0);
}

export function localMs(
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

export function momentAt(
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
