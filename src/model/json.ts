import { decodeText } from "./charset.ts";
import { said, WaybillError } from "./errors.ts";
import { scanJson, unsafeKey } from "./json-scan.ts";
import { rawNumber, reviveNumber } from "./number-text.ts";
import { UnreadableJson } from "./unreadable.ts";

export { canonicalJson } from "./canonical.ts";
export { UnreadableJson } from "./unreadable.ts";

// JSON from outside, read once and alike for every store.
//
// - Depth and number of keys are counted over the text before it is parsed: reading must not be what hurts.
// - Numbers keep their digits: an integer beyond 2^53 is a bigint, and a decimal that a double cannot hold stays as its text (JSON.rawJSON), which is
//   written again digit by digit. A contract that expects a number then says so, instead of a price being off by a cent.
// - A key that stands twice in one object and a key `__proto__` are refused, with their path. Both are legal JSON that readers understand differently,
//   so what the contract checked might not be what is used. A key `constructor` is an ordinary key: it only shadows, and objects are safe to spread.
// - NUL and lone surrogates are kept inside payloads, because what a source sent must not be lost and every writer of ours escapes them: stored text
//   holds `\u0000` as six plain characters, which every store can hold. In an id, entity or key, which stores index as text, they are refused.

export interface DecodeOptions {
  /** Declared charset of bytes; UTF-8 without one. */
  readonly charset?: string | undefined;
  /** How deep objects and lists may be nested; 64 by default, at most 1,000. */
  readonly depthMax?: number | undefined;
  /** 100,000 by default. */
  readonly keysMax?: number | undefined;
  /** Longer bytes or text are not looked at; 10,000,000 by default. */
  readonly bytesMax?: number | undefined;
}

const depthLimit = 1_000;
/** How deep a record may be nested, and how many keys it may have, unless its source says otherwise. */
export const recordDepthMax = 64;
export const recordKeysMax = 100_000;

/**
 * The value of JSON bytes or text.
 *
 * @throws {UnreadableJson} which says why, and where.
 * @example decodeJson('{"id": 9007199254740993}') // { id: 9007199254740993n }
 */
export function decodeJson(source: Uint8Array | string, options: DecodeOptions = {}): unknown {
  const bytesMax = options.bytesMax ?? 10_000_000;
  if (source.length > bytesMax) {
    throw new UnreadableJson("too-large", `It has ${source.length} bytes; at most ${bytesMax} are read.`);
  }
  const text = typeof source === "string" ? withoutMark(source) : decodeText(source, options.charset);
  const { keys, longNumbers } = scanJson(
    text,
    Math.min(options.depthMax ?? recordDepthMax, depthLimit),
    options.keysMax ?? recordKeysMax,
  );
  const value = parse(text);
  // A repeated key vanishes in parsing: fewer keys came out than stand in the text.
  if (keys > 0 && safeKeys(value) !== keys) refuseKey(text);
  return longNumbers ? JSON.parse(text, reviveNumber) : value;
}

/**
 * A value as JSON text: big integers by their digits, JSON.rawJSON as it is, a Date as ISO text; `undefined` and functions are left out.
 *
 * @throws {WaybillError} `effect-misused` when JSON cannot hold it.
 */
export function encodeJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw cannotWrite(error);
    try {
      text = JSON.stringify(value, writeBigint);
    } catch (again) {
      throw cannotWrite(again);
    }
  }
  if (text === undefined) throw cannotWrite(`${typeof value} has no JSON form`);
  return text;
}

/** JSON text on several lines, for people to read and edit; otherwise as `encodeJson`. */
export function encodeJsonLines(value: unknown): string {
  return JSON.stringify(value, writeBigint, 2);
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.trim() === "") throw new UnreadableJson("syntax", "It is empty where JSON is expected.");
    const hint = text.includes("\0") ? "It holds NUL characters: is it UTF-16 without a byte order mark?" : undefined;
    throw new UnreadableJson("syntax", `It is not JSON: ${said(error).slice(0, 200)}`, hint);
  }
}

/** How many keys the value has in all; -1 when one of them is `__proto__`. */
function safeKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) {
      const inside = typeof item === "object" && item !== null ? safeKeys(item) : 0;
      if (inside < 0) return -1;
      count += inside;
    }
    return count;
  }
  for (const key of Object.keys(value)) {
    if (key === "__proto__") return -1;
    const item = (value as Record<string, unknown>)[key];
    const inside = typeof item === "object" && item !== null ? safeKeys(item) : 0;
    if (inside < 0) return -1;
    count += inside + 1;
  }
  return count;
}

function refuseKey(text: string): never {
  const found = unsafeKey(text);
  if (found?.key === "__proto__") {
    throw new UnreadableJson(
      "proto-key",
      `The key "__proto__" stands in it (at ${found.path}).`,
      "Copied into another object, it would change that object's prototype. Rename the key at the source.",
      found.path,
    );
  }
  const name = JSON.stringify(found?.key ?? "");
  throw new UnreadableJson(
    "duplicate-key",
    `The key ${name} stands twice in one object (at ${found?.path ?? ""}).`,
    "Readers disagree about which of the two counts. Send it once.",
    found?.path ?? "",
  );
}

function writeBigint(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? rawNumber(String(value)) : value;
}

function cannotWrite(why: unknown): WaybillError {
  return new WaybillError(
    "effect-misused",
    `This cannot be written as JSON: ${said(why).slice(0, 300)}`,
    "Use text, finite numbers, bigints, booleans, null, lists and plain objects.",
  );
}
