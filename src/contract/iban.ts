import { isValidIBAN, ValidationErrorsIBAN, validateIBAN } from "ibantools";
import type { z } from "zod";
import { checkOptions, declared } from "../model/options.ts";
import { countryCodes } from "./country.ts";
import { codesAmong } from "./currency.ts";
import { Problem, readsText } from "./reads.ts";

export interface IbanOptions {
  /** Only accounts in these countries, by their two letters. */
  of?: readonly string[];
}

const whys: Readonly<Record<ValidationErrorsIBAN, string>> = {
  [ValidationErrorsIBAN.NoIBANProvided]: "",
  [ValidationErrorsIBAN.NoIBANCountry]: ": its first two letters name no country that has IBANs",
  [ValidationErrorsIBAN.WrongBBANLength]: ": it has too many or too few characters for its country",
  [ValidationErrorsIBAN.WrongBBANFormat]: ": letters and digits stand where its country has others",
  [ValidationErrorsIBAN.ChecksumNotNumber]: ": its third and fourth characters are not digits",
  [ValidationErrorsIBAN.WrongIBANChecksum]: ": its check digits do not fit, so something was mistyped",
  [ValidationErrorsIBAN.WrongAccountBankBranchChecksum]:
    ": the check digits inside it do not fit, so something was mistyped",
  [ValidationErrorsIBAN.QRIBANNotAllowed]: "",
};

/**
 * The number of a bank account by ISO 13616, without spaces and in capitals, held to its check digits and its country's form.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown, or a country is none.
 * @example z.object({ account: iban() }) // "de89 3704 0044 0532 0130 00" gives "DE89370400440532013000"
 */
export function iban(options: IbanOptions = {}): z.ZodType<string, string> {
  const thing = declared("iban()");
  checkOptions(thing, options, { of: true } satisfies Record<keyof IbanOptions, true>);
  const allowed = options.of === undefined ? undefined : codesAmong(thing, options.of, countryCodes);
  return readsText({ minLength: 15, examples: ["DE89370400440532013000"] }, (given) => {
    const compact = given.replaceAll(/\s/g, "").toUpperCase();
    if (!isValidIBAN(compact)) return new Problem(`is not an IBAN${whys[validateIBAN(compact).errorCodes[0] ?? 0]}`);
    const country = compact.slice(0, 2);
    if (allowed === undefined || allowed.has(country)) return compact;
    return new Problem(`is an account in ${country}, and only ${[...allowed].join(", ")} are expected`);
  });
}
