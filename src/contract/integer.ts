import type { z } from "zod";
import { checkBoolean, checkOptions, declared } from "../model/options.ts";
import {
  boundKeywords,
  checkBounds,
  checkNumberOptions,
  examplesBetween,
  hasMorePlaces,
  type NumberOptions,
  numberForm,
  numberOptions,
} from "./number-form.ts";
import { Problem, reads } from "./reads.ts";

export interface IntegerOptions<Big extends boolean = boolean> extends NumberOptions {
  min?: number | bigint | string;
  max?: number | bigint | string;
  /** Gives a bigint, for whole numbers of any length. Without it, what lies beyond 2^53 breaks the contract, because a number would not hold it. */
  big?: Big;
}

const known = { ...numberOptions, min: true, max: true, big: true } satisfies Record<keyof IntegerOptions, true>;
const what = "is not a whole number";

/**
 * A whole number, from text or a number, exactly. Decimals that are all zeros count as none where `decimal` is declared (`"12,00"`).
 *
 * For what only looks like a number (postcodes, account numbers, SKUs), use `text`: a number has no leading zeros.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 * @example z.object({ quantity: integer({ min: 1 }), serial: integer({ big: true }) })
 */
export function integer<const Big extends boolean = false>(
  options: IntegerOptions<Big> = {},
): z.ZodType<Big extends true ? bigint : number, string | number | bigint> {
  const thing = declared("integer()");
  checkOptions(thing, options, known);
  checkNumberOptions(thing, options);
  checkBoolean(thing, "big", options.big);
  const beyond = checkBounds(thing, options);
  const form = numberForm(options);
  const withDecimals = options.decimal !== undefined;
  const { big } = options;

  function read(given: unknown): number | bigint | Problem {
    const digits = form.read(given, what);
    if (digits instanceof Problem) return digits;
    if (hasMorePlaces(digits, 0)) return new Problem("has decimals, and a whole number is expected");
    if (digits.fraction !== "" && !withDecimals)
      return new Problem("is written with decimals, and a whole number is expected");
    const problem = beyond(digits);
    if (problem !== undefined) return problem;
    if (big === true) return BigInt(digits.whole) * (digits.negative ? -1n : 1n);
    const value = Number(digits.whole);
    if (!Number.isSafeInteger(value))
      return new Problem("is too long to be kept exactly as a number (beyond 9007199254740991)");
    return digits.negative && value !== 0 ? -value : value;
  }

  const examples = examplesBetween(options, [1, 2, 3, 12, 40, 125, 1_000]);
  const bounds = boundKeywords(options);
  return reads({ type: ["integer", "string"], pattern: form.wholePattern, ...bounds, examples }, read) as never;
}
