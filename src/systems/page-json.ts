import { endOfString } from "../model/json-scan.ts";
import { rawNumber } from "../model/number-text.ts";
import { UnreadableJson } from "../model/unreadable.ts";
import { parseAnswer, parseExact } from "./exact-json.ts";

// A page of rows that a poll asked for. One row that no careful reader takes must not hold up the others, and refusing the page would do that for ever: it
// comes again with every run. So what is wrong with a row stays in its row, as it came, and the boundary, which looks at each by itself, quarantines that one.

/** Flaws that belong to one row. An answer that is no JSON at all has no rows. */
const ofOneRow: ReadonlySet<string> = new Set(["proto-key", "too-deep", "long-number"]);

/** Deeper than any record that can be kept, so that whatever is cut here is never taken for a whole one; and no deeper than code can be called. */
const depthMax = 520;
const numberLengthMax = 1_000;

/**
 * The value of a page's JSON.
 *
 * @throws when it is not JSON, or has too many keys to be handled.
 */
export function parsePage(text: string): unknown {
  try {
    return parseAnswer(text);
  } catch (error) {
    if (!(error instanceof UnreadableJson) || !ofOneRow.has(error.flaw)) throw error;
    return withLongNumbers(cutBelow(text, depthMax));
  }
}

/** A number that is too long to be one stays as its digits. */
function withLongNumbers(text: string): unknown {
  if (!/\d{1000}/.test(text)) return parseExact(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined) return value;
    return source.length > numberLengthMax ? rawNumber(source) : parseExact(source);
  });
}

/** The same text with `null` in place of whatever is nested deeper. */
function cutBelow(text: string, most: number): string {
  let cut = "";
  let from = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      if (at < 0) break;
    } else if (character === "{" || character === "[") {
      if (++depth === most + 1) cut += `${text.slice(from, at)}null`;
    } else if (character === "}" || character === "]") {
      if (depth-- === most + 1) from = at + 1;
    }
  }
  return from === 0 ? text : cut + text.slice(from);
}
