import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DisplayString, parseDictionary, parseItem, parseList, Token } from "structured-headers";
import { countsOf, namedItems } from "../../src/systems/structured.ts";

// The tests of the standard itself, as data: what a parser of structured fields has to take, and what it has to refuse. The library is held against
// them whole, and what is made of its answers against the same fields.

interface Case {
  readonly name: string;
  readonly raw: readonly string[];
  readonly header_type: "item" | "list" | "dictionary";
  readonly expected?: unknown;
  readonly must_fail?: boolean;
  readonly can_fail?: boolean;
}

const folder = process.env.STRUCTURED_FIELD_TESTS ?? join(import.meta.dirname, "structured-field-tests");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

/** Where the library is known to differ, and why that does no harm to headers about quotas. */
const differs: Readonly<Record<string, string>> = {
  "syntactic max date - 999,999,999,999,999":
    "a Date of JavaScript ends in the year 275760; no quota is told as such a date",
  "syntactic min date - -999,999,999,999,999": "and it begins in the year -271821",
};

const parse = { item: parseItem, list: parseList, dictionary: parseDictionary } as const;

/** In the form in which the tests say what they expect. */
function plain(value: unknown): unknown {
  if (value instanceof Token) return { __type: "token", value: value.toString() };
  if (value instanceof DisplayString) return { __type: "displaystring", value: value.toString() };
  if (value instanceof Date) return { __type: "date", value: value.getTime() / 1_000 };
  if (value instanceof ArrayBuffer) return { __type: "binary", value: base32(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value)) return { __type: "binary", value: base32(new Uint8Array(value.buffer)) };
  if (value instanceof Map) return [...value].map(([key, one]) => [key, plain(one)]);
  // A zero is a zero, whatever its sign.
  if (typeof value === "number") return value + 0;
  return Array.isArray(value) ? value.map(plain) : value;
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = (bits.match(/.{1,5}/g) ?? []).map((five) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(Number.parseInt(five.padEnd(5, "0"), 2)),
  );
  return digits.join("").padEnd(Math.ceil(digits.length / 8) * 8, "=");
}

function outcomeOf({ header_type, raw }: Case): { readonly value: unknown } | "refused" {
  try {
    return { value: plain(parse[header_type](raw.join(", "))) };
  } catch {
    return "refused";
  }
}

for (const file of files) {
  const cases = JSON.parse(readFileSync(join(folder, file), "utf8")) as Case[];
  test(`structured fields: ${cases.length} cases of ${file}`, () => {
    for (const one of cases) {
      const outcome = outcomeOf(one);
      const where = `${file}: ${one.name}: ${JSON.stringify(one.raw)}`;
      if (Object.hasOwn(differs, one.name)) continue;
      if (one.must_fail === true) assert.equal(outcome, "refused", where);
      else if (outcome === "refused") assert.equal(one.can_fail, true, where);
      else assert.deepEqual(outcome.value, one.expected, where);
    }
  });

  test(`structured fields: what is read of quotas from ${file} is what stands there, or nothing`, () => {
    for (const { name, raw, header_type, must_fail } of cases) {
      if (Object.hasOwn(differs, name)) continue;
      const field = raw.join(", ");
      if (must_fail === true && header_type === "list") assert.equal(namedItems(field), undefined, name);
      if (must_fail === true && header_type === "dictionary") assert.equal(countsOf(field), undefined, name);
      for (const { parameters } of namedItems(field) ?? []) assert.ok(parameters instanceof Map);
      for (const count of countsOf(field)?.values() ?? []) assert.ok(Number.isSafeInteger(count) && count >= 0, name);
    }
  });
}

test("the tests of the standard are there, and each difference is one of theirs", () => {
  const names = files.flatMap((file) =>
    (JSON.parse(readFileSync(join(folder, file), "utf8")) as Case[]).map(({ name }) => name),
  );
  assert.ok(names.length > 400, `${names.length}`);
  for (const name of Object.keys(differs)) assert.ok(names.includes(name), name);
});
