import type { z } from "zod";
import { rawNumber } from "../model/number-text.ts";
import { checkBoolean, checkOptions, checkWhole, declared } from "../model/options.ts";
import {
  boundKeywords,
  checkBounds,
  checkNumberOptions,
  type Digits,
  examplesBetween,
  hasMorePlaces,
  type NumberOptions,
  numberForm,
  numberOptions,
} from "./number-form.ts";
import { Problem, reads } from "./reads.ts";

export interface DecimalOptions extends NumberOptions {
  /** A number, or text where a double would not hold it. */
  min?: number | string;
  max?: number | string;
  /** At most so many decimals, zeros apart, and written with exactly so many: `"12.50"` for 2. */
  places?: number;
  /** Takes `"1.5E-3"` in text too. Without it that breaks the contract: spreadsheets write so when they have dropped digits. */
  exponent?: boolean;
}

const known = { ...numberOptions, min: true, max: true, places: true, exponent: true } satisfies Record<
  keyof DecimalOptions,
  true
>;
const exponentForm = /^\s*[+-]?\d+(?:\.\d+)?[eE][+-]?\d+\s*$/;

/**
 * A decimal number of any length, exactly: as text with a point, without zeros that say nothing (`"0012,50"` is `"12.5"`), because a double holds 15
 * digits and no tenth.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 * @example z.object({ weight: decimal({ min: 0, decimal: "," }), rate: decimal({ places: 4 }) })
 */
export function decimal(options: DecimalOptions = {}): z.ZodType<string, string | number | bigint> {
  const thing = declared("decimal()");
  checkOptions(thing, options, known);
  checkNumberOptions(thing, options);
  const { places, exponent, decimal: sign = "." } = options;
  if (places !== undefined) checkWhole(thing, "places", places, { min: 0, max: 100 });
  checkBoolean(thing, "exponent", exponent);
  const beyond = checkBounds(thing, options);
  const form = numberForm(options);
  const what = `is not a number written like 0${sign}${"0".repeat(places ?? 2)}`.replace(/[.,]$/, "");

  function read(given: unknown): string | Problem {
    const withExponent = exponent === true && typeof given === "string" && exponentForm.test(given);
    const digits = form.read(withExponent ? rawNumber(jsonText(given)) : given, what);
    if (digits instanceof Problem) return digits;
    if (places !== undefined && hasMorePlaces(digits, places))
      return new Problem(`has more than ${places} decimals, and at most ${places} are expected`);
    return beyond(digits) ?? written(digits, places);
  }

  const bounds = boundKeywords(options);
  return reads(
    { type: ["string", "number"], pattern: form.pattern, ...bounds, examples: examplesOf(options, sign) },
    read,
  );
}

/** JSON has no plus sign and no zeros in front. */
function jsonText(given: string): string {
  return given
    .trim()
    .replace(/^\+/, "")
    .replace(/^(-?)0+(?=\d)/, "$1");
}

function written({ negative, whole, fraction }: Digits, places: number | undefined): string {
  const decimals = places === undefined ? fraction.replace(/0+$/, "") : fraction.slice(0, places).padEnd(places, "0");
  const amount = decimals === "" ? whole : `${whole}.${decimals}`;
  return negative && /[1-9]/.test(amount) ? `-${amount}` : amount;
}

function examplesOf(options: DecimalOptions, sign: string): readonly string[] {
  const usual = options.places === 0 ? [1, 2, 12, 40, 125, 1_000] : [1.5, 0.1, 2, 12.5, 49.9, 1_000];
  return examplesBetween(options, usual).map((example) => String(example).replace(".", sign));
}
