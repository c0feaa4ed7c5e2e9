import type { FixedWidthFormat } from "../../define/source.ts";
import { said } from "../../model/errors.ts";
import { UnreadableJson } from "../../model/json.ts";
import { itemOfText } from "../item.ts";
import { undecodable } from "./csv.ts";
import type { RowFinder, Rows } from "./rows.ts";
import type { Block } from "./text.ts";

// Formats in which a line is a row, whatever stands in it.

/** JSON values, one a line. */
export function jsonLines(lineEnd: "\n" | "\r", rowBytesMax: number): RowFinder {
  return lineByLine(lineEnd, (line, block, given, into) => takeJson(line, rowBytesMax, block, given, into));
}

/** One JSON text as a record, or as a row that breaks the format. */
export function takeJson(text: string, bytesMax: number, block: Block, given: string, into: Rows): void {
  try {
    into.add(itemOfText(text, { bytesMax }, { raw: text, index: 0 }));
  } catch (error) {
    if (!(error instanceof UnreadableJson)) throw error;
    into.stop(said(error), block, given);
  }
}

/** Lines whose fields stand at fixed places. */
export function fixedWidthLines(lineEnd: "\n" | "\r", { columns }: FixedWidthFormat): RowFinder {
  const whole = columns.reduce((sum, { width }) => sum + width, 0);
  const beforeLast = whole - (columns.at(-1)?.width ?? 0);
  return lineByLine(lineEnd, (line, block, given, into) => {
    // What fills the last field is often left out at the end of a line.
    if (line.length > whole || line.length < beforeLast) {
      const why = `it has ${line.length} characters, and ${whole} are expected`;
      return into.stop(why, block, given);
    }
    const fields: Record<string, string> = {};
    let at = 0;
    for (const { name, width } of columns) {
      fields[name] = line.slice(at, at + width).trim();
      at += width;
    }
    into.take(fields, JSON.stringify(fields));
  });
}

function lineByLine(
  lineEnd: "\n" | "\r",
  take: (line: string, block: Block, given: string, into: Rows) => void,
): RowFinder {
  return {
    lineEnd,
    next(block, at, last, into) {
      const { text, decode } = block;
      const found = text.indexOf(lineEnd, at);
      if (found < 0 && !last) return -1;
      const end = found < 0 ? text.length : found;
      const given = text.slice(at, end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end);
      if (given.trim() !== "") {
        const line = decode === undefined ? given : decode(given);
        if (line === undefined) into.stop(undecodable, block, given);
        else take(line, block, given, into);
      }
      into.line++;
      return end + 1;
    },
    tooLong: () => -1,
  };
}
