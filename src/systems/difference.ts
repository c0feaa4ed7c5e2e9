import { canonicalNumber, rawNumber } from "../model/number-text.ts";
import type { RequestDifference, StoredRequest, StoredText } from "./port.ts";

// Whether the request that the code makes now is the one that is stored. They are compared by what they mean: the order of keys in an object, of
// different names in a query or form, and the spelling of a number (1.0, 1e0) do not matter; the order in a list does. Headers and auth are how a
// request is sent, not what it asks for.

/** A person reads the first few. */
const fieldsMax = 20;

/**
 * How the two differ, or undefined when they mean the same.
 *
 * @example differenceOf(stored, systems.prepare(change, key)) // { target: false, fields: ["body.total"] }
 */
export function differenceOf(stored: StoredRequest, now: StoredRequest): RequestDifference | undefined {
  const fields: string[] = [];
  if (stored.system !== now.system) fields.push("system");
  if (stored.method !== now.method) fields.push("method");
  if (stored.path !== now.path) fields.push("path");
  if (stored.query.length > 0 || now.query.length > 0)
    comparePairs(grouped(stored.query), grouped(now.query), "query", fields);
  const target = fields.length > 0;
  compareBodies(stored.body, now.body, fields);
  return fields.length === 0 ? undefined : { target, fields: fields.slice(0, fieldsMax) };
}

function compareBodies(stored: StoredRequest["body"], now: StoredRequest["body"], fields: string[]): void {
  if (stored?.kind === now?.kind && stored?.text === now?.text) return;
  if (stored?.kind === "json" && now?.kind === "json") compare(exact(stored.text), exact(now.text), "body", fields);
  else if (stored?.kind === "form" && now?.kind === "form")
    comparePairs(grouped(formPairs(stored.text)), grouped(formPairs(now.text)), "body", fields);
  else fields.push("body");
}

function formPairs(text: string): readonly (readonly [string, string])[] {
  if (text === "") return [];
  return text.split("&").map((pair) => {
    const [name = "", value = ""] = pair.split("=");
    return [decodeURIComponent(name.replaceAll("+", " ")), value] as const;
  });
}

function grouped(pairs: readonly (readonly [string, StoredText])[]): Map<string, string> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const text = typeof value === "string" ? `=${value}` : `secret ${value.secret}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [text]);
    else group.push(text);
  }
  return new Map([...groups].map(([name, values]) => [name, JSON.stringify(values)]));
}

function comparePairs(stored: Map<string, string>, now: Map<string, string>, where: string, fields: string[]): void {
  for (const name of new Set([...stored.keys(), ...now.keys()])) {
    if (stored.get(name) !== now.get(name)) fields.push(`${where}.${name}`);
  }
}

/** A number by its value. */
class Exact {
  readonly value: string;
  constructor(source: string) {
    this.value = canonicalNumber(rawNumber(source));
  }
}

function exact(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? new Exact(context?.source ?? String(value)) : value,
  );
}

function compare(stored: unknown, now: unknown, path: string, fields: string[]): void {
  if (fields.length >= fieldsMax || stored === now) return;
  if (stored instanceof Exact && now instanceof Exact) {
    if (stored.value !== now.value) fields.push(path);
    return;
  }
  if (!isTree(stored) || !isTree(now) || Array.isArray(stored) !== Array.isArray(now)) {
    fields.push(path);
    return;
  }
  for (const key of new Set([...Object.keys(stored), ...Object.keys(now)])) {
    const has = Object.hasOwn(stored, key) && Object.hasOwn(now, key);
    if (has) compare(stored[key], now[key], `${path}.${key}`, fields);
    else fields.push(`${path}.${key}`);
  }
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Exact);
}
