import type { Origin } from "../ledger/ledger.ts";
import { decodeText, isPlainUtf8 } from "../model/charset.ts";
import { digest } from "../model/identity.ts";
import { type DecodeOptions, decodeJson, encodeJson, UnreadableJson } from "../model/json.ts";

/** Why an item goes to the quarantine before any contract sees it. */
export interface Flaw {
  readonly cause: "contract" | "contract-failed";
  /** Dotted path, `""` for the whole. */
  readonly path: string;
  readonly message: string;
}

/** One thing that came from a source, on its way to the boundary of each integration that the source feeds. */
export interface Item {
  readonly value: unknown;
  /** What is kept of it: its bytes, as text where the text is the same letter for letter. */
  readonly raw: Uint8Array | string;
  readonly rawHash: Uint8Array;
  /** It was readable, and still cannot be taken: then `value` means nothing. */
  readonly flaw: Flaw | undefined;
  /** The delivery's own id, where its sender gives one, and the item's place in the delivery. */
  readonly delivery: string | undefined;
  readonly index: number;
  /** Of what stands in a file: the line on which it begins, from 1 on; in a sheet its row, in XML the number of the element. */
  readonly origin?: Origin;
  /** Its number in the outbox, where it was sent within a transaction. */
  readonly outbox?: number;
}

/**
 * A body of JSON as one item.
 *
 * @throws {UnreadableJson} when it cannot be read; what can be read, but not safely, becomes an item with a flaw.
 */
export function itemOfBody(bytes: Uint8Array, options: DecodeOptions, delivery?: string): Item {
  const text = decodeText(bytes, options.charset);
  // UTF-16 and a byte order mark are kept as they came. Bytes in another declared charset would not say which, so of those the text is kept.
  const asBytes = !isPlainUtf8(bytes, options.charset) && isSelfDescribing(bytes);
  return itemOfText(text, options, { raw: asBytes ? Uint8Array.from(bytes) : text, delivery, index: 0 });
}

/** JSON text as one item. */
export function itemOfText(
  text: string,
  options: DecodeOptions,
  of: { readonly raw: Uint8Array | string; readonly delivery?: string | undefined; readonly index: number },
): Item {
  const { raw, delivery, index } = of;
  try {
    return { value: decodeJson(text, options), raw, rawHash: digest(raw), flaw: undefined, delivery, index };
  } catch (error) {
    if (!(error instanceof UnreadableJson) || !error.readable) throw error;
    const flaw: Flaw = { cause: "contract", path: error.path, message: error.message };
    return { value: undefined, raw, rawHash: digest(raw), flaw, delivery, index };
  }
}

/**
 * A value that a program made, as one item. What counts is its JSON: the contract sees what will be read again later, and no two items share an object.
 *
 * @throws {WaybillError} `effect-misused` when JSON cannot hold it.
 */
export function itemOfValue(given: unknown, delivery: string | undefined, index: number): Item {
  const raw = encodeJson(given);
  return itemOfText(raw, {}, { raw, delivery, index });
}

function isSelfDescribing(bytes: Uint8Array): boolean {
  return isPlainUtf8(bytes, undefined) === false;
}
