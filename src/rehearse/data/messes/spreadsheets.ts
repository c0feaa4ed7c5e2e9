import { pick } from "../chance.ts";
import { instead, type Mess, ofNumber, ofText, unfit } from "./mess.ts";

/** What spreadsheets make of cells that they take for something else. */
export const spreadsheets: readonly Mess[] = [
  ofText("zeros in front lost", (text) => (/^0\d/.test(text) ? text.replace(/^0+(?=\d)/, "") : unfit)),
  ofText("zeros in front lost, and a number made of it", (text) =>
    /^0\d{1,14}$/.test(text) ? String(Number(text)) : unfit,
  ),
  ofNumber("a long number with an exponent", (digits, random) => {
    const value = Math.abs(Number(digits));
    const [mantissa = "1", exponent = "0"] = value.toExponential(2).split("e+");
    return value < 100_000
      ? pick(random, ["1.23E+15", "4.00638E+12", "1,23E+15"])
      : `${mantissa}E+${exponent.padStart(2, "0")}`;
  }),
  ofText("digits beyond the fifteenth replaced by zeros", (text) =>
    /^\d{16,}$/.test(text) ? text.slice(0, 15).padEnd(text.length, "0") : unfit,
  ),
  instead("the error of a formula", ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"]),
  instead("a column that was too narrow", ["#####", "########"]),
  instead("a name or range turned into a date", ["1-Mar", "2-Sep", "02-Jan", "Mär 01", "44621"]),
  ofText("an apostrophe in front, which keeps it text", (text) => `'${text}`),
  ofText("curly quotation marks", (text) =>
    /['"]/.test(text) ? text.replaceAll("'", "\u2019").replaceAll('"', "\u201d") : `\u201c${text}\u201d`,
  ),
  ofText("a hyphen turned into a dash", (text) => text.replaceAll("-", "\u2013")),
  ofText("three points turned into one sign", (text) => `${text.slice(0, 12)}\u2026`),
  ofText("cut off at 255 characters, after growing", (text) => (text.length > 255 ? text.slice(0, 255) : unfit)),
  ofText("all in capitals", (text) => text.toUpperCase()),
  ofText("the first letter in capitals", (text) => text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())),
];
