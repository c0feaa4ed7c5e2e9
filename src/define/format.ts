import {
  checkBoolean,
  checkOneOf,
  checkOptions,
  checkRequired,
  checkText,
  checkWhole,
  type Declared,
  declared,
  refuse,
  shown,
} from "../model/options.ts";
import { checkEncoding } from "./encoding.ts";
import type { Format } from "./source.ts";

// How the content of a file is read. What is left to be found out ("auto") is found out for each file, said in the log and kept with each record;
// where a file leaves it open, the file is not read and the reason says what to declare.

interface TextOptions {
  /** A name that `TextDecoder` or iconv-lite knows, such as `"windows-1252"`, or `"auto"` (the default) to find it out. */
  encoding?: "auto" | (string & {});
}

interface RowOptions extends TextOptions {
  /** Longer rows are quarantined; 1,000,000 by default. */
  rowBytesMax?: number;
}

export interface CsvOptions extends RowOptions {
  /** `true` (the default): the first line names the fields. A list names them where no line does. `false`: each record is a list of cells. */
  header?: boolean | readonly string[];
  /** One character, or `"auto"` (the default) to find it out. */
  delimiter?: "auto" | (string & {});
  /** What cells are quoted with, `'"'` by default; `false` where quotes are letters like others. */
  quote?: '"' | "'" | false;
  /** How a quote is written inside a quoted cell: doubled (the default), or after a backslash. */
  escape?: "double" | "backslash";
  /** Lines before the header that are not part of the table; none by default. */
  skipLines?: number;
}

const rowBytesDefault = 1_000_000;
const rowBytesMost = 64_000_000;

/**
 * Rows of comma-separated values (RFC 4180).
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 * @example csv({ delimiter: ";", encoding: "windows-1252" })
 */
export function csv(options: CsvOptions = {}): Format {
  const thing = declared("csv()");
  checkOptions(thing, options, {
    header: true,
    delimiter: true,
    encoding: true,
    quote: true,
    escape: true,
    skipLines: true,
    rowBytesMax: true,
  } satisfies Record<keyof CsvOptions, true>);
  const { header = true, delimiter = "auto", quote = '"', escape: escaping = "double", skipLines = 0 } = options;
  if (Array.isArray(header)) checkNames(thing, "header", header);
  else checkBoolean(thing, "header", header);
  if (typeof delimiter !== "string" || (delimiter !== "auto" && !/^[^\r\n"]$/u.test(delimiter))) {
    refuse(
      thing,
      `delimiter is ${shown(delimiter)}, and one character is expected.`,
      'Such as ",", ";", "\\t", or "auto".',
    );
  }
  if (quote !== false && quote !== '"' && quote !== "'")
    refuse(thing, `quote is ${shown(quote)}.`, "It is '\"', \"'\", or false where quotes are letters like others.");
  if (quote === delimiter) refuse(thing, `quote and delimiter are both ${shown(quote)}.`);
  checkOneOf(thing, "escape", escaping, ["double", "backslash"]);
  checkWhole(thing, "skipLines", skipLines, { min: 0, max: 1_000 });
  return Object.freeze({
    kind: "csv",
    header: Array.isArray(header) ? Object.freeze([...header]) : (header as boolean),
    delimiter,
    quote,
    escape: escaping,
    skipLines,
    ...textOptions(thing, options),
  });
}

/**
 * JSON values, one a line (https://github.com/ndjson/ndjson-spec).
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 */
export function jsonl(options: RowOptions = {}): Format {
  const thing = declared("jsonl()");
  checkOptions(thing, options, { encoding: true, rowBytesMax: true } satisfies Record<keyof RowOptions, true>);
  return Object.freeze({ kind: "jsonl", ...textOptions(thing, options) });
}

/**
 * A file that is one JSON list: each of its elements is a record. A file that is one JSON object is one record.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 */
export function json(options: RowOptions = {}): Format {
  const thing = declared("json()");
  checkOptions(thing, options, { encoding: true, rowBytesMax: true } satisfies Record<keyof RowOptions, true>);
  return Object.freeze({ kind: "json", ...textOptions(thing, options) });
}

export interface FixedWidthOptions extends RowOptions {
  /** The fields in their order, each with its width in characters. */
  columns: Readonly<Record<string, number>>;
  /** Lines before the first row that are no records; none by default. */
  skipLines?: number;
}

/**
 * Lines whose fields stand at fixed places. Spaces around a value are filling, and left out.
 *
 * @throws {WaybillError} `bad-definition` when there are no columns, or an option is unknown or cannot be.
 * @example fixedWidth({ columns: { sku: 10, price: 8, note: 30 } })
 */
export function fixedWidth(options: FixedWidthOptions): Format {
  const thing = declared("fixedWidth()");
  checkOptions(thing, options ?? {}, {
    columns: true,
    encoding: true,
    skipLines: true,
    rowBytesMax: true,
  } satisfies Record<keyof FixedWidthOptions, true>);
  checkRequired(thing, options ?? {}, { columns: "The fields with their widths: columns: { sku: 10, price: 8 }." });
  const { columns, skipLines = 0 } = options;
  if (typeof columns !== "object" || columns === null || Array.isArray(columns))
    refuse(thing, `columns is ${shown(columns)}, and an object is expected.`, "Such as { sku: 10, price: 8 }.");
  const names = Object.keys(columns);
  checkNames(thing, "columns", names);
  if (names.some((name) => /^\d+$/.test(name)))
    refuse(thing, "a column is named by a number, and objects put those first.", "Name it with a letter in front.");
  for (const name of names) checkWhole(thing, `columns.${name}`, columns[name], { min: 1, max: 1_000_000 });
  checkWhole(thing, "skipLines", skipLines, { min: 0, max: 1_000 });
  return Object.freeze({
    kind: "fixedWidth",
    columns: Object.freeze(names.map((name) => ({ name, width: columns[name] as number }))),
    skipLines,
    ...textOptions(thing, options),
  });
}

export interface XlsxOptions {
  /** The sheet's name, or its number from 1 on; the first by default. */
  sheet?: string | number;
  /** As in `csv()`. */
  header?: boolean | readonly string[];
}

/**
 * Rows of an Excel sheet; needs the package read-excel-file. Such a file is read whole, and may have 50 MB.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 */
export function xlsx(options: XlsxOptions = {}): Format {
  const thing = declared("xlsx()");
  checkOptions(thing, options, { sheet: true, header: true } satisfies Record<keyof XlsxOptions, true>);
  const { sheet = 1, header = true } = options;
  if (typeof sheet === "string") checkText(thing, "sheet", sheet);
  else checkWhole(thing, "sheet", sheet, { min: 1, max: 10_000 }, "A name, or a number from 1 on.");
  if (Array.isArray(header)) checkNames(thing, "header", header);
  else checkBoolean(thing, "header", header);
  return Object.freeze({ kind: "xlsx", sheet, header: header as boolean | readonly string[] });
}

export interface XmlOptions {
  /** The name of the element that is a record, wherever it stands: `"product"`. */
  record: string;
}

/**
 * Elements of an XML file; needs the package fast-xml-parser. All values are text; attributes stand under `@name`. Such a file is read whole, and may
 * have 50 MB.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 */
export function xml(options: XmlOptions): Format {
  const thing = declared("xml()");
  checkOptions(thing, options ?? {}, { record: true } satisfies Record<keyof XmlOptions, true>);
  checkRequired(thing, options ?? {}, { record: 'Which element is a record: record: "product".' });
  checkText(thing, "record", options.record, 'Such as "product".');
  return Object.freeze({ kind: "xml", record: options.record });
}

function textOptions(thing: Declared, { encoding = "auto", rowBytesMax = rowBytesDefault }: RowOptions) {
  checkWhole(thing, "rowBytesMax", rowBytesMax, { min: 100, max: rowBytesMost });
  return { encoding: checkEncoding(thing, encoding), rowBytesMax };
}

function checkNames(thing: Declared, what: string, names: readonly unknown[]): void {
  if (names.length === 0) refuse(thing, `${what} is empty.`, "Name the fields.");
  for (const name of names) {
    checkText(thing, `a name in ${what}`, name);
    if (name === "__proto__") refuse(thing, `${what} holds the name "__proto__".`, "Give it another name.");
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) refuse(thing, `${what} holds ${shown(twice)} twice.`, "Each name names one field.");
}
