import { decode, encode } from "../model/codec.ts";
import { said, WaybillError } from "../model/errors.ts";
import { digest } from "../model/identity.ts";
import { type DecodeOptions, UnreadableJson } from "../model/json.ts";
import { type Item, itemOfText } from "./item.ts";

// Records that are handed in: by a program, as values; over HTTP and by the command line, as JSON text. Text in which an object could pass for one of
// the codec's tags is escaped first, so that what is kept of a record handed in can always be read by the codec.

/**
 * A value that a program hands in. A Date or a bigint stays what it is, as the contract's input type promises.
 *
 * @throws {WaybillError} `effect-misused` when it cannot be stored.
 */
export function itemHandedIn(given: unknown): Item {
  const raw = encode(given);
  // Decoded again: the contract sees what will be read later, and the program's own object stays its own.
  return { value: decode(raw), raw, rawHash: digest(raw), flaw: undefined, delivery: undefined, index: 0 };
}

/** What was handed in within a transaction, as it waited in the outbox. */
export function itemSent({ raw, number }: { readonly raw: string; readonly number: number }): Item {
  const item = { raw, rawHash: digest(raw), delivery: undefined, index: 0, outbox: number };
  try {
    return { ...item, value: decode(raw), flaw: undefined };
  } catch (error) {
    // Somebody has written into the outbox by hand.
    return { ...item, value: undefined, flaw: { cause: "contract", path: "", message: said(error) } };
  }
}

/**
 * One JSON value as text.
 *
 * @throws {UnreadableJson} when it is not JSON.
 */
export function itemOfJson(text: string, options: DecodeOptions = {}): Item {
  const item = itemOfText(text, options, { raw: text, index: 0 });
  if (item.flaw !== undefined || !text.includes('"$')) return item;
  const raw = encode(item.value);
  return { ...item, raw, rawHash: digest(raw) };
}

/** One line: what it holds, or why it cannot be read. */
export type Line = { readonly item: Item } | { readonly error: WaybillError };

/**
 * JSON texts, one a line (https://github.com/ndjson/ndjson-spec). Empty lines are skipped; a line that cannot be read spoils only itself.
 *
 * @param options.bytesMax is the most that one line may have.
 * @example [...linesOf('{"id":1}\n{"id":')] // an item and an error
 */
export function* linesOf(text: string, options: DecodeOptions = {}): Generator<Line> {
  let number = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
    number++;
    if (line.trim() !== "") yield lineOf(line.endsWith("\r") ? line.slice(0, -1) : line, number, options);
  }
}

function lineOf(line: string, number: number, options: DecodeOptions): Line {
  try {
    return { item: itemOfJson(line, options) };
  } catch (error) {
    if (!(error instanceof UnreadableJson)) throw error;
    return { error: new WaybillError(error.code, `Line ${number}: ${said(error)}`, error.hint) };
  }
}
