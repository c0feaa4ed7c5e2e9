import { isSecret } from "../define/secret.ts";
import { WaybillError } from "../model/errors.ts";
import { isRawNumber } from "../model/number-text.ts";

// JSON as it is sent. `JSON.stringify` is fast and quietly wrong about some values: it refuses big integers, and turns NaN into null and a Map
// into {}. So plain content goes through it, and anything else through a slower writer of our own that says where something cannot be sent.
//
// A secret stands in the text by its name, after a tab: neither JSON.stringify nor the writer ever produces a raw tab, so no content can pass for
// a secret, and the text stays valid JSON that a person can read.

const depthMax = 500;

/** The place of a secret in JSON text. */
export const secretInJson = (name: string): string => `\t${JSON.stringify(`[secret ${name}]`)}`;
const secretsInJson = /\t"\[secret ((?:[^"\\]|\\.)*)\]"/g;

/** Puts the secrets' values where their names stand. */
export function fillJson(text: string, secretOf: (name: string) => string): string {
  return text.replaceAll(secretsInJson, (_, name: string) =>
    JSON.stringify(secretOf(JSON.parse(`"${name}"`) as string)),
  );
}

/**
 * A value as compact JSON; big integers and `JSON.rawJSON` keep all their digits.
 *
 * @param secrets gets the names of the secrets that stand in it.
 * @throws {WaybillError} `effect-misused` when something in it has no JSON form.
 */
export function jsonText(value: unknown, secrets: string[]): string {
  if (isPlain(value, 0)) return JSON.stringify(value);
  return write(value, "json", 0, secrets) ?? refuse("json", "nothing");
}

/** Whether JSON.stringify writes it as it is meant. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth > 50) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (!isPlain(item, depth + 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype || "toJSON" in value || isSecret(value)) return false;
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined && !isPlain(item, depth + 1)) return false;
  }
  return true;
}

function write(given: unknown, path: string, depth: number, secrets: string[]): string | undefined {
  if (depth > depthMax) refuse(path, `nested deeper than ${depthMax} (does it contain itself?)`);
  if (isSecret(given)) {
    secrets.push(given.name);
    return secretInJson(given.name);
  }
  const value = hasToJson(given) ? given.toJSON(path) : given;
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "bigint":
      return value.toString();
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : refuse(path, String(value));
    case "undefined":
      return undefined;
    case "object":
      return value === null ? "null" : writeObject(value, path, depth, secrets);
    default:
      return refuse(path, `a ${typeof value}`);
  }
}

function writeObject(value: object, path: string, depth: number, secrets: string[]): string {
  if (isRawNumber(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => write(item, `${path}[${index}]`, depth + 1, secrets) ?? "null");
    return `[${items.join(",")}]`;
  }
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    refuse(path, `a ${value.constructor.name}`);
  }
  const fields: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const text = write(item, `${path}.${key}`, depth + 1, secrets);
    if (text !== undefined) fields.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${fields.join(",")}}`;
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return typeof value === "object" && value !== null && "toJSON" in value && typeof value.toJSON === "function";
}

function refuse(path: string, what: string): never {
  throw new WaybillError(
    "effect-misused",
    `${path} is ${what}, which JSON cannot hold.`,
    "Send text, finite numbers, bigints, booleans, null, arrays and plain objects.",
  );
}
