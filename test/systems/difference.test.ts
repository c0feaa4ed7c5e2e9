import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { HttpChange } from "../../src/define/request.ts";
import { differenceOf } from "../../src/systems/difference.ts";
import type { StoredRequest } from "../../src/systems/port.ts";
import { prepare } from "../../src/systems/request.ts";
import { aChange, aSystem } from "./declared.ts";

const key = "kPcmWjb3RUtGZTQyv7bHkcTgWJ4dO8E2sWmU6kx1a3Q";
const rawJSON = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

test("two ways to write the same request are the same", () => {
  const from = prepare(aChange({ json: { a: 1, b: [1, 2], c: 100 }, query: { x: 1, y: 2 } }), key);
  assert.equal(
    differenceOf(
      from,
      prepare(aChange({ json: { c: rawJSON("1.00e2"), b: [1, 2], a: 1n }, path: "/invoices?y=2&x=1" }), key),
    ),
    undefined,
  );
  assert.equal(
    differenceOf(
      from,
      prepare(aChange({ json: { a: 1, b: [1, 2], c: 100 }, query: { x: 1, y: 2 }, headers: { "X-New": "1" } }), key),
    ),
    undefined,
  );
  const form = prepare(aChange({ form: { a: "1", b: ["x", "y"] } }), key);
  assert.equal(differenceOf(form, prepare(aChange({ form: { b: ["x", "y"], a: 1 } }), key)), undefined);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (json) => {
      const turned = Object.fromEntries(Object.entries(json).reverse());
      assert.equal(differenceOf(prepare(aChange({ json }), key), prepare(aChange({ json: turned }), key)), undefined);
    }),
  );
});

test("a difference names its fields, and says whether the target is another", () => {
  const base = { json: { total: "1", lines: [{ sku: "a" }, { sku: "b" }] }, query: { ref: "1" } };
  const stored = prepare(aChange(base), key);
  const table: [more: Partial<HttpChange>, target: boolean, fields: string[]][] = [
    [{ json: { ...base.json, total: "2" } }, false, ["body.total"]],
    [{ json: { ...base.json, total: 1 } }, false, ["body.total"]],
    [{ json: { ...base.json, extra: null } }, false, ["body.extra"]],
    [{ json: { total: "1" } }, false, ["body.lines"]],
    [{ json: { ...base.json, lines: [{ sku: "b" }, { sku: "a" }] } }, false, ["body.lines.0.sku", "body.lines.1.sku"]],
    [{ json: [] }, false, ["body"]],
    [{ json: undefined, hasJson: false }, false, ["body"]],
    [{ json: undefined, hasJson: false, form: { total: "1" } }, false, ["body"]],
    [{ query: { ref: "2" } }, true, ["query.ref"]],
    [{ query: {} }, true, ["query.ref"]],
    [{ path: "/bills", method: "PUT" }, true, ["method", "path"]],
    [{ system: aSystem({ name: "other" }) }, true, ["system"]],
    [{ path: "/bills", json: { ...base.json, total: "2" } }, true, ["path", "body.total"]],
  ];
  for (const [more, target, fields] of table)
    assert.deepEqual(differenceOf(stored, prepare(aChange({ ...base, ...more }), key)), { target, fields });
});

test("numbers that a double would confuse are told apart", () => {
  const of = (text: string): StoredRequest => prepare(aChange({ json: { n: rawJSON(text) } }), key);
  for (const [a, b] of [
    ["9007199254740993", "9007199254740992"],
    ["0.1", "0.10000000000000000001"],
    ["1e400", "1e401"],
  ] as const) {
    assert.deepEqual(differenceOf(of(a), of(b))?.fields, ["body.n"], `${a} and ${b}`);
  }
  for (const [a, b] of [
    ["1.0", "1"],
    ["-0", "0"],
    ["12.50", "1250e-2"],
    ["9007199254740993.0", "9007199254740993"],
  ] as const) {
    assert.equal(differenceOf(of(a), of(b)), undefined, `${a} and ${b}`);
  }
});
