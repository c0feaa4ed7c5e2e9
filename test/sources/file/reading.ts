// Files of a test, read by the same way as a source reads them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Format } from "../../../src/define/source.ts";
import { openFile, readingText } from "../../../src/sources/file/open.ts";
import type { Place } from "../../../src/sources/file/row-reader.ts";
import { survey } from "../../../src/sources/file/survey.ts";
import type { Item } from "../../../src/sources/item.ts";

export interface ReadFile {
  readonly items: readonly Item[];
  /** How it was read, in words. */
  readonly reading: string;
  /** The place after each chunk. */
  readonly places: readonly Place[];
}

export interface HowToRead {
  readonly from?: Place;
  readonly rowsAtOnce?: number;
}

/** All that is read of a file with this content. */
export async function readAll(
  content: string | Uint8Array,
  format: Format,
  { from, rowsAtOnce = 1_000 }: HowToRead = {},
): Promise<ReadFile> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-file-"));
  const path = join(folder, "file");
  writeFileSync(path, content);
  const handle = await open(path);
  try {
    const opened = await openFile(format, { handle, path, survey: await survey(handle, -1), from });
    const rows = await opened.rows("{}");
    const items: Item[] = [];
    const places: Place[] = [];
    for (;;) {
      const chunk = await rows.next(rowsAtOnce);
      items.push(...chunk.items);
      places.push({ at: chunk.at, line: chunk.line, rows: chunk.rows });
      if (chunk.last) return { items, reading: readingText(opened.reading), places };
    }
  } finally {
    await handle.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const valuesOf = ({ items }: ReadFile): unknown[] =>
  items.filter(({ flaw }) => flaw === undefined).map(({ value }) => value);

/** Line and reason of each row that was stopped. */
export const stopsOf = ({ items }: ReadFile): string[] =>
  items.flatMap(({ flaw }) => (flaw === undefined ? [] : [flaw.message]));

export const rawsOf = ({ items }: ReadFile): string[] =>
  items.filter(({ flaw }) => flaw !== undefined).map(({ raw }) => Buffer.from(raw).toString("latin1"));

/** Text in an encoding with one byte a letter, as Windows-1252 has them. */
export function windows1252(text: string): Buffer {
  const all = new TextDecoder("windows-1252").decode(Uint8Array.from({ length: 256 }, (_, at) => at));
  return Buffer.from([...text].map((letter) => all.indexOf(letter)));
}

export function utf16(text: string, order: "le" | "be"): Buffer {
  const little = Buffer.from(text, "utf16le");
  return order === "le" ? little : little.swap16();
}
