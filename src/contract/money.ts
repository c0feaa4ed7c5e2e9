import type { z } from "zod";
import { checkOptions, checkRequired, checkWhole, type Declared, declared, refuse, shown } from "../model/options.ts";
import { currencyCodes, currencyPlaces } from "./currency.ts";
import {
  checkNumberOptions,
  type Digits,
  hasMorePlaces,
  type NumberOptions,
  numberForm,
  numberOptions,
} from "./number-form.ts";
import { Problem, reads } from "./reads.ts";

/** An amount in the smallest unit of its currency: 12.50 AUD is `{ minor: 1250, currency: "AUD" }`. */
export interface Money<C extends string = string> {
  readonly minor: number;
  readonly currency: C;
}

export interface MoneyOptions<C extends string = string> extends NumberOptions {
  /** The code of ISO 4217: `"AUD"`. */
  currency: C;
  /** Decimal places, where they differ from those of ISO 4217. */
  places?: number;
}

const known = { ...numberOptions, currency: true, places: true } satisfies Record<keyof MoneyOptions, true>;

/**
 * An exact amount of money, from text or a number. Everything that is not clearly an amount breaks the contract: another decimal sign, thousands
 * in the wrong places, more decimals than the currency has (zeros apart), a currency sign. `minor` is a whole number; an amount beyond 2^53
 * minor units breaks the contract, because nothing later in JavaScript would keep it exact.
 *
 * @throws {WaybillError} `bad-definition` when the currency is unknown or an option cannot be.
 * @example z.object({ price: money({ currency: "AUD", decimal: "." }) })
 */
export function money<const C extends string>(options: MoneyOptions<C>): z.ZodType<Money<C>, string | number> {
  const thing = declared("money()");
  checkOptions(thing, options, known);
  checkRequired(thing, options, { currency: 'Name it by its code: money({ currency: "AUD" }).' });
  const places = placesOf(thing, options);
  checkNumberOptions(thing, options);
  const form = numberForm(options);
  const { currency, decimal = "." } = options;
  const written = places === 0 ? "0" : `0${decimal}${"0".repeat(places)}`;

  function read(given: unknown): Money<C> | Problem {
    const digits = form.read(given, `is not an amount written like ${written}`);
    if (digits instanceof Problem) return digits;
    const minor = minorOf(digits, places);
    return typeof minor === "number" ? { minor, currency } : new Problem(`${minor} ${currency}`);
  }

  return reads({ type: ["string", "number"], pattern: form.pattern, examples: examplesOf(places, decimal) }, read);
}

/** From the smallest amount there is to one of four digits. */
function examplesOf(places: number, decimal: string): readonly string[] {
  return [1, 1_250, 9_995, 24_900, 129_000, 999_999].map((minor) => {
    const digits = String(minor).padStart(places + 1, "0");
    return places === 0 ? digits : `${digits.slice(0, -places)}${decimal}${digits.slice(-places)}`;
  });
}

function placesOf(thing: Declared, { currency, places }: MoneyOptions): number {
  const settled = typeof currency === "string" ? currencyPlaces(currency) : undefined;
  if (settled === undefined) {
    const upper = String(currency).toUpperCase();
    const hint = currencyCodes.has(upper)
      ? `Did you mean "${upper}"?`
      : 'Its code by ISO 4217, such as "AUD" or "EUR".';
    refuse(thing, `currency is ${shown(currency)}, which is none.`, hint);
  }
  if (places !== undefined) checkWhole(thing, "places", places, { min: 0, max: 8 });
  return places ?? settled;
}

/** The amount in minor units, or why there is none. Digits only: a float would round. */
function minorOf(digits: Digits, places: number): number | string {
  if (hasMorePlaces(digits, places))
    return places === 0
      ? "has decimals, and there are none in"
      : `has more than ${places} decimals, and there are not more in`;
  const minor = Number(digits.whole + digits.fraction.slice(0, places).padEnd(places, "0"));
  if (!Number.isSafeInteger(minor)) return "is more than can be counted exactly in";
  return digits.negative && minor !== 0 ? -minor : minor;
}
