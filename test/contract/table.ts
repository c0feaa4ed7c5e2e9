import {
  abn,
  country,
  currency,
  day,
  decimal,
  duration,
  email,
  flag,
  gtin,
  iban,
  instant,
  integer,
  list,
  money,
  officialNumber,
  oneOf,
  optionalText,
  orNothing,
  phone,
  text,
  url,
} from "waybill/contract";
import type { z } from "zod";
import { decodeJson } from "../../src/model/json.ts";

// What every helper takes, what it gives for it, and what it says of what it refuses. docs/contract.md shows this table; the tests hold both.

export interface Row {
  /** As a user writes it. */
  readonly helper: string;
  readonly schema: z.ZodType;
  readonly takes: readonly (readonly [given: unknown, gives: unknown])[];
  readonly refuses: readonly (readonly [given: unknown, says: string])[];
}

/** A number as JSON holds it, with all its digits. */
const number = (text: string): unknown => decodeJson(text);
const exponent = "it is written with an exponent, as spreadsheets write long numbers when they drop digits";

export const table: readonly Row[] = [
  {
    helper: "text({ min: 1, max: 5 })",
    schema: text({ min: 1, max: 5 }),
    takes: [
      [" A-1 ", "A-1"],
      ["Zoe\u0308", "Zo\u00eb"],
    ],
    refuses: [
      [" ", "is empty"],
      ["abcdef", "has 6 characters, and at most 5 are expected"],
      ["A\tB", "holds the control character U+0009 (tab)"],
      [7, "is a number, and text is expected"],
    ],
  },
  {
    helper: 'text({ pattern: /^\\d{5}$/, like: "02134" })',
    schema: text({ pattern: /^\d{5}$/, like: "02134" }),
    takes: [["02134", "02134"]],
    refuses: [["2134", 'is not written like "02134"']],
  },
  {
    helper: "text({ intact: true })",
    schema: text({ intact: true }),
    takes: [["München", "München"]],
    refuses: [
      ["MÃ¼nchen", 'is garbled at "Ã¼": it was written in UTF-8 and read in another encoding before'],
      ["M\ufffdnchen", "holds the sign for a lost character (\ufffd): it was read in a wrong encoding before"],
    ],
  },
  {
    helper: 'optionalText({ nothing: ["\\\\N", "NULL"] })',
    schema: optionalText({ nothing: ["\\N", "NULL"] }),
    takes: [
      ["", undefined],
      ["NULL", undefined],
      [null, undefined],
      ["Null", "Null"],
    ],
    refuses: [[7, "is a number, and text is expected"]],
  },
  {
    helper: 'orNothing(integer(), { nothing: ["n/a"] })',
    schema: orNothing(integer(), { nothing: ["n/a"] }),
    takes: [
      ["", undefined],
      ["n/a", undefined],
      ["12", 12],
    ],
    refuses: [["N/A", 'is not a whole number: it holds "N"']],
  },
  {
    helper: "integer({ min: 1 })",
    schema: integer({ min: 1 }),
    takes: [
      ["12", 12],
      [12, 12],
    ],
    refuses: [
      ["1,200", 'is not a whole number: it holds ","'],
      ["12.0", "is written with decimals, and a whole number is expected"],
      ["1.23E+15", `is not a whole number: ${exponent}`],
      [1.5, "has decimals, and a whole number is expected"],
      ["0", "is less than 1, which is the least that is expected"],
      ["9007199254740993", "is too long to be kept exactly as a number (beyond 9007199254740991)"],
    ],
  },
  {
    helper: 'integer({ big: true, group: "," })',
    schema: integer({ big: true, group: "," }),
    takes: [
      ["9,007,199,254,740,993", 9_007_199_254_740_993n],
      [number("9007199254740993"), 9_007_199_254_740_993n],
    ],
    refuses: [["12,34", 'is not a whole number: "," stands where no thousands end']],
  },
  {
    helper: "decimal()",
    schema: decimal(),
    takes: [
      ["0012.50", "12.5"],
      [0.1, "0.1"],
      [number("0.1234567890123456789"), "0.1234567890123456789"],
    ],
    refuses: [
      ["1.234,5", 'is not a number written like 0.00: it holds ","'],
      ["1.5E-3", `is not a number written like 0.00: ${exponent}`],
      [".5", "is not a number written like 0.00"],
    ],
  },
  {
    helper: 'decimal({ decimal: ",", group: ".", places: 2 })',
    schema: decimal({ decimal: ",", group: ".", places: 2 }),
    takes: [
      ["1.234,5", "1234.50"],
      ["1.234", "1234.00"],
      [1.5, "1.50"],
    ],
    refuses: [
      ["1.23", 'is not a number written like 0,00: "." stands where no thousands end'],
      ["0,125", "has more than 2 decimals, and at most 2 are expected"],
    ],
  },
  {
    helper: 'money({ currency: "AUD" })',
    schema: money({ currency: "AUD" }),
    takes: [
      ["12.50", { minor: 1250, currency: "AUD" }],
      [0.07, { minor: 7, currency: "AUD" }],
    ],
    refuses: [
      ["$12.50", 'is not an amount written like 0.00: it holds "$"'],
      ["1.234,56", 'is not an amount written like 0.00: it holds ","'],
      ["12.505", "has more than 2 decimals, and there are not more in AUD"],
    ],
  },
  {
    helper: 'money({ currency: "EUR", decimal: ",", group: ".", negative: "parentheses" })',
    schema: money({ currency: "EUR", decimal: ",", group: ".", negative: "parentheses" }),
    takes: [["(1.234,50)", { minor: -123_450, currency: "EUR" }]],
    refuses: [["-12,50", "is not an amount written like 0,00"]],
  },
  {
    helper: "currency()",
    schema: currency(),
    takes: [["aud", "AUD"]],
    refuses: [["$", 'is not a currency\'s code, such as "AUD" or "EUR"']],
  },
  {
    helper: "day()",
    schema: day(),
    takes: [["2026-02-28", "2026-02-28"]],
    refuses: [["2026-02-30", "there is no 30 February 2026"]],
  },
  {
    helper: 'day({ format: "DD/MM/YYYY", min: "2000-01-01" })',
    schema: day({ format: "DD/MM/YYYY", min: "2000-01-01" }),
    takes: [["28/02/2026", "2026-02-28"]],
    refuses: [
      ["02/03/04", "is not a day written as DD/MM/YYYY"],
      ["02/28/2026", "there is no month 28: have day and month changed places?"],
      ["46081", "is not a day written as DD/MM/YYYY: it may be a spreadsheet's number for a day"],
      ["01/01/1970", "is 1970-01-01, and days from 2000-01-01 on are expected"],
    ],
  },
  {
    helper: 'day({ format: "excel" })',
    schema: day({ format: "excel" }),
    takes: [
      [46_081, "2026-02-28"],
      ["46081", "2026-02-28"],
    ],
    refuses: [
      [46_081.5, "has a time of day, and a day without one is expected"],
      [60, "is 60, the 29 February 1900 that spreadsheets have and the calendar has not"],
    ],
  },
  {
    helper: "instant()",
    schema: instant(),
    takes: [
      ["2026-02-28T17:05:09+08:00", "2026-02-28T09:05:09Z"],
      ["2026-02-28T17:05:09.123456789Z", "2026-02-28T17:05:09.123456789Z"],
    ],
    refuses: [
      ["2026-02-28T17:05:09", "does not say its zone: Z or an offset such as +02:00 is expected at its end"],
      ["2026-02-28", "is not a time written as 2026-02-28T17:05:09Z"],
      ["2026-02-28T24:05:09Z", "there is no hour 24"],
    ],
  },
  {
    helper: 'instant({ format: "DD/MM/YYYY HH:mm", zone: "Europe/Berlin" })',
    schema: instant({ format: "DD/MM/YYYY HH:mm", zone: "Europe/Berlin" }),
    takes: [
      ["28/02/2026 17:05", "2026-02-28T16:05:00Z"],
      ["28/08/2026 17:05", "2026-08-28T15:05:00Z"],
    ],
    refuses: [
      ["29/03/2026 02:30", "is a time that the clocks in Europe/Berlin skipped that day"],
      ["25/10/2026 02:30", "is a time that the clocks in Europe/Berlin showed twice that day"],
    ],
  },
  {
    helper: 'instant({ format: "epoch-s" })',
    schema: instant({ format: "epoch-s" }),
    takes: [
      [1_772_269_509, "2026-02-28T09:05:09Z"],
      ["1772269509.5", "2026-02-28T09:05:09.5Z"],
    ],
    refuses: [[1_772_269_509_000, "is outside the years 1 to 9999"]],
  },
  {
    helper: 'instant({ format: "/Date()/" })',
    schema: instant({ format: "/Date()/" }),
    takes: [["/Date(1772269509000+1000)/", "2026-02-28T09:05:09Z"]],
    refuses: [["1772269509000", "is not a time written as /Date(1772269509000)/"]],
  },
  {
    helper: 'instant({ format: "excel", zone: "UTC" })',
    schema: instant({ format: "excel", zone: "UTC" }),
    takes: [[46_081.7118055556, "2026-02-28T17:05:00Z"]],
    refuses: [[0.5, "is 0, which is no day of a spreadsheet"]],
  },
  {
    helper: "duration()",
    schema: duration(),
    takes: [["PT1H30M", 5_400_000]],
    refuses: [["P1M", "is not a length of time written like PT1H30M: years and months have no fixed length"]],
  },
  {
    helper: 'duration({ format: "h:mm" })',
    schema: duration({ format: "h:mm" }),
    takes: [["7:45", 27_900_000]],
    refuses: [["0:60", "is not a length of time written as h:mm"]],
  },
  {
    helper: 'duration({ format: "h" })',
    schema: duration({ format: "h" }),
    takes: [
      ["1.5", 5_400_000],
      [0.1, 360_000],
    ],
    refuses: [["0.0000001", "is finer than a millisecond"]],
  },
  {
    helper: "email()",
    schema: email(),
    takes: [["Ann@Example.COM", "Ann@example.com"]],
    refuses: [
      ["ann.example.com", "is not an email address like ann@example.com: there is no @ in it"],
      [
        "Ann <ann@example.com>",
        "is not an email address like ann@example.com: the address alone is expected, without a name and brackets",
      ],
    ],
  },
  {
    helper: 'phone({ country: "AU" })',
    schema: phone({ country: "AU" }),
    takes: [
      ["0412 345 678", "+61412345678"],
      ["+44 20 7946 0958", "+442079460958"],
    ],
    refuses: [
      ["0412 345 67", "is not a telephone number: there is no number +6141234567"],
      ["(08) 9123 4567 ext 5", "has an extension, and a number alone is expected"],
    ],
  },
  {
    helper: "url()",
    schema: url(),
    takes: [["https://example.com/a?b=c", "https://example.com/a?b=c"]],
    refuses: [
      ["example.com", "is not a URL like https://example.com/"],
      ["https://example.com/a b", "is not a URL like https://example.com/: there is a space or a backslash in it"],
    ],
  },
  {
    helper: 'country({ names: "en" })',
    schema: country({ names: "en" }),
    takes: [
      ["au", "AU"],
      ["DEU", "DE"],
      ["Cote d'Ivoire", "CI"],
    ],
    refuses: [["Holland", 'is not a country\'s code, such as "AU" or "DEU", or name']],
  },
  {
    helper: 'country({ of: ["AU", "GB"] })',
    schema: country({ of: ["AU", "GB"] }),
    takes: [["AUS", "AU"]],
    refuses: [
      ["NZ", "is NZ, and only AU, GB are expected"],
      ["UK", 'is not a country\'s code, such as "AU" or "DEU"; for UK it is GB'],
    ],
  },
  {
    helper: "iban()",
    schema: iban(),
    takes: [["de89 3704 0044 0532 0130 00", "DE89370400440532013000"]],
    refuses: [
      ["DE88370400440532013000", "is not an IBAN: its check digits do not fit, so something was mistyped"],
      ["DE8937040044053201300", "is not an IBAN: it has too many or too few characters for its country"],
    ],
  },
  {
    helper: "gtin()",
    schema: gtin(),
    takes: [
      ["4006381333931", "4006381333931"],
      [4_006_381_333_931, "4006381333931"],
    ],
    refuses: [
      ["4006381333932", "is not a GTIN: its check digit does not fit"],
      [
        "36000291452",
        "is not a GTIN: it has 11 digits (zeros in front of it may be lost), and 8, 12, 13 or 14 are expected",
      ],
      ["4.00638E+12", `is not a GTIN: ${exponent}`],
    ],
  },
  {
    helper: "abn()",
    schema: abn(),
    takes: [["51 824 753 556", "51824753556"]],
    refuses: [
      [
        "51824753557",
        "is not a valid ABN (Australian Business Number): its check digits do not fit, so something was mistyped",
      ],
    ],
  },
  {
    helper: 'officialNumber({ country: "DE", kind: "vat" })',
    schema: officialNumber({ country: "DE", kind: "vat" }),
    takes: [["DE 136 695 976", "136695976"]],
    refuses: [
      [
        "DE 136 695 977",
        "is not a valid VAT (German VAT Number): its check digits do not fit, so something was mistyped",
      ],
    ],
  },
  {
    helper: "flag()",
    schema: flag(),
    takes: [
      ["Yes", true],
      ["0", false],
      [true, true],
      [1, true],
    ],
    refuses: [
      ["", "is empty"],
      [2, "is none of: yes, y, true, 1, no, n, false, 0"],
    ],
  },
  {
    helper: 'flag({ yes: ["x"], no: [""] })',
    schema: flag({ yes: ["x"], no: [""] }),
    takes: [
      ["X", true],
      [" ", false],
    ],
    refuses: [["no", "is none of: x, nothing"]],
  },
  {
    helper: 'oneOf(["new", "paid"], { fold: true })',
    schema: oneOf(["new", "paid"], { fold: true }),
    takes: [["PAID ", "paid"]],
    refuses: [["piad", 'is none of: new, paid; is "paid" meant?']],
  },
  {
    helper: 'oneOf({ S: ["small"], L: ["large", "big"] })',
    schema: oneOf({ S: ["small"], L: ["large", "big"] }),
    takes: [
      ["S", "S"],
      ["big", "L"],
    ],
    refuses: [["Big", "is none of: S, L"]],
  },
  {
    helper: 'list(text({ min: 1 }), { separator: ";" })',
    schema: list(text({ min: 1 }), { separator: ";" }),
    takes: [
      ["A-1; A-2", ["A-1", "A-2"]],
      ["", []],
    ],
    refuses: [["A-1;;A-2", "is empty"]],
  },
];
