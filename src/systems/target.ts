import type { Query } from "../define/request.ts";
import { isSecret } from "../define/secret.ts";
import { WaybillError } from "../model/errors.ts";
import type { StoredText } from "./port.ts";

// Where a request goes: path and query, checked and encoded. Both may be built from what a record holds, so nothing in a record may climb out of
// the path that the code wrote.

export type StoredPair = readonly [string, StoredText];

/** Bytes that may not stand in a path as they are; `%` may, because values are encoded by whoever writes the path. */
const unsafeInPath = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]+/g;
/** A dot segment as the most lenient server would see it: some undo %2F and %5C before they look for one, some forget what follows a ";". */
const dotSegment = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\;]|%2f|%5c|%3b)/i;
const brokenEscape = /%(?![\da-f]{2})/gi;

/**
 * The path of a request below the system's base URL, encoded, and the query that was written into it.
 *
 * @throws {WaybillError} `effect-misused` when it would leave the base URL.
 */
export function pathOf(given: string): { path: string; query: StoredPair[] } {
  const mark = given.indexOf("?");
  const bare = mark === -1 ? given : given.slice(0, mark);
  if (bare.includes("://") || bare.startsWith("//")) {
    throw new WaybillError(
      "effect-misused",
      `The path ${JSON.stringify(given)} names a host.`,
      "A path starts with / and continues the system's baseUrl.",
    );
  }
  if (dotSegment.test(bare)) {
    throw new WaybillError(
      "effect-misused",
      `The path ${JSON.stringify(given)} holds a "." or ".." segment, which would lead elsewhere.`,
      "Write it with the template path`…`, which encodes the values and refuses those that lead elsewhere.",
    );
  }
  if (bare.includes("//")) {
    throw new WaybillError(
      "effect-misused",
      `The path ${JSON.stringify(given)} holds an empty segment.`,
      "A value that it was made of was empty: check it, or write the path with the template path`…`, which refuses such values.",
    );
  }
  const path = unsafe(bare)
    ? bare.toWellFormed().replace(unsafeInPath, encodeURIComponent).replace(brokenEscape, "%25")
    : bare;
  const query = mark === -1 ? [] : [...new URLSearchParams(given.slice(mark + 1))];
  return { path: path === "" || path.startsWith("/") ? path : `/${path}`, query };
}

function unsafe(path: string): boolean {
  return path.search(unsafeInPath) !== -1 || path.search(brokenEscape) !== -1;
}

/** Query or form fields as pairs; a list becomes several, `undefined` none. */
export function pairsOf(fields: Query | undefined, what: "query" | "form"): StoredPair[] {
  const pairs: StoredPair[] = [];
  if (fields === undefined) return pairs;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const item of value) pairs.push([name, scalar(item, `${what}.${name}`)]);
    else if (isSecret(value)) pairs.push([name, { secret: value.name }]);
    else pairs.push([name, scalar(value, `${what}.${name}`)]);
  }
  return pairs;
}

function scalar(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new WaybillError(
    "effect-misused",
    `${where} is ${typeof value === "number" ? String(value) : `a ${value === null ? "null" : typeof value}`}, which cannot be sent there.`,
    "Use text, finite numbers, bigints, booleans, or lists of them.",
  );
}

/** Sorted by name, those of one name as given: two ways to write the same query are one. */
export function sorted(pairs: readonly StoredPair[]): readonly StoredPair[] {
  return pairs.length < 2 ? pairs : pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A secret's place in form text: encoding never leaves a raw bracket, so no content can pass for one. */
const secretInForm = (name: string): string => `[secret ${encodeURIComponent(name)}]`;
const secretsInForm = /\[secret ([^\]]*)\]/g;

export function formText(pairs: readonly StoredPair[], secrets: string[]): string {
  return pairs
    .map(([name, value]) => {
      if (typeof value === "string") return `${formEncoded(name)}=${formEncoded(value)}`;
      secrets.push(value.secret);
      return `${formEncoded(name)}=${secretInForm(value.secret)}`;
    })
    .join("&");
}

export function fillForm(text: string, secretOf: (name: string) => string): string {
  return text.replaceAll(secretsInForm, (_, name: string) => formEncoded(secretOf(decodeURIComponent(name))));
}

function formEncoded(text: string): string {
  return queryEncoded(text).replaceAll("%20", "+");
}

export function queryEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
