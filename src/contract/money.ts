import { z } from "zod";
import { closest } from "../model/did-you-mean.ts";
import {
  checkOneOf,
  checkOptions,
  checkRequired,
  checkWhole,
  type Declared,
  declared,
  refuse,
  shown,
} from "../model/options.ts";
import { currencyPlaces } from "./currency.ts";

/** An amount in the smallest unit of its currency: 12.50 AUD is `{ minor: 1250, currency: "AUD" }`. */
export interface Money<C extends string = string> {
  readonly minor: number;
  readonly currency: C;
}

export interface MoneyOptions<C extends string = string> {
  /** The code of ISO 4217: `"AUD"`. */
  currency: C;
  /** What stands before the decimals; `"."` by default. */
  decimal?: "." | ",";
  /** What stands between thousands, if anything may: without it `"1,234"` breaks the contract instead of being guessed at. */
  group?: "," | "." | " " | "'";
  /** Decimal places, where they differ from those of ISO 4217. */
  places?: number;
}

const known = { currency: true, decimal: true, group: true, places: true } satisfies Record<keyof MoneyOptions, true>;

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
  const { currency, decimal = ".", group } = options;
  const places = placesOf(thing, options);
  checkOneOf(thing, "decimal", decimal, [".", ","]);
  if (group !== undefined) checkOneOf(thing, "group", group, [",", ".", " ", "'"]);
  if (group === decimal)
    refuse(thing, `decimal and group are both ${shown(decimal)}.`, "Nobody could tell 1,234 from 1.234.");
  const form = amountForm(decimal, group);
  return z
    .union([z.string(), z.number()], { error: "is neither text nor a number" })
    .meta({ pattern: form.source })
    .transform((given, context) => {
      const read =
        typeof given === "number"
          ? minorOf(String(given), amountForm(".", undefined), places)
          : minorOf(given, form, places);
      if (typeof read === "number") return { minor: read, currency };
      const written = places === 0 ? "0" : `0${typeof given === "number" ? "." : decimal}${"0".repeat(places)}`;
      context.addIssue({
        code: "custom",
        message: read === "form" ? `is not an amount written like ${written}` : `${read} ${currency}`,
      });
      return z.NEVER;
    });
}

function placesOf(thing: Declared, { currency, places }: MoneyOptions): number {
  const settled = typeof currency === "string" ? currencyPlaces(currency) : undefined;
  if (settled === undefined) {
    const codes = Intl.supportedValuesOf("currency");
    const meant =
      typeof currency === "string"
        ? closest(
            currency,
            codes.filter((code) => code === currency.toUpperCase()),
          )
        : undefined;
    const hint = meant === undefined ? 'Its code by ISO 4217, such as "AUD" or "EUR".' : `Did you mean "${meant}"?`;
    refuse(thing, `currency is ${shown(currency)}, which is none.`, hint);
  }
  if (places !== undefined) checkWhole(thing, "places", places, { min: 0, max: 8 });
  return places ?? settled;
}

function amountForm(decimal: string, group: string | undefined): RegExp {
  const whole = group === undefined ? "\\d+" : `\\d{1,3}(?:[${group}]\\d{3})+|\\d+`;
  return new RegExp(`^\\s*([+-]?)(${whole})(?:[${decimal}](\\d+))?\\s*$`);
}

/** The amount in minor units, or why there is none. Digits only: a float would round. */
function minorOf(given: string, form: RegExp, places: number): number | string {
  const match = form.exec(given);
  if (match === null) return "form";
  const [, sign, whole = "", decimals = ""] = match;
  if (/[1-9]/.test(decimals.slice(places)))
    return places === 0
      ? "has decimals, and there are none in"
      : `has more than ${places} decimals, and there are not more in`;
  const minor = Number(whole.replaceAll(/\D/g, "") + decimals.slice(0, places).padEnd(places, "0"));
  if (!Number.isSafeInteger(minor)) return "is more than can be counted exactly in";
  return sign === "-" && minor !== 0 ? -minor : minor;
}
