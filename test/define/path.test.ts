import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type PathValue, path } from "../../src/define/path.ts";
import { prepare } from "../../src/systems/request.ts";
import { aRead } from "../systems/declared.ts";

const base = "http://books.example";
const refusedFor = (value: unknown): string => {
  try {
    return path`/invoices/${value as PathValue}/lines`;
  } catch (thrown) {
    assert.equal((thrown as { code?: string }).code, "effect-misused");
    assert.ok((thrown as { hint?: string }).hint);
    return (thrown as Error).message;
  }
};

test("a value is one segment of the path, whatever it holds", () => {
  const table: [value: PathValue, made: string][] = [
    ["A/1 ?#&", "/invoices/A%2F1%20%3F%23%26/lines"],
    ["http://evil.example", "/invoices/http%3A%2F%2Fevil.example/lines"],
    ["a\r\nX: y", "/invoices/a%0D%0AX%3A%20y/lines"],
    ["%2e%2e", "/invoices/%252e%252e/lines"],
    ["Zoë …", "/invoices/Zo%C3%AB%20%E2%80%A6/lines"],
    ["null", "/invoices/null/lines"],
    ["v1..v2", "/invoices/v1..v2/lines"],
    ["...", "/invoices/.../lines"],
    [7, "/invoices/7/lines"],
    [12345678901234567890n, "/invoices/12345678901234567890/lines"],
    [-0.5, "/invoices/-0.5/lines"],
  ];
  for (const [value, made] of table) assert.equal(path`/invoices/${value}/lines`, made);
  assert.equal(path`/a/${1}/b/${"x y"}?ref=${"a&b=c"}&none=${""}`, "/a/1/b/x%20y?ref=a%26b%3Dc&none=");
  assert.equal(path`/a`, "/a");
});

test("what would lead elsewhere, or was not there, is refused by name", () => {
  for (const value of [".", "..", "../x", "a/../b", "a\\..\\b", "..;x", "/..", "./"])
    assert.match(refusedFor(value), /leads elsewhere/, value);
  assert.match(refusedFor(""), /after "\/invoices\/" is empty/);
  assert.match(refusedFor(undefined), /is nothing/);
  assert.match(refusedFor(null), /is null/);
  assert.match(refusedFor({}), /is an object/);
  assert.match(refusedFor(Number.NaN), /is NaN/);
  assert.match(refusedFor(2 ** 60), /lost digits/);
  assert.match(refusedFor("\ud800"), /half a letter/);
  assert.match(refusedFor("a\0"), /NUL/);
});

test("whatever a record holds, a path that is made comes back as the same value in the same place", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constantFrom("..", "a/b", "?", "#", "%2f")),
      (value) => {
        let made: string;
        try {
          made = path`/invoices/${value}/lines`;
        } catch {
          return;
        }
        const stored = prepare(aRead({ path: made }), "");
        assert.deepEqual([stored.path, stored.query], [made, []]);
        const segments = new URL(base + stored.path).pathname.split("/");
        assert.equal(segments.length, 4);
        assert.deepEqual(
          [segments[1], decodeURIComponent(segments[2] ?? ""), segments[3]],
          ["invoices", value, "lines"],
        );
      },
    ),
    { numRuns: 2_000 },
  );
});
