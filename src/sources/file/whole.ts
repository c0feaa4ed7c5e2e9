import { readFile } from "node:fs/promises";
import type { XlsxFormat, XmlFormat } from "../../define/source.ts";
import { said, WaybillError } from "../../model/errors.ts";
import { encodeJson } from "../../model/json.ts";
import type { Chunk, Place, RowSource } from "./row-reader.ts";
import { Rows } from "./rows.ts";

// Formats that only their own libraries can read, and only whole: Excel sheets and XML. Both are optional parts, and such files have a limit of their own.

const bytesMax = 50_000_000;
const chunkRows = 1_000;

/** One row as it was read: its fields, or why it cannot be taken. */
type Read = { readonly line: number } & (
  | { readonly value: unknown }
  | { readonly broken: string; readonly raw: string }
);

class WholeRows implements RowSource {
  readonly #reads: readonly Read[];
  readonly #origin: string;
  #count: number;

  constructor(reads: readonly Read[], origin: string, from: Place) {
    this.#reads = reads;
    this.#origin = origin;
    this.#count = from.rows;
  }

  async next(rowsMax: number): Promise<Chunk> {
    const rows = new Rows(this.#origin, 1);
    const part = this.#reads.slice(this.#count, this.#count + Math.min(rowsMax, chunkRows));
    for (const read of part) {
      rows.line = read.line;
      if ("broken" in read) rows.keep(`row ${read.line}: ${read.broken}`, read.raw);
      else rows.take(read.value, encodeJson(read.value));
    }
    this.#count += part.length;
    const place = { at: this.#count, line: rows.line, rows: this.#count };
    const last = this.#count >= this.#reads.length;
    return { items: rows.collect(), ...place, whole: place, broken: rows.broken, last };
  }
}

/**
 * The rows of an Excel sheet. Numbers come as numbers and dates as ISO text, as the sheet holds them: what a format shows of them is not in the cell.
 *
 * @throws {WaybillError} `not-available` without read-excel-file, `unreadable` or `too-large` for what is no such sheet.
 */
export async function xlsxRows(
  path: string,
  bytes: number,
  format: XlsxFormat,
  origin: string,
  from: Place,
): Promise<RowSource> {
  refuseLarge(bytes, "an Excel file");
  const sheet = await readSheet(path, format.sheet);
  const named = format.header === true;
  const names = named ? headerOf(sheet[0] ?? []) : format.header === false ? undefined : format.header;
  const reads = sheet.flatMap((cells, at): Read[] => {
    if ((named && at === 0) || cells.every((cell) => cell === null)) return [];
    return [rowOf(cells.map(cellValue), names, at + 1)];
  });
  return new WholeRows(reads, origin, from);
}

type SheetCell = string | number | boolean | Date | null;

async function readSheet(path: string, sheet: string | number): Promise<readonly (readonly SheetCell[])[]> {
  const { default: readExcel } = await optional(
    "read-excel-file",
    "Excel files are",
    () => import("read-excel-file/node"),
  );
  try {
    const sheets = (await readExcel(path)) as unknown as readonly {
      readonly sheet: string;
      readonly data: SheetCell[][];
    }[];
    const found = typeof sheet === "number" ? sheets[sheet - 1] : sheets.find((one) => one.sheet === sheet);
    if (found !== undefined) return found.data;
    const there = sheets.map((one) => `"${one.sheet}"`).join(", ");
    throw new WaybillError(
      "unreadable",
      `it has no sheet ${JSON.stringify(sheet)}.`,
      `It has ${there}: xlsx({ sheet: … }).`,
    );
  } catch (error) {
    if (error instanceof WaybillError) throw error;
    throw new WaybillError(
      "unreadable",
      `it is no Excel file that can be read: ${said(error)}.`,
      "Only .xlsx is read, without a password.",
    );
  }
}

function cellValue(cell: SheetCell): string | number | boolean | null {
  return cell instanceof Date ? cell.toISOString() : cell;
}

function headerOf(cells: readonly SheetCell[]): readonly string[] {
  const names = cells.map((cell) => (cell === null ? "" : String(cellValue(cell)).trim()));
  const twice = names.find((name, at) => name !== "" && names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new WaybillError("unreadable", `its header names "${twice}" twice.`, "Rename one of the columns.");
  if (names.every((name) => name === "") || names.includes("__proto__"))
    throw new WaybillError("unreadable", "its first row is no header.", "Declare header: false, or the names.");
  return names;
}

/** Cells that are empty are left out; a text column of a spreadsheet has no empty text. */
function rowOf(
  cells: readonly (string | number | boolean | null)[],
  names: readonly string[] | undefined,
  line: number,
): Read {
  if (names === undefined) return { line, value: cells };
  const fields: Record<string, unknown> = {};
  for (const [at, cell] of cells.entries()) {
    const name = names[at] ?? "";
    if (cell === null) continue;
    if (name === "")
      return {
        line,
        broken: `column ${at + 1} has no name in the header and holds a value here`,
        raw: encodeJson(cells),
      };
    fields[name] = cell;
  }
  return { line, value: fields };
}

/**
 * The elements of one name in an XML file, wherever they stand. Values are text as it is written; attributes stand under `@name`.
 *
 * @throws {WaybillError} `not-available` without fast-xml-parser, `unreadable` or `too-large` for what is no such file.
 */
export async function xmlRows(
  path: string,
  bytes: number,
  format: XmlFormat,
  origin: string,
  from: Place,
): Promise<RowSource> {
  refuseLarge(bytes, "an XML file");
  const { XMLParser, XMLValidator } = await optional("fast-xml-parser", "XML is", () => import("fast-xml-parser"));
  const text = xmlText(await readFile(path));
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    throw new WaybillError(
      "unreadable",
      `line ${valid.err.line}: ${valid.err.msg.replace(/\.$/, "")}.`,
      "It is no well-formed XML: have it sent again.",
    );
  }
  const parser = new XMLParser({
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    processEntities: true,
    isArray: (name) => name === format.record,
  });
  let parsed: unknown;
  try {
    parsed = parser.parse(text);
  } catch (error) {
    throw new WaybillError("unreadable", `it cannot be read: ${said(error)}.`);
  }
  const records: unknown[] = [];
  collect(parsed, format.record, records);
  return new WholeRows(
    records.map((value, at) => ({ line: at + 1, value })),
    origin,
    from,
  );
}

/** In the encoding that the file names of itself. */
function xmlText(bytes: Buffer): string {
  const head = bytes.subarray(0, 200).toString("latin1");
  const declared = /^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)["']/.exec(head)?.[1] ?? "utf-8";
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : undefined;
  try {
    return new TextDecoder(mark ?? declared, { fatal: true }).decode(bytes);
  } catch {
    throw new WaybillError(
      "unreadable",
      `it is not in the encoding that it names, ${mark ?? declared}.`,
      "Have it written as it says.",
    );
  }
}

function collect(value: unknown, name: string, into: unknown[]): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === name && Array.isArray(inner)) into.push(...inner);
    else collect(inner, name, into);
  }
}

function refuseLarge(bytes: number, what: string): void {
  if (bytes <= bytesMax) return;
  throw new WaybillError(
    "too-large",
    `it has ${bytes} bytes; ${what} is read whole, and may have ${bytesMax}.`,
    "Have it sent as CSV, which may have any size.",
  );
}

async function optional<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    throw new WaybillError("not-available", `${what} read by ${name}, which is not installed.`, `npm install ${name}`);
  }
}
