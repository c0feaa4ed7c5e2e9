import { WaybillError } from "../../model/errors.ts";
import { undecodable } from "./csv.ts";
import { takeJson } from "./lines.ts";
import type { RowFinder, Rows } from "./rows.ts";
import type { Block } from "./text.ts";

// A file that is one JSON list, of any length: its elements are found one by one, by counting brackets outside of strings, and each is read by itself. Where
// brackets do not match, nobody can tell where the next element begins: there the file stops.

type Stage = "before" | "in-list" | "lone" | "after";

/** @param from where reading begins, or goes on. */
export function jsonList(rowBytesMax: number, from: "before" | "in-list" | "after"): RowFinder {
  let stage: Stage = from;

  function open(block: Block, at: number): number {
    const first = block.text[at];
    if (first !== "[" && first !== "{") {
      throw stops(1, "it is neither a JSON list nor a JSON object", "Is it JSON Lines? Then the format is jsonl().");
    }
    stage = first === "[" ? "in-list" : "lone";
    return first === "[" ? at + 1 : at;
  }

  function element(block: Block, at: number, last: boolean, into: Rows): number {
    const { text } = block;
    if (text[at] === "]" && stage === "in-list") {
      stage = "after";
      return at + 1;
    }
    if (text[at] === "}") throw stops(into.line, "a bracket is closed that was not opened", "A file holds one list.");
    const end = endOfElement(text, at, stage === "lone");
    if (end === undefined) {
      if (!last) return -1;
      throw notClosed(into.line);
    }
    const given = text.slice(at, end).trimEnd();
    const json = block.decode === undefined ? given : block.decode(given);
    if (json === undefined) into.stop(undecodable, block, given);
    else takeJson(json, rowBytesMax, block, given, into);
    into.line += breaks(text, at, end);
    if (stage === "lone") {
      stage = "after";
      return end;
    }
    return text[end] === "," ? end + 1 : end;
  }

  return {
    lineEnd: "\n",
    next(block, at, last, into) {
      const { text } = block;
      let from = at;
      while (from < text.length && isSpace(text.charCodeAt(from))) {
        if (text.charCodeAt(from) === 10) into.line++;
        from++;
      }
      if (from >= text.length) {
        return last ? text.length + 1 : text.length;
      }
      if (stage === "before") return open(block, from);
      if (stage === "after") throw stops(into.line, "something follows the end of the JSON", "A file holds one list.");
      const end = element(block, from, last, into);
      // Spaces were counted: they are not read again.
      if (end < 0) into.line -= breaks(text, at, from);
      return end;
    },
    ended(into) {
      if (stage !== "after") throw notClosed(into.line);
    },
    tooLong(_block, _at, into) {
      throw stops(
        into.line,
        "an element of the list is longer than a row may be",
        "Give the format a larger rowBytesMax.",
      );
    },
  };
}

function notClosed(line: number): WaybillError {
  return stops(line, "the list is not closed where the file ends", "Was it cut off on its way? Have it sent again.");
}

function stops(line: number, why: string, hint: string): WaybillError {
  return new WaybillError("unreadable", `line ${line}: ${why}.`, hint);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** Where the element that begins at `at` ends; undefined when the text ends first. */
function endOfElement(text: string, at: number, alone: boolean): number | undefined {
  let depth = 0;
  for (let from = at; from < text.length; from++) {
    const code = text.charCodeAt(from);
    if (code === 34) {
      from = endOfString(text, from);
      if (from < 0) return undefined;
    } else if (code === 91 || code === 123) depth++;
    else if (code === 93 || code === 125) {
      if (depth === 0) return from;
      depth--;
      if (depth === 0 && alone) return from + 1;
    } else if (code === 44 && depth === 0) return from;
  }
  return undefined;
}

/** Where the closing quote of the string at `at` stands; -1 when the text ends first. */
function endOfString(text: string, at: number): number {
  for (let from = text.indexOf('"', at + 1); from >= 0; from = text.indexOf('"', from + 1)) {
    let slashes = 0;
    while (text.charCodeAt(from - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return from;
  }
  return -1;
}

function breaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
