import type { CsvFormat } from "../../define/source.ts";
import { WaybillError } from "../../model/errors.ts";
import { type Cells, type Cut, cutRow } from "./csv.ts";

// What a CSV file does not say of itself, found out from its first rows: what stands between cells, and whether quotes are used. Two answers that fit are none:
// then the file is not read until somebody declares which it is.

/** How one file is written. */
export interface Dialect extends Cells {
  /** Undefined where records are lists of cells. An unnamed column has an empty name. */
  readonly names: readonly string[] | undefined;
  /** Where the first row begins, and on which line. */
  readonly dataAt: number;
  readonly dataLine: number;
  /** Whether a quoted cell stands in the first rows. */
  readonly quotes: boolean;
}

const candidates = [",", ";", "\t", "|"] as const;
/** So many rows are looked at. */
const rowsLooked = 200;
/** Where no delimiter gives rows of equal length, the one that does for so many times as many rows as any other. */
const clearly = 2;

/**
 * The dialect of a file that begins with `text`.
 *
 * @param whole nothing comes after this text.
 * @returns undefined when the header does not end within the text.
 * @throws {WaybillError} `unreadable` when two delimiters fit, or the header cannot be one.
 */
export function dialectOf(text: string, whole: boolean, format: CsvFormat, lineEnd: "\n" | "\r"): Dialect | undefined {
  const start = skipLines(text, format.skipLines, lineEnd);
  const says = /^sep=([^\r\n"])\r?\n/i.exec(text.slice(start.at, start.at + 16));
  const from = says === null ? start : { at: start.at + says[0].length, line: start.line + 1 };
  const { quote } = format;
  const delimiter =
    format.delimiter !== "auto"
      ? format.delimiter
      : (says?.[1] ?? detected(text, from.at, whole, { quote, escape: format.escape, lineEnd }));
  if (delimiter === undefined) return undefined;
  const cells: Cells = { delimiter, quote, escape: format.escape, lineEnd };
  const quotes = quote !== false && text.includes(quote, from.at);
  if (format.header !== true) {
    const names = format.header === false ? undefined : format.header;
    return { ...cells, quotes, names, dataAt: from.at, dataLine: from.line };
  }
  const first = cutRow(text, from.at, whole, cells);
  if (first === undefined) return undefined;
  if ("broken" in first) throw unclear(`line ${from.line}, the header, cannot be read: ${first.broken}.`, quoteHint);
  return {
    ...cells,
    quotes,
    names: namesOf(first.cells, from.line),
    dataAt: Math.min(first.end, text.length),
    dataLine: from.line + first.lines,
  };
}

const quoteHint = "If quotes are letters like others in this file, declare quote: false.";

function skipLines(text: string, count: number, lineEnd: string): { at: number; line: number } {
  let at = 0;
  let line = 1;
  const pass = (): boolean => {
    const end = text.indexOf(lineEnd, at);
    if (end < 0) return false;
    at = end + 1;
    line++;
    return true;
  };
  for (let left = count; left > 0 && pass(); left--);
  while (/^\r?[\n\r]/.test(text.slice(at, at + 2)) && pass());
  return { at, line };
}

interface Fit {
  readonly delimiter: string;
  readonly columns: number;
  /** The share of rows that have as many cells as the first. */
  readonly agreeing: number;
  readonly rows: number;
}

/** The one delimiter that fits; undefined when the first row does not end within the text. */
function detected(text: string, at: number, whole: boolean, cells: Omit<Cells, "delimiter">): string | undefined {
  const fits: Fit[] = [];
  for (const delimiter of candidates) {
    const fit = fitOf(text, at, whole, { ...cells, delimiter });
    if (fit === undefined) return undefined;
    if (fit.columns > 1) fits.push(fit);
  }
  // One column, whatever stands between others.
  if (fits.length === 0) return ",";
  const best = Math.max(...fits.map(({ agreeing }) => agreeing));
  const good = fits.filter(({ agreeing }) => (best === 1 ? agreeing === 1 : agreeing * clearly >= best));
  const [only, other] = good;
  if (only !== undefined && other === undefined) return only.delimiter;
  const found = good.map(({ delimiter, columns }) => `${nameOf(delimiter)} (${columns} columns)`);
  throw unclear(
    `what stands between its cells cannot be told: ${found.join(" and ")} fit.`,
    'Declare it: csv({ delimiter: ";" }).',
  );
}

function fitOf(text: string, from: number, whole: boolean, cells: Cells): Fit | undefined {
  let columns = 0;
  let rows = 0;
  let agreeing = 0;
  for (let at = from; at < text.length && rows < rowsLooked; ) {
    const cut: Cut = cutRow(text, at, whole, cells);
    if (cut === undefined) break;
    const lineEnd = text.indexOf(cells.lineEnd, at);
    if ("broken" in cut) {
      if (rows === 0) return { delimiter: cells.delimiter, columns: 0, agreeing: 0, rows: 1 };
      rows++;
      at = lineEnd < 0 ? text.length : lineEnd + 1;
      continue;
    }
    at = cut.end;
    if (cut.cells.length === 1 && (cut.cells[0] === "" || cut.cells[0] === "\r")) continue;
    if (rows === 0) columns = cut.cells.length;
    if (cut.cells.length === columns) agreeing++;
    rows++;
  }
  if (rows === 0) return whole ? { delimiter: cells.delimiter, columns: 0, agreeing: 1, rows } : undefined;
  return { delimiter: cells.delimiter, columns, agreeing: agreeing / rows, rows };
}

function namesOf(cells: readonly string[], line: number): readonly string[] {
  const names = cells.map((cell) => cell.trim());
  if (names.every((name) => name === "")) throw unclear(`line ${line}, the header, names no column.`, noHeader);
  const first = new Map<string, number>();
  for (const [at, name] of names.entries()) {
    const before = first.get(name);
    if (name !== "" && before !== undefined)
      throw unclear(`its header names "${name}" twice, in columns ${before + 1} and ${at + 1}.`, noHeader);
    first.set(name, at);
  }
  if (names.includes("__proto__"))
    throw unclear('its header names a column "__proto__".', "Rename it where the file is made.");
  return Object.freeze(names);
}

const noHeader = 'If the first line is no header, declare header: false, or the names: header: ["sku", "price"].';

const delimiterNames: Readonly<Record<string, string>> = {
  ",": "comma",
  ";": "semicolon",
  "\t": "tab",
  "|": "vertical bar",
};

/** As a person calls it. */
export function nameOf(delimiter: string): string {
  return delimiterNames[delimiter] ?? `"${delimiter}"`;
}

function unclear(why: string, hint: string): WaybillError {
  return new WaybillError("unreadable", why, hint);
}
