import { isRawNumber } from "../model/number-text.ts";
import { checkOneOf, type Declared, refuse, shown } from "../model/options.ts";
import { empty, notA, Problem } from "./reads.ts";

// How numbers are written, and what they are, digit by digit: nothing here passes through a double, which holds 15 digits. Which sign separates decimals
// and which one thousands differs between countries, and "1.234" is two numbers: what is not declared breaks the contract.

export interface NumberOptions {
  /** What stands before the decimals; `"."` by default. */
  decimal?: "." | ",";
  /** What stands between thousands, if anything may: without it `"1,234"` breaks the contract instead of being guessed at. */
  group?: "," | "." | " " | "'";
  /** How a negative number is written in text: `-5` by default, `(5)` with `"parentheses"`, `5-` with `"trailing"`. Numbers have their own sign. */
  negative?: "minus" | "parentheses" | "trailing";
}

/** A number by its digits, without zeros in front. */
export interface Digits {
  readonly negative: boolean;
  /** At least one digit. */
  readonly whole: string;
  readonly fraction: string;
}

export const numberOptions: Readonly<Record<keyof NumberOptions, true>> = {
  decimal: true,
  group: true,
  negative: true,
};

export function checkNumberOptions(thing: Declared, { decimal = ".", group, negative }: NumberOptions): void {
  checkOneOf(thing, "decimal", decimal, [".", ","]);
  if (group !== undefined) checkOneOf(thing, "group", group, [",", ".", " ", "'"]);
  if (negative !== undefined) checkOneOf(thing, "negative", negative, ["minus", "parentheses", "trailing"]);
  if (group === decimal)
    refuse(thing, `decimal and group are both ${shown(decimal)}.`, "Nobody could tell 1,234 from 1.234.");
}

/** Spaces that do not break and the typographic apostrophe are the same signs, better set. */
const groupSigns = { ",": ",", ".": ".", " ": " \u00a0\u202f", "'": "'\u2019" } as const;
const jsonForm = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** A number of more digits than this is an attack, not an amount. */
const digitsMax = 1_000;

export interface NumberForm {
  /** For JSON Schema: of any number, and of one without decimals. */
  readonly pattern: string;
  readonly wholePattern: string;
  /** @returns a number by its digits, or what is wrong with it as a complaint that `what` begins: `is not an amount written like 0.00`. */
  read(given: unknown, what: string): Digits | Problem;
}

export function numberForm({ decimal = ".", group, negative = "minus" }: NumberOptions): NumberForm {
  const digits = group === undefined ? "\\d+" : `(?:\\d{1,3}(?:[${groupSigns[group]}]\\d{3})+|\\d+)`;
  const signed = (amount: string): string =>
    ({ minus: `([+-]?)${amount}`, trailing: `${amount}(-?)`, parentheses: `(\\(?)${amount}(\\)?)` })[negative];
  const pattern = signed(`(${digits})(?:[${decimal}](\\d+))?`);
  const form = new RegExp(`^\\s*${pattern}\\s*$`);

  function match(text: string): Digits | undefined {
    const found = form.exec(text);
    if (found === null) return undefined;
    const [, first = "", second = "", third = "", fourth = ""] = found;
    if (negative === "trailing") return digitsOf(third === "-", first, second);
    if (negative === "minus") return digitsOf(first === "-", second, third);
    return (first === "(") === (fourth === ")") ? digitsOf(first === "(", second, third) : undefined;
  }

  const digitsOf = (minus: boolean, whole: string, fraction: string): Digits => ({
    negative: minus,
    whole: withoutZeros(group === undefined ? whole : whole.replaceAll(/\D/g, "")),
    fraction,
  });

  return {
    pattern: `^${pattern}$`,
    wholePattern: `^${signed(`(${digits})`)}$`,
    read(given, what) {
      if (typeof given === "string") {
        if (given.length > digitsMax) return new Problem(`${what}: it has ${given.length} characters`);
        return match(given) ?? unlike(given, what, { decimal, group });
      }
      return numberDigits(given) ?? notA("a number", given);
    },
  };
}

/** The digits of a number that JSON held or a program gave, exponents carried out. */
function numberDigits(given: unknown): Digits | Problem | undefined {
  if (typeof given === "number") {
    if (Number.isSafeInteger(given)) return { negative: given < 0, whole: String(Math.abs(given)), fraction: "" };
    return Number.isFinite(given) ? jsonDigits(String(given)) : new Problem(`is ${given}, which is no number`);
  }
  if (typeof given === "bigint") return jsonDigits(String(given));
  return isRawNumber(given) ? jsonDigits(given.rawJSON) : undefined;
}

function jsonDigits(text: string): Digits | Problem | undefined {
  const found = jsonForm.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = found;
  const shift = Number(exponent);
  if (text.length > digitsMax || Math.abs(shift) > digitsMax) return new Problem(`has more than ${digitsMax} digits`);
  const all = `${"0".repeat(Math.max(0, -shift))}${whole}${fraction}${"0".repeat(Math.max(0, shift))}`;
  const point = all.length - (fraction.length + Math.max(0, shift)) + shift;
  const decimals = all.slice(point);
  return {
    negative: sign === "-",
    whole: withoutZeros(all.slice(0, point)),
    fraction: /^0*$/.test(decimals) ? "" : decimals,
  };
}

/** Why text is no number, where that can be told. */
function unlike(
  text: string,
  what: string,
  { decimal, group }: { decimal: string; group: NumberOptions["group"] | undefined },
): Problem {
  const trimmed = text.trim();
  if (trimmed === "") return empty;
  if (/^[+-]?\d+(?:[.,]\d+)?E[+-]?\d+$/i.test(trimmed)) {
    return new Problem(
      `${what}: it is written with an exponent, as spreadsheets write long numbers when they drop digits`,
    );
  }
  const known = `0123456789+-${decimal}${group === undefined ? "" : groupSigns[group]}`;
  for (const character of trimmed) {
    if (!known.includes(character)) return new Problem(`${what}: it holds ${JSON.stringify(character)}`);
  }
  const grouped = group !== undefined && [...groupSigns[group]].some((sign) => trimmed.includes(sign));
  return new Problem(grouped ? `${what}: ${JSON.stringify(group)} stands where no thousands end` : what);
}

function withoutZeros(whole: string): string {
  return whole.charCodeAt(0) === 0x30 && whole.length > 1 ? whole.replace(/^0+(?=\d)/, "") : whole;
}

/** Below, above or equal: by digits, so that 0.1 + 0.2 plays no part. */
export function compareDigits(one: Digits, other: Digits): number {
  const [left, right] = [zeroless(one), zeroless(other)];
  if (left.negative !== right.negative) return left.negative ? -1 : 1;
  const size =
    left.whole.length - right.whole.length ||
    compareText(left.whole, right.whole) ||
    compareText(left.fraction, right.fraction);
  return left.negative ? -size : size;
}

function zeroless({ negative, whole, fraction }: Digits): Digits {
  const trimmed = fraction.replace(/0+$/, "");
  return { negative: negative && !(whole === "0" && trimmed === ""), whole, fraction: trimmed };
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const plain = numberForm({});

/** A bound that a declaration names, as a number or as text for more digits than a double holds. */
export function boundOf(thing: Declared, name: string, value: unknown): Digits | undefined {
  if (value === undefined) return undefined;
  const read = plain.read(value, "is no number");
  if (!(read instanceof Problem)) return read;
  refuse(thing, `${name} is ${shown(value)}, and a number is expected.`, 'Such as 0, 1.5 or "0.001".');
}

/** Refuses bounds that nothing could lie between. */
export function checkBounds(
  thing: Declared,
  options: { min?: unknown; max?: unknown },
): (digits: Digits) => Problem | undefined {
  const min = boundOf(thing, "min", options.min);
  const max = boundOf(thing, "max", options.max);
  if (min !== undefined && max !== undefined && compareDigits(min, max) > 0)
    refuse(thing, `min is ${shown(options.min)}, and max is ${shown(options.max)}, which is less.`);
  return (digits: Digits): Problem | undefined => {
    if (min !== undefined && compareDigits(digits, min) < 0)
      return new Problem(`is less than ${String(options.min)}, which is the least that is expected`);
    if (max !== undefined && compareDigits(digits, max) > 0)
      return new Problem(`is more than ${String(options.max)}, which is the most that is expected`);
    return undefined;
  };
}

/** The bounds of numbers as JSON Schema, as far as a double holds them. */
export function boundKeywords({ min, max }: { min?: unknown; max?: unknown }): { minimum?: number; maximum?: number } {
  return {
    ...(min === undefined ? {} : { minimum: Number(min) }),
    ...(max === undefined ? {} : { maximum: Number(max) }),
  };
}

/** Those of the usual numbers that may be; where none may, a bound. */
export function examplesBetween(
  { min, max }: { min?: unknown; max?: unknown },
  usual: readonly number[],
): readonly number[] {
  const [least, most] = [Number(min ?? Number.NEGATIVE_INFINITY), Number(max ?? Number.POSITIVE_INFINITY)];
  const within = usual.filter((number) => number >= least && number <= most);
  return within.length > 0 ? within : [Number(min ?? max)];
}

/** Zeros apart, whether there are more decimals than `places`. */
export function hasMorePlaces({ fraction }: Digits, places: number): boolean {
  return fraction.length > places && /[1-9]/.test(fraction.slice(places));
}
