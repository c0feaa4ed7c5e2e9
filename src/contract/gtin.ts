import type { z } from "zod";
import { isRawNumber } from "../model/number-text.ts";
import { notA, Problem, reads } from "./reads.ts";

const forms = /^(?:\d{8}|\d{12,14})$/;

const examples = ["4006381333931", "036000291452", "96385074", "9780306406157", "5901234123457", "10012345678902"];

/**
 * The number of a trade item (GTIN-8, 12, 13 or 14; EAN, UPC, and ISBN-13), as text, held to its check digit. It stays as long as it came: a spreadsheet
 * that dropped the zeros in front breaks the contract, because a GTIN-12 of 11 digits and one that was mistyped look alike.
 *
 * @example z.object({ barcode: gtin() })
 */
export function gtin(): z.ZodType<string, string | number> {
  const pattern = "^(?:\\d{8}|\\d{12,14})$";
  return reads({ type: ["string", "integer"], pattern, examples }, (given) => {
    if (typeof given !== "string" && typeof given !== "number" && typeof given !== "bigint" && !isRawNumber(given))
      return notA("text", given);
    const digits = (typeof given === "object" ? given.rawJSON : String(given))
      .trim()
      .replaceAll(/(?<=\d)[ -](?=\d)/g, "");
    if (digits === "") return new Problem("is empty");
    if (forms.test(digits))
      return checkDigitFits(digits) ? digits : new Problem("is not a GTIN: its check digit does not fit");
    if (/^\d+$/.test(digits))
      return new Problem(
        `is not a GTIN: it has ${digits.length} digits${dropped(digits)}, and 8, 12, 13 or 14 are expected`,
      );
    const exponent = /^\d(?:[.,]\d+)?E\+\d+$/i.test(digits);
    return new Problem(
      `is not a GTIN${exponent ? ": it is written with an exponent, as spreadsheets write long numbers when they drop digits" : ""}`,
    );
  });
}

/** With zeros in front, the check digit of a shortened number may fit. */
function dropped(digits: string): string {
  return digits.length < 12 && checkDigitFits(digits.padStart(14, "0")) ? " (zeros in front of it may be lost)" : "";
}

/** GS1 General Specifications, 7.9: from the right, weights 1 and 3 in turn, and the sum ends in 0. */
function checkDigitFits(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, weight = 1; at >= 0; at--, weight = 4 - weight)
    sum += (digits.charCodeAt(at) - 48) * weight;
  return sum % 10 === 0;
}
