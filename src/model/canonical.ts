import { canonicalNumber, isRawNumber } from "./number-text.ts";

const depthMax = 1_000;

/**
 * A value as text that is the same for values that mean the same: keys sorted, numbers by value (`1.0`, `1` and `1n` alike), a Date apart from text
 * that reads like one, `undefined` and functions left out. For fingerprints: it is compared, never parsed.
 *
 * @throws {RangeError} when it is nested deeper than 1,000 levels, or contains itself.
 * @example canonicalJson({ b: 1n, a: 1 }) === canonicalJson({ a: 1n, b: 1 })
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0) ?? "undefined";
}

function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
      return Number.isSafeInteger(value) ? `${value}` : canonicalNumber(value);
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return canonicalNumber(value);
    case "object":
      return value === null ? "null" : writeObject(value, depth);
    default:
      return undefined;
  }
}

function writeObject(value: object, depth: number): string | undefined {
  if (depth > depthMax) throw new RangeError(`nested deeper than ${depthMax} levels, or containing itself`);
  if (Array.isArray(value)) {
    let list = "[";
    for (let index = 0; index < value.length; index++) list += `${write(value[index], depth + 1) ?? "null"},`;
    return `${list}]`;
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (Object.getPrototypeOf(value) !== Object.prototype || toJSON !== undefined) {
    if (value instanceof Date) return `date"${Number.isNaN(value.getTime()) ? "" : value.toISOString()}"`;
    if (isRawNumber(value)) return canonicalNumber(value);
    if (typeof toJSON === "function") return write(toJSON.call(value, ""), depth + 1);
  }
  let text = "{";
  for (const key of sortedKeys(value)) {
    const item = write((value as Record<string, unknown>)[key], depth + 1);
    if (item !== undefined) text += `${quoted(key)}:${item},`;
  }
  return `${text}}`;
}

/** What would end the text early, or be lost in UTF-8. */
const needsEscape = /["\\\ud800-\udfff]/;

function quoted(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Sorted by UTF-16 units, as RFC 8785 does. Short lists by insertion: most objects have few keys, often sorted already. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  if (keys.length > 16) return keys.sort();
  for (let index = 1; index < keys.length; index++) {
    const key = keys[index] as string;
    let at = index;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}
