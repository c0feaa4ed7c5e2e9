import type { Random } from "../../../world/random.ts";
import { pick } from "../chance.ts";

// A mess is what happens to data on its way: a small function from the value of one place to another value, and words for what it did. It says when it does
// not fit, so that every mess may be tried on every place.

/** It does not fit here. */
export const unfit: unique symbol = Symbol("unfit");

/** The field is left out. */
export const absent: unique symbol = Symbol("absent");

export interface Mess {
  /** What was done, in plain words that stand behind a path: `a space between thousands`. */
  readonly words: string;
  /** How often it is tried, compared with others; 1 by default. Less for what is large. */
  readonly weight?: number;
  /** The new value, `absent`, or `unfit`. */
  readonly spoil: (value: unknown, random: Random) => unknown;
}

/** A mess of text. The same text back is no mess. */
export function ofText(words: string, spoil: (text: string, random: Random) => string | typeof unfit): Mess {
  return {
    words,
    spoil(value, random) {
      if (typeof value !== "string") return unfit;
      const spoiled = spoil(value, random);
      return spoiled === value ? unfit : spoiled;
    },
  };
}

/** Something else instead, whatever stood there, as long as it holds no other values. */
export function instead(words: string, values: readonly unknown[]): Mess {
  return {
    words,
    spoil(value, random) {
      const other = pick(random, values);
      return Object.is(other, value) || (typeof value === "object" && value !== null) ? unfit : other;
    },
  };
}

const numberForm = /^-?\d+(?:\.\d+)?$/;

/** A mess of how numbers are written: for numbers, and for text that is one. */
export function ofNumber(words: string, spoil: (digits: string, random: Random) => string | typeof unfit): Mess {
  return {
    words,
    spoil(value, random) {
      const digits = typeof value === "number" || typeof value === "bigint" ? String(value) : value;
      return typeof digits === "string" && numberForm.test(digits) ? spoil(digits, random) : unfit;
    },
  };
}
