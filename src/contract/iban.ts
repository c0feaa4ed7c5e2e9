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

/** From the examples of the registry of ISO 13616 (SWIFT). */
const examples = `
  DE89370400440532013000 GB29NWBK60161331926819 FR1420041010050500013M02606 NL91ABNA0417164300 ES9121000418450200051332
  IT60X0542811101000000123456 AT611904300234573201 CH9300762011623852957 BE68539007547034 DK5000400440116243
  SE4550000000058398257466 NO9386011117947 FI2112345600000785 PL61109010140000071219812874 PT50000201231234567890154
  IE29AIBK93115212345678 CZ6508000000192000145399 LU280019400644750000 GR1601101250000000012300695 HU42117730161111101800000000
`
  .trim()
  .split(/\s+/);

/** None where there is none of an account in these countries. */
function examplesOf(allowed: ReadonlySet<string> | undefined): readonly string[] {
  return examples.filter((example) => allowed?.has(example.slice(0, 2)) !== false);
}

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
  return readsText({ minLength: 15, examples: examplesOf(allowed) }, (given) => {
    const compact = given.replaceAll(/\s/g, "").toUpperCase();
    if (!isValidIBAN(compact)) return new Problem(`is not an IBAN${whys[validateIBAN(compact).errorCodes[0] ?? 0]}`);
    const country = compact.slice(0, 2);
    if (allowed === undefined || allowed.has(country)) return compact;
    return new Problem(`is an account in ${country}, and only ${[...allowed].join(", ")} are expected`);
  });
}
