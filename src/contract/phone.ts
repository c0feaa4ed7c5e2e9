import type { z } from "zod";
import { didYouMean } from "../model/did-you-mean.ts";
import { checkOptions, declared, refuse, shown } from "../model/options.ts";
import { countryCodes } from "./country.ts";
import { peer } from "./peer.ts";
import { Problem, readsText } from "./reads.ts";

/** What is used of libphonenumber-js, which is made from the tables of Google's libphonenumber. */
interface Library {
  parsePhoneNumberFromString(
    text: string,
    options: { defaultCountry?: string; extract: false },
  ): { readonly number: string; readonly ext?: string; isValid(): boolean } | undefined;
}

export interface PhoneOptions {
  /** Whose national numbers are taken too, by its two letters; without it a number begins with `+` and the country's code. */
  country?: string;
}

const examples = [
  "+61412345678",
  "+442079460958",
  "+493090182000",
  "+12125552368",
  "+33142685300",
  "+6499123456",
  "+81312345678",
];

/**
 * A telephone number, as E.164 writes it: `"+61412345678"`. It is held to the number ranges of its country, so digits that were lost are seen. Extensions
 * break the contract. Needs `npm install libphonenumber-js`.
 *
 * @throws {WaybillError} `bad-definition` when the country is none, or the library is not installed.
 * @example z.object({ mobile: phone({ country: "AU" }) }) // "0412 345 678" gives "+61412345678"
 */
export function phone(options: PhoneOptions = {}): z.ZodType<string, string> {
  const thing = declared("phone()");
  checkOptions(thing, options, { country: true } satisfies Record<keyof PhoneOptions, true>);
  const { country } = options;
  if (country !== undefined && !countryCodes.has(country))
    refuse(
      thing,
      `country is ${shown(country)}, which is none.`,
      didYouMean(String(country), [...countryCodes], "codes"),
    );
  const { parsePhoneNumberFromString } = peer<Library>(thing, "libphonenumber-js", "libphonenumber-js/max");
  const parsing = { ...(country === undefined ? {} : { defaultCountry: country }), extract: false } as const;
  const what =
    country === undefined
      ? "is not a telephone number that begins with + and its country's code"
      : "is not a telephone number";

  return readsText({ examples }, (given) => {
    const found = parsePhoneNumberFromString(given, parsing);
    if (found === undefined) return new Problem(what);
    if (found.ext !== undefined && found.ext !== "")
      return new Problem("has an extension, and a number alone is expected");
    return found.isValid() ? found.number : new Problem(`${what}: there is no number ${found.number}`);
  });
}
