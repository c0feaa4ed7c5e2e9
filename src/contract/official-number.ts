import type { z } from "zod";
import { didYouMean } from "../model/did-you-mean.ts";
import { checkOptions, checkRequired, type Declared, declared, refuse, shown } from "../model/options.ts";
import { peer } from "./peer.ts";
import { Problem, readsText } from "./reads.ts";

/** What is used of stdnum, which knows the registers of about ninety countries by their own rules. */
interface Validator {
  readonly name: string;
  validate(text: string): {
    readonly isValid: boolean;
    readonly compact?: string;
    readonly error?: { readonly name: string };
  };
}
type Library = { readonly stdnum: Readonly<Record<string, Readonly<Record<string, Validator>>>> };

export interface OfficialNumberOptions {
  /** The country, by its two letters. */
  country: string;
  /** The kind of number, as stdnum names it: `"abn"`, `"vat"`, `"ird"`, `"ein"`, …. */
  kind: string;
}

const known = { country: true, kind: true } satisfies Record<keyof OfficialNumberOptions, true>;
const whys: Readonly<Record<string, string>> = {
  InvalidChecksum: ": its check digits do not fit, so something was mistyped",
  InvalidLength: ": it has too many or too few characters",
  InvalidFormat: ": it has characters that do not belong in it",
};

/**
 * A number from a public register (tax, company, person), without spaces and dots, held to the rules and check digits of its register. Whether it was ever
 * given to somebody, only the register tells. Needs `npm install stdnum`.
 *
 * @throws {WaybillError} `bad-definition` when there is no such number, or the library is not installed.
 * @example z.object({ vat: officialNumber({ country: "DE", kind: "vat" }) })
 */
export function officialNumber(options: OfficialNumberOptions): z.ZodType<string, string> {
  const thing = declared("officialNumber()");
  checkOptions(thing, options, known);
  checkRequired(thing, options, {
    country: 'Such as country: "AU", kind: "abn".',
    kind: 'Such as country: "AU", kind: "abn".',
  });
  return register(thing, options.country, options.kind);
}

/**
 * An Australian Business Number: eleven digits, the first two of which check the others. Needs `npm install stdnum`.
 *
 * @throws {WaybillError} `bad-definition` when the library is not installed.
 * @example z.object({ supplier: abn() }) // "51 824 753 556" gives "51824753556"
 */
export function abn(): z.ZodType<string, string> {
  return register(declared("abn()"), "AU", "abn");
}

function register(thing: Declared, country: string, kind: string): z.ZodType<string, string> {
  const { stdnum } = peer<Library>(thing, "stdnum");
  const ofCountry = Object.hasOwn(stdnum, country) ? stdnum[country] : undefined;
  if (ofCountry === undefined)
    refuse(
      thing,
      `country is ${shown(country)}, of which no numbers are known.`,
      didYouMean(String(country), Object.keys(stdnum), "countries"),
    );
  const validator = Object.hasOwn(ofCountry, kind) ? ofCountry[kind] : undefined;
  if (validator === undefined)
    refuse(
      thing,
      `kind is ${shown(kind)}, and ${country} has none of that name.`,
      didYouMean(String(kind), Object.keys(ofCountry), "kinds"),
    );
  const what = `is not a valid ${kind.toUpperCase()} (${validator.name})`;

  return readsText(
    country === "AU" && kind === "abn"
      ? { examples: ["51824753556", "53004085616", "33102417032", "11005357522", "33051775556"] }
      : {},
    (given) => {
      const { isValid, compact, error } = validator.validate(given);
      return isValid && compact !== undefined ? compact : new Problem(`${what}${whys[error?.name ?? ""] ?? ""}`);
    },
  );
}
