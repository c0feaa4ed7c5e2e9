import type { FileHandle } from "node:fs/promises";
import type { CsvFormat, FixedWidthFormat, Format, JsonFormat } from "../../define/source.ts";
import { WaybillError } from "../../model/errors.ts";
import { csvRows } from "./csv.ts";
import { type Dialect, dialectOf, nameOf } from "./csv-dialect.ts";
import { type Encoding, encodingOf } from "./encoding.ts";
import { jsonList } from "./json-list.ts";
import { fixedWidthLines, jsonLines } from "./lines.ts";
import { type Place, RowReader, type RowSource } from "./row-reader.ts";
import type { RowFinder } from "./rows.ts";
import type { Survey } from "./survey.ts";
import { type Block, type TextReader, textReader } from "./text.ts";
import { xlsxRows, xmlRows } from "./whole.ts";

/** How a file is read, found out or declared: it is said in the log and kept with each record. */
export interface Reading {
  readonly format: Format["kind"];
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly quotes?: string;
}

/** A file whose rows can be read. */
export interface Opened {
  readonly reading: Reading;
  /** From the beginning of its rows, or where they were left. */
  readonly rows: (origin: string) => Promise<RowSource>;
}

export interface ToOpen {
  readonly handle: FileHandle;
  readonly path: string;
  readonly survey: Survey;
  /** Undefined for the first row. */
  readonly from: Place | undefined;
}

/**
 * Finds out how a file is to be read.
 *
 * @throws {WaybillError} `unreadable`, `too-large` or `not-available`, with what to declare or install.
 */
export function openFile(format: Format, file: ToOpen): Promise<Opened> {
  switch (format.kind) {
    case "csv":
      return openCsv(format, file);
    case "fixedWidth":
      return openLines(format, file);
    case "json":
    case "jsonl":
      return openJson(format, file);
    case "xlsx":
    case "xml":
      return openWhole(format, file);
  }
}

const start: Place = { at: 0, line: 1, rows: 0 };

async function openWhole(
  format: Extract<Format, { kind: "xlsx" | "xml" }>,
  { path, survey, from = start }: ToOpen,
): Promise<Opened> {
  return {
    reading: { format: format.kind },
    rows: (origin) =>
      format.kind === "xlsx"
        ? xlsxRows(path, survey.bytes, format, origin, from)
        : xmlRows(path, survey.bytes, format, origin, from),
  };
}

async function openJson(format: JsonFormat, file: ToOpen): Promise<Opened> {
  const text = await openText(format, file);
  const from = file.from ?? { ...start, at: text.markBytes };
  return {
    reading: { format: format.kind, encoding: text.encoding.name },
    rows: async (origin) => {
      const finder =
        format.kind === "jsonl"
          ? jsonLines(text.lineEnd, format.rowBytesMax)
          : jsonList(format.rowBytesMax, listStage(file));
      return rowsFrom(text, finder, from, origin, format.rowBytesMax, file.handle);
    },
  };
}

function listStage({ from, survey }: ToOpen): "before" | "in-list" | "after" {
  if (from === undefined || from.rows === 0) return "before";
  return from.at >= survey.bytes ? "after" : "in-list";
}

async function openLines(format: FixedWidthFormat, file: ToOpen): Promise<Opened> {
  const text = await openText(format, file);
  const from = file.from ?? (await afterLines(text, file.handle, format.skipLines));
  return {
    reading: { format: format.kind, encoding: text.encoding.name },
    rows: async (origin) =>
      rowsFrom(text, fixedWidthLines(text.lineEnd, format), from, origin, format.rowBytesMax, file.handle),
  };
}

async function openCsv(format: CsvFormat, file: ToOpen): Promise<Opened> {
  const text = await openText(format, file);
  const { dialect, headBytes } = await csvDialect(format, text, file.handle);
  const from = file.from ?? { at: text.markBytes + headBytes, line: dialect.dataLine, rows: 0 };
  const quotes = format.quote === false ? "letters" : dialect.quotes ? format.quote : "none seen";
  return {
    reading: { format: "csv", encoding: text.encoding.name, delimiter: dialect.delimiter, quotes },
    rows: async (origin) =>
      rowsFrom(text, csvRows(dialect, dialect.names), from, origin, format.rowBytesMax, file.handle),
  };
}

interface OpenText {
  readonly encoding: Encoding;
  readonly reader: TextReader;
  readonly lineEnd: "\n" | "\r";
  /** Of the byte order mark, in the text in which rows are found. */
  readonly markBytes: number;
}

async function openText(format: { readonly encoding: string }, { survey }: ToOpen): Promise<OpenText> {
  const { facts, bytes } = survey;
  const encoding = encodingOf(facts, bytes, format.encoding);
  const reader = await textReader(encoding.name);
  const lineEnd = facts.hasReturn && !facts.hasLineFeed ? "\r" : "\n";
  // What is written as UTF-8 first begins with its mark in UTF-8.
  const markBytes = encoding.markBytes === 0 ? 0 : reader.seekable ? encoding.markBytes : 3;
  return { encoding, reader, lineEnd, markBytes };
}

function rowsFrom(
  { reader }: OpenText,
  finder: RowFinder,
  from: Place,
  origin: string,
  rowBytesMax: number,
  handle: FileHandle,
): RowSource {
  return new RowReader({ handle, reader, finder, from, origin, rowBytesMax });
}

const sampleBytes = 262_144;

interface Sample extends Block {
  /** That is all. */
  readonly whole: boolean;
}

/** The beginning of the text, without its mark. */
async function sample({ encoding, markBytes }: OpenText, handle: FileHandle, bytesMax: number): Promise<Sample> {
  const buffer = Buffer.alloc(bytesMax);
  const { bytesRead } = await handle.read(buffer, 0, bytesMax, 0);
  const whole = bytesRead < bytesMax;
  // A reader of its own: some remember what came before.
  const reader = await textReader(encoding.name);
  const bytes = reader.translate(buffer.subarray(0, bytesRead), true).subarray(markBytes);
  return { ...reader.block(whole ? bytes : bytes.subarray(0, reader.wholeLetters(bytes))), whole };
}

async function csvDialect(
  format: CsvFormat,
  text: OpenText,
  handle: FileHandle,
): Promise<{ readonly dialect: Dialect; readonly headBytes: number }> {
  for (let bytes = sampleBytes; ; bytes *= 4) {
    const head = await sample(text, handle, bytes);
    const dialect = dialectOf(head.text, head.whole, format, text.lineEnd);
    if (dialect !== undefined) {
      const headBytes = head.bytesOf(head.text.slice(0, dialect.dataAt));
      return { dialect: decodedNames(dialect, head.decode), headBytes };
    }
    if (head.whole) {
      throw new WaybillError(
        "unreadable",
        "it has no first row.",
        "An empty file is taken once something stands in it.",
      );
    }
    if (bytes > format.rowBytesMax) {
      throw new WaybillError(
        "unreadable",
        `its first row does not end within ${format.rowBytesMax} bytes.`,
        "Is it CSV? A quote that is opened in the header and never closed looks like this.",
      );
    }
  }
}

/** Names of the header in the file's own letters. */
function decodedNames(dialect: Dialect, decode: Block["decode"]): Dialect {
  if (dialect.names === undefined || decode === undefined) return dialect;
  const names = dialect.names.map(decode);
  const at = names.indexOf(undefined);
  if (at < 0) return { ...dialect, names: names as string[] };
  throw new WaybillError(
    "unreadable",
    `the name of column ${at + 1} is not in the file's encoding.`,
    "Declare the encoding.",
  );
}

async function afterLines(text: OpenText, handle: FileHandle, count: number): Promise<Place> {
  const head = await sample(text, handle, sampleBytes);
  let at = 0;
  for (let left = count; left > 0; left--) {
    const end = head.text.indexOf(text.lineEnd, at);
    at = end < 0 ? head.text.length : end + 1;
  }
  return { at: text.markBytes + head.bytesOf(head.text.slice(0, at)), line: count + 1, rows: 0 };
}

const formatNames: Readonly<Record<Format["kind"], string>> = {
  csv: "CSV",
  jsonl: "JSON Lines",
  json: "JSON",
  fixedWidth: "fixed width",
  xlsx: "Excel",
  xml: "XML",
};

/** How a file is read, in words: `CSV, semicolon, windows-1252`. */
export function readingText({ format, encoding, delimiter, quotes }: Reading): string {
  const words = [formatNames[format]];
  if (delimiter !== undefined) words.push(nameOf(delimiter));
  if (quotes !== undefined)
    words.push(quotes === "none seen" || quotes === "letters" ? "no quotes" : `quotes ${quotes}`);
  if (encoding !== undefined) words.push(encoding);
  return words.join(", ");
}
