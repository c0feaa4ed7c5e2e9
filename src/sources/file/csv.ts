import type { RowFinder, Rows } from "./rows.ts";
import type { Block } from "./text.ts";

// Rows of CSV, as RFC 4180 has them. A row that breaks the format is stopped by itself: the line on which it begins is kept as it stands, and reading goes
// on with the next line. So a quote that is opened and never closed costs one line, and not the rest of the file. In a cell that does not begin with a
// quote, quotes are letters like others.
//
// Rows without quotes, which are most, are cut by the engine's own search. A parser that looks at each letter takes ten times as long (csv-parse, which
// the tests hold this against).

/** How the cells of a file are written. */
export interface Cells {
  readonly delimiter: string;
  readonly quote: '"' | "'" | false;
  readonly escape: "double" | "backslash";
  readonly lineEnd: "\n" | "\r";
}

/** What is read of one row: its cells and where it ends; or why it cannot be. */
export type Cut =
  | { readonly cells: string[]; readonly end: number; readonly lines: number }
  | { readonly broken: string }
  /** The text ends first. */
  | undefined;

/** Finds rows, and makes records of their cells. */
export function csvRows(cells: Cells, names: readonly string[] | undefined): RowFinder {
  const { quote, delimiter, lineEnd } = cells;
  let quoteIn: Block | undefined;
  let nextQuote = -1;

  /** Where the next quote stands from `at` on: looked for once for all rows before it. */
  function quoteFrom(block: Block, at: number): number {
    if (quote === false) return Number.POSITIVE_INFINITY;
    if (quoteIn === block && nextQuote >= at) return nextQuote;
    quoteIn = block;
    const found = block.text.indexOf(quote, at);
    nextQuote = found < 0 ? Number.POSITIVE_INFINITY : found;
    return nextQuote;
  }

  function plainRow(block: Block, at: number, end: number, into: Rows): void {
    const stop = end > at && block.text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    if (stop > at) {
      const given = block.text.slice(at, stop);
      const row = block.decode === undefined ? given : block.decode(given);
      if (row === undefined) into.stop(undecodable, block, given);
      else record(row.split(delimiter), block, given, into);
    }
    into.line++;
  }

  function record(found: readonly string[], block: Block, given: string, into: Rows): void {
    if (names === undefined) return into.take(found, JSON.stringify(found));
    if (found.length !== names.length) return into.stop(wrongCount(found.length, names.length), block, given);
    const fields: Record<string, string> = {};
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as string;
      const cell = found[at] as string;
      if (name !== "") fields[name] = cell;
      else if (cell !== "")
        return into.stop(`column ${at + 1} has no name in the header and holds a value here`, block, given);
    }
    if (found[0] === names[0] && found.every((cell, at) => cell === names[at]))
      return into.stop("it is the header again", block, given);
    into.take(fields, JSON.stringify(fields));
  }

  function stopLine(why: string, block: Block, at: number, last: boolean, into: Rows): number {
    const found = block.text.indexOf(lineEnd, at);
    if (found < 0 && !last) return -1;
    const end = found < 0 ? block.text.length : found;
    into.stop(why, block, block.text.slice(at, end));
    into.line++;
    return end + 1;
  }

  function quotedRow(block: Block, at: number, last: boolean, into: Rows): number {
    const cut = cutRow(block.text, at, last, cells);
    if (cut === undefined) return -1;
    if ("broken" in cut) return stopLine(cut.broken, block, at, last, into);
    const given = block.text.slice(at, cut.end);
    if (block.decode === undefined) record(cut.cells, block, given, into);
    else {
      const row = block.decode(given);
      const again = row === undefined ? undefined : cutRow(row, 0, true, cells);
      if (again === undefined || "broken" in again) into.stop(undecodable, block, given);
      else record(again.cells, block, given, into);
    }
    into.line += cut.lines;
    return cut.end;
  }

  return {
    lineEnd,
    next(block, at, last, into) {
      const found = block.text.indexOf(lineEnd, at);
      const end = found < 0 && last ? block.text.length : found;
      const quoted = quoteFrom(block, at);
      if (quoted < (end < 0 ? block.text.length : end)) return quotedRow(block, at, last, into);
      if (end < 0) return -1;
      plainRow(block, at, end, into);
      return end + 1;
    },
    tooLong(block, at, into) {
      if (!block.text.includes(lineEnd, at)) return -1;
      return stopLine("a quote is opened in it and not closed within the longest row", block, at, false, into);
    },
  };
}

export const undecodable = "it holds bytes that are no letter in the file's encoding";

function wrongCount(found: number, expected: number): string {
  return `it has ${found} ${found === 1 ? "cell" : "cells"}, and ${expected} are expected`;
}

/** The row that begins at `at`, cell by cell. */
export function cutRow(
  text: string,
  at: number,
  last: boolean,
  { delimiter, quote, escape: escaping, lineEnd }: Cells,
): Cut {
  const cells: string[] = [];
  const delimiterCode = delimiter.charCodeAt(0);
  const endCode = lineEnd.charCodeAt(0);
  const quoteCode = quote === false ? -1 : quote.charCodeAt(0);
  let lines = 1;
  for (let from = at; ; ) {
    let end: number;
    if (text.charCodeAt(from) === quoteCode) {
      const cell = cutQuoted(text, from + 1, last, quote as string, escaping === "backslash");
      if (cell === undefined) return last ? { broken: "a quote is opened in it and never closed" } : undefined;
      lines += breaksIn(cell.value, lineEnd);
      cells.push(cell.value);
      end = cell.end;
      const code = text.charCodeAt(end);
      if (code === 13 && endCode !== 13 && (end + 1 === text.length || text.charCodeAt(end + 1) === endCode)) end++;
      else if (end < text.length && code !== delimiterCode && code !== endCode)
        return { broken: "something stands between a closing quote and the end of its cell" };
    } else {
      for (end = from; end < text.length; end++) {
        const code = text.charCodeAt(end);
        if (code === delimiterCode || code === endCode) break;
      }
      cells.push(
        text.slice(
          from,
          text.charCodeAt(end - 1) === 13 && end > from && text.charCodeAt(end) !== delimiterCode ? end - 1 : end,
        ),
      );
    }
    if (end >= text.length) return last ? { cells, end: text.length + 1, lines } : undefined;
    if (text.charCodeAt(end) === endCode) return { cells, end: end + 1, lines };
    from = end + 1;
  }
}

/** The rest of a cell whose quote has been opened, and where it ends, past the closing quote. */
function cutQuoted(
  text: string,
  from: number,
  last: boolean,
  quote: string,
  backslash: boolean,
): { readonly value: string; readonly end: number } | undefined {
  let value = "";
  for (let start = from; ; ) {
    const found = text.indexOf(quote, start);
    // At the end of the text, the next letter may still be a second quote.
    if (found < 0 || (found + 1 === text.length && !last)) return undefined;
    if (backslash && isEscaped(text, from, found)) {
      value += text.slice(start, found + 1);
      start = found + 1;
    } else if (!backslash && text.startsWith(quote, found + 1)) {
      value += text.slice(start, found + 1);
      start = found + 2;
    } else {
      value += text.slice(start, found);
      return { value: backslash ? value.replaceAll(/\\([\\"'])/g, "$1") : value, end: found + 1 };
    }
  }
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(text: string, from: number, at: number): boolean {
  let count = 0;
  while (at - 1 - count >= from && text.charCodeAt(at - 1 - count) === 92) count++;
  return count % 2 === 1;
}

function breaksIn(text: string, lineEnd: string): number {
  let count = 0;
  for (let at = text.indexOf(lineEnd); at >= 0; at = text.indexOf(lineEnd, at + 1)) count++;
  return count;
}
