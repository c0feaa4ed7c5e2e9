import type { z } from "zod";
import { didYouMean } from "../model/did-you-mean.ts";
import { checkOptions, type Declared, declared, refuse, shown } from "../model/options.ts";
import { Problem, readsText } from "./reads.ts";

// How many decimal places a currency has is settled by ISO 4217, and is what banks and payment APIs count in. `Intl` tells how people write
// amounts, which is not the same: it gives forints, rupiah and Colombian pesos no places, and ISO two. Being wrong there is being wrong by a
// factor of a hundred. A test holds both tables against a package that is made from the list of the maintenance agency (SIX).

/** The currencies of ISO 4217 with a minor unit, and those withdrawn since 2020. Metals, drawing rights and the codes for none and for tests are none. */
const codes = `
  AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF
  CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
  ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR
  MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
  SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD
  XCG XOF XPF YER ZAR ZMW ZWG
`;

/** The places of those that have not two. */
const places: ReadonlyMap<string, number> = new Map(
  Object.entries({
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
  }).flatMap(([count, list]) => list.split(" ").map((code) => [code, Number(count)] as const)),
);

export const currencyCodes: ReadonlySet<string> = new Set(codes.trim().split(/\s+/));

/** The decimal places of a currency's minor unit; undefined when there is no such currency. */
export function currencyPlaces(currency: string): number | undefined {
  return currencyCodes.has(currency) ? (places.get(currency) ?? 2) : undefined;
}

export interface CurrencyOptions<C extends string = string> {
  /** Only these; all of ISO 4217 by default. */
  of?: readonly C[];
}

/**
 * The code of a currency by ISO 4217, in capitals. Signs and names break the contract: "$" is the sign of twenty currencies.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown, or a code that is named is none.
 * @example z.object({ currency: currency({ of: ["AUD", "NZD"] }) })
 */
export function currency<const C extends string = string>(options: CurrencyOptions<C> = {}): z.ZodType<C, string> {
  const thing = declared("currency()");
  checkOptions(thing, options, { of: true } satisfies Record<keyof CurrencyOptions, true>);
  const { of } = options;
  const allowed = codesAmong(thing, of, currencyCodes);
  return readsText({ enum: [...allowed], examples: [...allowed].slice(0, 6) }, (given) => {
    const code = given.toUpperCase();
    if (allowed.has(code)) return code as C;
    if (currencyCodes.has(code)) return new Problem(`is ${code}, and only ${[...allowed].join(", ")} are expected`);
    return new Problem('is not a currency\'s code, such as "AUD" or "EUR"');
  });
}

/** The codes that a declaration names, or all. */
export function codesAmong(
  thing: Declared,
  of: readonly string[] | undefined,
  all: ReadonlySet<string>,
): ReadonlySet<string> {
  if (of === undefined) return all;
  if (!Array.isArray(of) || of.length === 0) refuse(thing, `of is ${shown(of)}, and a list of codes is expected.`);
  for (const code of of as readonly unknown[]) {
    if (typeof code !== "string" || !all.has(code))
      refuse(thing, `of holds ${shown(code)}, which is none.`, didYouMean(String(code), [...all], "codes"));
  }
  return new Set(of);
}
