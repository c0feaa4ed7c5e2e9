import { closest, didYouMean } from "./did-you-mean.ts";
import { type Duration, durationMs } from "./duration.ts";
import { type ErrorCode, WaybillError } from "./errors.ts";

// What a user declares is checked at once, while the stack still points at the line that declared it. Every complaint begins with the name of
// the thing, says what is wrong with it, and hints at the next step.

/** The declared thing that is being checked, as a complaint names it: `integration "orders"`. */
export interface Declared {
  readonly name: string;
  readonly code: ErrorCode;
}

export function declared(name: string, code: ErrorCode = "bad-definition"): Declared {
  return { name, code };
}

export function refuse(thing: Declared, problem: string, hint?: string): never {
  throw new WaybillError(thing.code, `${thing.name}: ${problem}`, hint);
}

/** The names that an option object may have. Written with `satisfies Record<keyof Options, true>`, so that no option is forgotten. */
export type Known = Readonly<Record<string, true>>;

/** Refuses what is not an object, and the first option that nobody knows. */
export function checkOptions(thing: Declared, options: unknown, known: Known, part = ""): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    refuse(thing, `${part === "" ? "its options are" : `${part} is`} ${shown(options)}, and an object is expected.`);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) refuseUnknown(thing, name, known, part);
  }
}

export function refuseUnknown(thing: Declared, name: string, known: Known, part = ""): never {
  const where = part === "" ? "there is no option" : `${part} has no option`;
  refuse(thing, `${where} "${name}".`, didYouMean(name, Object.keys(known), "options"));
}

/** `undefined` under a name counts as left out. */
export function checkRequired(
  thing: Declared,
  options: object,
  names: Readonly<Record<string, string>>,
  part = "",
): void {
  for (const [name, why] of Object.entries(names)) {
    if ((options as Readonly<Record<string, unknown>>)[name] !== undefined) continue;
    refuse(thing, `"${part === "" ? name : `${part}.${name}`}" is missing.`, why);
  }
}

export function checkFunction(thing: Declared, name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    refuse(thing, `${name} is ${shown(value)}, and a function is expected.`);
  }
}

/** A function whose result is used at once: an async one would give a promise, which is always true and never an id. */
export function checkPlainFunction(thing: Declared, name: string, value: unknown): void {
  checkFunction(thing, name, value);
  if (typeof value === "function" && value.constructor.name === "AsyncFunction") {
    refuse(
      thing,
      `${name} is an async function, and its result is needed at once.`,
      `Do what has to wait in "deliver" or "load".`,
    );
  }
}

export function checkBoolean(thing: Declared, name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean")
    refuse(thing, `${name} is ${shown(value)}, and true or false is expected.`);
}

export function checkText(thing: Declared, name: string, value: unknown, hint?: string): void {
  if (typeof value !== "string") refuse(thing, `${name} is ${shown(value)}, and text is expected.`, hint);
  if (value.trim() === "") refuse(thing, `${name} is empty.`, hint);
}

export function checkOneOf(thing: Declared, name: string, value: unknown, choices: readonly string[]): void {
  if (typeof value === "string" && choices.includes(value)) return;
  const hint =
    typeof value === "string" ? didYouMean(value, choices, "choices") : `The choices are: ${choices.join(", ")}.`;
  refuse(thing, `${name} is ${shown(value)}.`, hint);
}

export function checkWhole(
  thing: Declared,
  name: string,
  value: unknown,
  range: { min: number; max: number },
  hint?: string,
): void {
  if (typeof value !== "number" || !Number.isInteger(value) || value < range.min || value > range.max) {
    refuse(
      thing,
      `${name} is ${shown(value)}, and a whole number from ${range.min} to ${range.max} is expected.`,
      hint,
    );
  }
}

/** A duration in milliseconds, or `otherwise` where it is left out. */
export function durationOption(
  thing: Declared,
  name: string,
  value: unknown,
  otherwise: Duration,
  range: { min: Duration; max: Duration },
): number {
  const given = (value === undefined ? otherwise : value) as Duration;
  const what = `${thing.name}: ${name}`;
  let ms: number;
  try {
    ms = durationMs(given, what);
  } catch (thrown) {
    if (thrown instanceof WaybillError) throw new WaybillError(thing.code, thrown.message, thrown.hint);
    throw thrown;
  }
  if (ms < durationMs(range.min) || ms > durationMs(range.max)) {
    refuse(thing, `${name} is "${given}", and from "${range.min}" to "${range.max}" is expected.`);
  }
  return ms;
}

const nameForm = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/** Names stand in addresses, metrics, file names and other systems' keys, so they keep to what is safe in all of them. */
export function checkName(thing: Declared, name: unknown): void {
  if (typeof name === "string" && nameForm.test(name)) return;
  const suggestion =
    typeof name === "string"
      ? name
          .toLowerCase()
          .replaceAll(/[^a-z0-9._-]+/g, "-")
          .replaceAll(/^[._-]+|-+$/g, "")
          .slice(0, 100)
      : "";
  refuse(
    thing,
    `${shown(name)} cannot be a name.`,
    `A name has lower-case letters, digits, "-", "_" and ".", begins with a letter or digit, and is at most 100 long${
      suggestion === "" ? "" : `: "${suggestion}"`
    }.`,
  );
}

/** A time zone as the system knows it: `Australia/Perth`, `UTC`. */
export function checkZone(thing: Declared, name: string, value: unknown): void {
  checkText(thing, name, value);
  try {
    new Intl.DateTimeFormat("en", { timeZone: value as string });
  } catch {
    const meant = closest(value as string, Intl.supportedValuesOf("timeZone"));
    refuse(
      thing,
      `${name} is ${shown(value)}, which is no time zone.`,
      meant === undefined ? 'Write it as in "UTC", "Australia/Perth" or "Europe/Berlin".' : `Did you mean "${meant}"?`,
    );
  }
}

/** What somebody wrote, in a few words: `"5 minutes"`, `42`, `a function`, `nothing`. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return value === null ? "null" : "nothing";
  if (typeof value === "string")
    return value.length <= 60 ? JSON.stringify(value) : `${JSON.stringify(value.slice(0, 57))}…`;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Promise) return "a promise";
  return typeof value === "function" ? "a function" : typeof value === "symbol" ? "a symbol" : "an object";
}
