import { rawNumber } from "../../../model/number-text.ts";
import { between, pick } from "../chance.ts";
import { instead, type Mess, ofNumber, unfit } from "./mess.ts";

const grouped = (digits: string, group: string, decimal: string): string | typeof unfit => {
  const [whole = "", fraction] = digits.split(".");
  // Where there are no thousands yet, there are some more: the mess is about how they are written.
  const long = whole.replace("-", "").length < 4 ? `${whole}000` : whole;
  return long.replaceAll(/\B(?=(\d{3})+$)/g, group) + (fraction === undefined ? "" : `${decimal}${fraction}`);
};

const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";

/** A number that only JSON text can hold, where a number stood. */
function onlyInJson(words: string, texts: readonly string[]): Mess {
  return { words, spoil: (value, random) => (isNumber(value) ? rawNumber(pick(random, texts)) : unfit) };
}

/** Numbers as people, countries and programs write them, and at the ends of what a double holds. */
export const numbers: readonly Mess[] = [
  ofNumber("a decimal comma", (digits) => (digits.includes(".") ? digits.replace(".", ",") : `${digits},00`)),
  ofNumber("a comma between thousands", (digits) => grouped(digits, ",", ".")),
  ofNumber("a point between thousands and a decimal comma", (digits) => grouped(digits, ".", ",")),
  ofNumber("a space between thousands", (digits) => grouped(digits, "\u00a0", ".")),
  ofNumber("an apostrophe between thousands", (digits) => grouped(digits, "\u2019", ".")),
  ofNumber("a currency sign", (digits, random) =>
    pick(random, [`$${digits}`, `€ ${digits}`, `${digits} EUR`, `A$${digits}`, `£${digits}`]),
  ),
  ofNumber("a unit behind the number", (digits, random) => `${digits}${pick(random, [" pcs", "kg", " %", "x"])}`),
  ofNumber("a negative amount in parentheses", (digits) => `(${digits.replace("-", "")})`),
  ofNumber("a minus behind the number", (digits) => `${digits.replace("-", "")}-`),
  ofNumber("a minus sign of typographers (U+2212)", (digits) => `\u2212${digits.replace("-", "")}`),
  ofNumber("more decimals than there are", (digits) => `${digits.includes(".") ? digits : `${digits}.`}0000000000002`),
  ofNumber("zeros in front of the number", (digits) => `000${digits}`),
  ofNumber("a point without digits behind it", (digits) => `${digits.split(".")[0]}.`),
  ofNumber("digits of full width", (digits) =>
    digits.replaceAll(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  ),
  ofNumber("Arabic digits", (digits) =>
    digits.replaceAll(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
  ),
  {
    words: "a negative number",
    spoil: (value, random) => (typeof value === "number" ? -between(random, 1, 1_000) : unfit),
  },
  {
    words: "a fraction where whole numbers stand",
    spoil: (value) => (Number.isInteger(value) ? Number(value) + 0.5 : unfit),
  },
  { words: "the rounding of a double", spoil: (value) => (typeof value === "number" ? value + 0.1 + 0.2 : unfit) },
  onlyInJson("negative zero", ["-0", "-0.0"]),
  onlyInJson("a number beyond every double (1e400)", ["1e400", "-1e400"]),
  onlyInJson("more digits than a double holds", ["0.1234567890123456789", "12345678901234567890.5"]),
  {
    words: "2^53 + 1",
    spoil: (value) =>
      isNumber(value)
        ? 9_007_199_254_740_993n
        : typeof value === "string" && /^\d+$/.test(value)
          ? "9007199254740993"
          : unfit,
  },
  {
    words: "the largest number of 32 bits",
    spoil: (value, random) => (isNumber(value) ? pick(random, [2_147_483_647, 2_147_483_648, 4_294_967_296]) : unfit),
  },
  instead("a text that stands for no number", ["NaN", "Infinity", "-Infinity", "1.#IND", "1.#INF", "inf"]),
];
