import { said, WaybillError } from "./errors.ts";
import { scanJson } from "./json-scan.ts";
import { isRawNumber, rawNumber, reviveNumber } from "./number-text.ts";

// What is stored of contract outputs and effect results: JSON text, in which Date and bigint stay what they are, so that types stay true after a
// restart. Most values are plain JSON, and their text is then exactly what JSON.stringify writes.
//
// What JSON has no form for is an object with one key that begins with `$`: {"$date": "2026-01-01T00:00:00.000Z"}, {"$bigint": "5"},
// {"$number": "NaN"}, {"$undefined": 0}. A user's own object of that look gets one more `$` in front of its key, and loses it when it is read.
// An integer beyond 2^53 needs no tag: read exactly, it can only be a bigint; there it is the number that is tagged.

const depthMax = 500;

/**
 * A value as text for the ledger.
 *
 * Functions in objects, and `undefined`, are left out; a class instance becomes what its `toJSON` answers, or its own fields.
 *
 * @throws {WaybillError} `effect-misused`, naming the path of what cannot be stored: a symbol, a Map, something that contains itself.
 * @example encode({ at: new Date(0), n: 5n }) // '{"at":{"$date":"1970-01-01T00:00:00.000Z"},"n":{"$bigint":"5"}}'
 */
export function encode(value: unknown): string {
  try {
    return JSON.stringify(isPlain(value, 0) ? value : tagged(value, "", 0));
  } catch (error) {
    if (error instanceof WaybillError) throw error;
    throw new WaybillError("effect-misused", `This cannot be stored: ${said(error)}`, hint, { cause: error });
  }
}

/** The value that `encode` wrote. */
export function decode(text: string): unknown {
  const { longNumbers } = scanJson(text, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const value: unknown = longNumbers ? JSON.parse(text, reviveNumber) : JSON.parse(text);
  return text.includes('{"$') ? untagged(value) : value;
}

/** Whether JSON.stringify writes all that there is, and reading it gives the same. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return isPlainNumber(value);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > depthMax) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isPlain(value[index], depth + 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype || (value as { toJSON?: unknown }).toJSON !== undefined) {
    return isRawNumber(value);
  }
  for (const key of Object.keys(value)) {
    if (key.charCodeAt(0) === 0x24) return false;
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined && !isPlain(item, depth + 1)) return false;
  }
  return true;
}

function isPlainNumber(value: number): boolean {
  if (value === 0) return !Object.is(value, -0);
  if (Number.isSafeInteger(value)) return true;
  return Number.isFinite(value) && (!Number.isInteger(value) || Math.abs(value) >= 1e21);
}

/** A copy that is plain JSON. */
function tagged(given: unknown, path: string, depth: number): unknown {
  const value = unwrapped(given, path, depth);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return isPlainNumber(value) ? value : { $number: Object.is(value, -0) ? "-0" : String(value) };
    case "bigint":
      return isBeyondSafe(value) ? rawNumber(String(value)) : { $bigint: String(value) };
    case "undefined":
    case "function":
      return { $undefined: 0 };
    case "symbol":
      return refuse(path, "a symbol");
    case "object":
      return value === null || isRawNumber(value) ? value : taggedObject(value, path, depth);
  }
}

function taggedObject(value: object, path: string, depth: number): unknown {
  if (depth > depthMax) refuse(path, `nested deeper than ${depthMax} levels, or contains itself`);
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  if (Array.isArray(value)) return Array.from(value, (item, index) => tagged(item, inside(path, index), depth + 1));
  if (isOpaque(value)) refuse(path, `a ${value.constructor.name}, whose content JSON does not hold`);
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined && typeof item !== "function") copy[key] = tagged(item, inside(path, key), depth + 1);
  }
  const keys = Object.keys(copy);
  const only = keys.length === 1 ? keys[0] : undefined;
  return only?.startsWith("$") ? { [`$${only}`]: copy[only] } : copy;
}

/** What stands for an object in JSON: the answer of its `toJSON`, or the primitive in a box. */
function unwrapped(value: unknown, path: string, depth: number): unknown {
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf();
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== "function") return value;
  if (depth > depthMax) refuse(path, "nested too deep");
  const answer: unknown = toJSON.call(value, path);
  return answer === value ? { ...value, toJSON: undefined } : unwrapped(answer, path, depth + 1);
}

/** Objects that JSON.stringify would quietly write as `{}` or as a list of bytes under numbers. */
function isOpaque(value: object): boolean {
  return (
    value instanceof Map ||
    value instanceof Set ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof Promise ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value)
  );
}

/** What the tags stand for; changes `value` in place, which is fresh from JSON.parse. */
function untagged(value: unknown): unknown {
  if (typeof value !== "object" || value === null || isRawNumber(value)) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = untagged(value[index]);
    return value;
  }
  const fields = value as Record<string, unknown>;
  const keys = Object.keys(fields);
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only?.startsWith("$")) return untag(only, fields[only], fields);
  for (const key of keys) {
    const item = fields[key];
    if (typeof item !== "object" || item === null) continue;
    const plain = untagged(item);
    if (plain !== item) define(fields, key, plain);
  }
  return value;
}

function untag(tag: string, inner: unknown, whole: unknown): unknown {
  switch (tag) {
    case "$date":
      return new Date(inner === null ? Number.NaN : String(inner));
    case "$bigint":
      return BigInt(String(inner));
    case "$number":
      return Number(inner);
    case "$undefined":
      return undefined;
    default:
      return tag.startsWith("$$") ? define({}, tag.slice(1), untagged(inner)) : whole;
  }
}

/** Sets an own field, also one called `__proto__`. */
function define(fields: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  return Object.defineProperty(fields, key, { value, writable: true, enumerable: true, configurable: true });
}

const isBeyondSafe = (value: bigint): boolean =>
  value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER);

const inside = (path: string, key: string | number): string => (path === "" ? String(key) : `${path}.${key}`);

const hint = "Give back text, numbers, bigints, booleans, dates, null, lists and plain objects.";

function refuse(path: string, what: string): never {
  const where = path === "" ? "It" : path.length > 200 ? `${path.slice(0, 100)}…${path.slice(-100)}` : path;
  throw new WaybillError("effect-misused", `This cannot be stored: ${where} is ${what}.`, hint);
}
