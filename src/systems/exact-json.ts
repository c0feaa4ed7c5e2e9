import { scanJson } from "../model/json-scan.ts";
import { UnreadableJson } from "../model/unreadable.ts";

// JSON that comes from other systems as answers. It is read more leniently than a record at the boundary: a decimal becomes the nearest double, as
// every client of that system reads it, because refusing the answer of a write that was applied would only make a doubt of it. Whole numbers beyond
// 2^53 stay exact, because they are ids.

const longDigits = /\d{16}/;
const integer = /^-?\d+$/;
const depthMax = 256;
const keysMax = 1_000_000;

/** The value of JSON text, with whole numbers beyond 2^53 as bigint. */
export function parseExact(text: string): unknown {
  // A reviver costs several times the parse itself: only text that may hold such a number gets one.
  if (!longDigits.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    return typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && integer.test(source)
      ? BigInt(source)
      : value;
  });
}

/**
 * The value of an answer's JSON.
 *
 * @throws when it is not JSON, too deep to be handled, or holds a key that would change the prototype of what it is copied into.
 */
export function parseAnswer(text: string): unknown {
  if (text.length > depthMax) scanJson(text, depthMax, keysMax);
  if (text.includes("__proto__") && /"__proto__"\s*:/.test(text)) {
    throw new UnreadableJson("proto-key", 'It holds the key "__proto__".');
  }
  return parseExact(text);
}
