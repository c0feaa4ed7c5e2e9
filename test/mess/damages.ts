import { day, email, flag, gtin, integer, money, optionalText, text } from "waybill/contract";
import { z } from "zod";

// What spreadsheets, their exports and the people before them do to a table, and what the person sees who keeps it. docs/contract.md shows this; the test
// sends every one of these files through the file source and holds what is said against it.

/** An order list, declared as a careful person would. */
export const Order = z.object({
  order: text({ pattern: /^ORD-\d{4}$/, like: "ORD-0042" }),
  postcode: text({ pattern: /^\d{5}$/, like: "02134" }),
  barcode: gtin(),
  quantity: integer({ min: 1, max: 10_000 }),
  price: money({ currency: "AUD" }),
  from: day({ format: "DD/MM/YYYY", min: "2020-01-01", max: "2035-12-31" }),
  customer: text({ min: 1, max: 40, intact: true }),
  email: email(),
  paid: flag(),
  note: optionalText({ nothing: ["n/a"] }),
});

export const columns = Object.keys(Order.shape) as readonly (keyof z.input<typeof Order>)[];
export type Cells = Readonly<Record<(typeof columns)[number], string>>;

export const good: Cells = {
  order: "ORD-0001",
  postcode: "02134",
  barcode: "036000291452",
  quantity: "12",
  price: "12.50",
  from: "28/02/2026",
  customer: "Zoë Müller",
  email: "zoe@example.com",
  paid: "yes",
  note: "n/a",
};

export interface Damage {
  readonly name: string;
  /** What stands in the damaged row instead, or the lines of the file that are damaged. */
  readonly cells?: Partial<Cells>;
  readonly lines?: (order: string) => readonly string[];
  /** What the person sees of the damaged row: `path: message (found …)`. Nothing: it passes. */
  readonly sees: readonly string[];
  /** For what passes: what comes out, and what can be declared or done against it. */
  readonly passes?: { readonly as: string; readonly against: string };
}

const line = (cells: Partial<Cells>): string => columns.map((name) => quoted({ ...good, ...cells }[name])).join(",");
const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const exponent = "it is written with an exponent, as spreadsheets write long numbers when they drop digits";
const amount = "is not an amount written like 0.00";

export const damages: readonly Damage[] = [
  {
    name: "zeros in front of a postcode lost",
    cells: { postcode: "2134" },
    sees: ['postcode: is not written like "02134" (found "2134")'],
  },
  {
    name: "zeros in front of a barcode lost",
    cells: { barcode: "36000291452" },
    sees: [
      'barcode: is not a GTIN: it has 11 digits (zeros in front of it may be lost), and 8, 12, 13 or 14 are expected (found "36000291452")',
    ],
  },
  {
    name: "a long number with an exponent",
    cells: { barcode: "4.00638E+12" },
    sees: [`barcode: is not a GTIN: ${exponent} (found "4.00638E+12")`],
  },
  {
    name: "digits beyond the fifteenth replaced by zeros, or the last one mistyped",
    cells: { barcode: "4006381333930" },
    sees: ['barcode: is not a GTIN: its check digit does not fit (found "4006381333930")'],
  },
  {
    name: "a day turned into the spreadsheet's number for it",
    cells: { from: "46081" },
    sees: ['from: is not a day written as DD/MM/YYYY: it may be a spreadsheet\'s number for a day (found "46081")'],
  },
  {
    name: "day and month in the other order, where the day is beyond 12",
    cells: { from: "02/28/2026" },
    sees: ['from: there is no month 28: have day and month changed places? (found "02/28/2026")'],
  },
  {
    name: "a year of two digits",
    cells: { from: "28/02/26" },
    sees: ['from: is not a day written as DD/MM/YYYY (found "28/02/26")'],
  },
  {
    name: "an empty cell turned into a day",
    cells: { from: "00/01/1900" },
    sees: ['from: there is no 0 January 1900 (found "00/01/1900")'],
  },
  {
    name: "nothing turned into 1970 by a program before",
    cells: { from: "01/01/1970" },
    sees: ['from: is 1970-01-01, and days from 2020-01-01 on are expected (found "01/01/1970")'],
  },
  {
    name: "a number or range turned into a day (1-2 into 2 January)",
    cells: { quantity: "02-Jan" },
    sees: ['quantity: is not a whole number: it holds "J" (found "02-Jan")'],
  },
  {
    name: "a currency sign and thousands",
    cells: { price: "$1,250.00" },
    sees: [`price: ${amount}: it holds "$" (found "$1,250.00")`],
  },
  { name: "a decimal comma", cells: { price: "12,50" }, sees: [`price: ${amount}: it holds "," (found "12,50")`] },
  {
    name: "the rounding of a double",
    cells: { price: "12.340000000000002" },
    sees: ['price: has more than 2 decimals, and there are not more in AUD (found "12.340000000000002")'],
  },
  {
    name: "a negative amount in parentheses",
    cells: { price: "(12.50)" },
    sees: [`price: ${amount}: it holds "(" (found "(12.50)")`],
  },
  {
    name: "thousands in a quantity",
    cells: { quantity: "1,200" },
    sees: ['quantity: is not a whole number: it holds "," (found "1,200")'],
  },
  {
    name: "decimals in a quantity",
    cells: { quantity: "12.0" },
    sees: ['quantity: is written with decimals, and a whole number is expected (found "12.0")'],
  },
  {
    name: "a space or unit beside a number",
    cells: { quantity: "12 pcs" },
    sees: ['quantity: is not a whole number: it holds " " (found "12 pcs")'],
  },
  {
    name: "the error of a formula",
    cells: { price: "#REF!" },
    sees: [`price: ${amount}: it holds "#" (found "#REF!")`],
  },
  {
    name: "##### for a number that is too wide",
    cells: { quantity: "#####" },
    sees: ['quantity: is not a whole number: it holds "#" (found "#####")'],
  },
  {
    name: "UTF-8 read as Latin-1 before (mojibake)",
    cells: { customer: "ZoÃ« MÃ¼ller" },
    sees: [
      'customer: is garbled at "Ã«": it was written in UTF-8 and read in another encoding before (found "ZoÃ« MÃ¼ller")',
    ],
  },
  {
    name: "letters lost to the sign for a lost character",
    cells: { customer: "Zo\ufffd M\ufffdller" },
    sees: [
      'customer: holds the sign for a lost character (\ufffd): it was read in a wrong encoding before (found "Zo\ufffd M\ufffdller")',
    ],
  },
  {
    name: "smart quotes around a value",
    cells: { order: "“ORD-0001”" },
    sees: ['order: is not written like "ORD-0042" (found "“ORD-0001”")'],
  },
  {
    name: "a dash made long by autocorrection",
    cells: { order: "ORD–0001" },
    sees: ['order: is not written like "ORD-0042" (found "ORD–0001")'],
  },
  {
    name: "a character that nobody sees (zero-width space)",
    cells: { order: "ORD-\u200b0001" },
    sees: ['order: is not written like "ORD-0042" (found "ORD-\u200b0001")'],
  },
  {
    name: "the letter O for a zero",
    cells: { order: "ORD-OO01" },
    sees: ['order: is not written like "ORD-0042" (found "ORD-OO01")'],
  },
  {
    name: "an address with its name, from an address book",
    cells: { email: "Zoë <zoe@example.com>" },
    sees: [
      'email: is not an email address like ann@example.com: the address alone is expected, without a name and brackets (found "Zoë <zoe@example.com>")',
    ],
  },
  {
    name: "two values in one cell",
    cells: { email: "zoe@example.com; ann@example.com" },
    sees: [
      'email: is not an email address like ann@example.com: there is more than one @ in it (found "zoe@example.com; ann@example.com")',
    ],
  },
  {
    name: "merged cells, of which only the first holds the value",
    cells: { customer: "" },
    sees: ['customer: is empty (found "")'],
  },
  {
    name: "TRUE in the language of the spreadsheet",
    cells: { paid: "WAHR" },
    sees: ['paid: is none of: yes, y, true, 1, no, n, false, 0 (found "WAHR")'],
  },
  {
    name: "a line break inside a cell",
    cells: { customer: "Zoë\nMüller" },
    sees: ['customer: holds the control character U+000A (line feed) (found "Zoë\\nMüller")'],
  },
  {
    name: "a row of totals at the end",
    lines: () => ["Total,,,24,25.00,,,,,"],
    sees: [
      'order: is not written like "ORD-0042" (found "Total")',
      'postcode: is empty (found "")',
      'barcode: is empty (found "")',
      'from: is empty (found "")',
      'customer: is empty (found "")',
      'email: is empty (found "")',
      'paid: is empty (found "")',
    ],
  },
  {
    name: "a cell too few: all after it stand one to the left",
    lines: (order) => [line({ order }).replace("02134,", "")],
    sees: ["line 3: it has 9 cells, and 10 are expected"],
  },
  {
    name: "a cell put in, the last one dropped: all stand one to the right",
    cells: {
      postcode: "",
      barcode: "02134",
      quantity: "036000291452",
      price: "12",
      from: "12.50",
      customer: "28/02/2026",
      email: "Zoë Müller",
      paid: "zoe@example.com",
      note: "yes",
    },
    sees: [
      'postcode: is empty (found "")',
      'barcode: is not a GTIN: it has 5 digits (zeros in front of it may be lost), and 8, 12, 13 or 14 are expected (found "02134")',
      'quantity: is more than 10000, which is the most that is expected (found "036000291452")',
      'from: is not a day written as DD/MM/YYYY (found "12.50")',
      'email: is not an email address like ann@example.com: there is a space in it (found "Zoë Müller")',
      'paid: is none of: yes, y, true, 1, no, n, false, 0 (found "zoe@example.com")',
    ],
  },
  {
    name: "a comma in a name, not quoted",
    lines: (order) => [line({ order, customer: "X" }).replace("X", "Müller, Zoë")],
    sees: ["line 3: it has 11 cells, and 10 are expected"],
  },
  {
    name: "the header once more, from a file that was put together",
    lines: () => [columns.join(",")],
    sees: ["line 3: it is the header again"],
  },
  {
    name: "a quotation mark that is never closed",
    lines: (order) => [line({ order, customer: "X" }).replace("X", '"Zoë Müller')],
    sees: ["line 3: a quote is opened in it and never closed"],
  },
  {
    name: "a remark below the table",
    lines: () => ["Printed on 28 February 2026"],
    sees: ["line 3: it has 1 cell, and 10 are expected"],
  },
  {
    name: "one order twice, with another price",
    lines: (order) => [line({ order }), line({ order, price: "12.60" })],
    sees: ['the id "…" came before with other content, in record …'],
  },
  {
    name: "one row pasted twice",
    lines: (order) => [line({ order }), line({ order })],
    sees: [],
    passes: {
      as: "one order, delivered once",
      against: "nothing is needed: the same again is a duplicate, and counted",
    },
  },
  {
    name: "day and month in the other order, where both are up to 12",
    cells: { from: "03/02/2026" },
    sees: [],
    passes: {
      as: "from: 2026-02-03",
      against: "have the source write YYYY-MM-DD, or a month's name; a `min` and `max` close to what can be",
    },
  },
  {
    name: "letters lost to question marks",
    cells: { customer: "Zo? M?ller" },
    sees: [],
    passes: {
      as: "customer: Zo? M?ller",
      against: "a `pattern` without `?` where none belongs; the encoding put right where the file is made",
    },
  },
  {
    name: "text cut off where a column ended",
    cells: { customer: "Maximiliane von und zu Hohenlohe-Schilli" },
    sees: [],
    passes: {
      as: "customer: Maximiliane von und zu Hohenlohe-Schilli",
      against: "`max` one below what the source cuts at, so that what fills it is looked at",
    },
  },
  {
    name: "a digit mistyped where no check digit stands",
    cells: { quantity: "21" },
    sees: [],
    passes: {
      as: "quantity: 21",
      against: "`max` close to what can be; numbers with check digits (`gtin`, `iban`, `abn`) where there are some",
    },
  },
  {
    name: "an amount rounded to what the cell showed",
    cells: { price: "12.00" },
    sees: [],
    passes: { as: "price: 1200", against: "nothing in one row; a total that comes by another way" },
  },
  {
    name: "one column sorted without the others",
    cells: { customer: "Ann Smith" },
    sees: [],
    passes: {
      as: "customer: Ann Smith",
      against:
        "two columns that say something of each other, compared by `.refine`; `unique` where no two rows may have the same",
    },
  },
  {
    name: "rows hidden by a filter, not exported",
    lines: () => [],
    sees: [],
    passes: {
      as: "nothing: a row that is not there cannot be seen",
      against: "a count in the file's name or in a last row, compared by whoever sends it",
    },
  },
];

/** The order of a damage's file in this row, from 1. */
export function orderAt(number: number, row: number): string {
  return `ORD-${String(number * 10 + row).padStart(4, "0")}`;
}

/** The file of one damage: a good row, what is damaged, another good row. */
export function fileOf({ cells, lines }: Damage, number: number): string {
  const second = orderAt(number, 2);
  const damaged = lines?.(second) ?? [line({ order: second, ...cells })];
  const goods = [1, 3].map((row) => line({ order: orderAt(number, row) }));
  return `${[columns.join(","), goods[0], ...damaged, goods[1]].join("\n")}\n`;
}
