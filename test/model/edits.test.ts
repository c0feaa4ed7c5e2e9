import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { changedPaths } from "../../src/model/changed-paths.ts";
import { ruleOf } from "../../src/model/rule.ts";
import { type Change, changedAt } from "../../src/model/set-path.ts";

const set = (path: string, value: unknown): Change => ({ kind: "set", path, value });
const unset = (path: string): Change => ({ kind: "unset", path });

test("a change at one place leaves everything else as it is", () => {
  const order = { id: "A", lines: [{ price: null }, { price: 2 }], note: { by: "ann" } };
  const cases: readonly [Change, unknown][] = [
    [set("id", "B"), { ...order, id: "B" }],
    [set("currency", "AUD"), { ...order, currency: "AUD" }],
    [set("note.by", 9007199254740993n), { ...order, note: { by: 9007199254740993n } }],
    [set("lines.0.price", 1), { ...order, lines: [{ price: 1 }, { price: 2 }] }],
    [set("lines.*.price", 0), { ...order, lines: [{ price: 0 }, { price: 0 }] }],
    [set("lines.2", {}), { ...order, lines: [{ price: null }, { price: 2 }, {}] }],
    [set("", []), []],
    [unset("note"), { id: "A", lines: order.lines }],
    [unset("nothing"), order],
    [unset("lines.0"), { ...order, lines: [{ price: 2 }] }],
    [unset("lines.*.price"), { ...order, lines: [{}, {}] }],
  ];
  const before = structuredClone(order);
  for (const [change, expected] of cases) assert.deepEqual(changedAt(order, change), expected, change.path);
  assert.deepEqual(order, before, "what was there is not touched");
});

test("a path that leads nowhere is refused by the part that is not there", () => {
  const order = { id: "A", lines: [{ price: 1 }] };
  for (const [change, part] of [
    [set("address.city", "x"), "address"],
    [set("id.x", 1), "id.x"],
    [set("lines.5.price", 1), "lines.5"],
    [set("lines.first", 1), "lines.first"],
    [set("__proto__.polluted", 1), "__proto__"],
    [set("a..b", 1), "a..b"],
    [unset(""), "left out"],
  ] as const) {
    assert.throws(() => changedAt(order, change), {
      code: "bad-usage",
      message: new RegExp(part.replaceAll(".", "\\.")),
    });
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("what was set is what is told as changed, and nothing else", () => {
  const json = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.jsonValue(), { minKeys: 1 });
  fc.assert(
    fc.property(json, fc.jsonValue(), fc.nat(), (value, given, pick) => {
      const key = Object.keys(value)[pick % Object.keys(value).length] as string;
      const changed = changedPaths(value, changedAt(value, set(key, given)));
      for (const path of changed) assert.ok(path === key || path.startsWith(`${key}.`), `${path} is not in ${key}`);
      assert.deepEqual(changedPaths(value, structuredClone(value)), []);
      assert.equal(changed.length > 0, JSON.stringify(sorted(value[key])) !== JSON.stringify(sorted(given)));
    }),
  );
});

/** With the keys of every object in order, and without the sign of a zero. */
function sorted(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

test("records that broke the same rule are counted together, whatever was found", () => {
  const alike: readonly (readonly [string, string])[] = [
    ['"31/04/2026" is not a day written as DD/MM/YYYY', '"x" is not a day written as DD/MM/YYYY'],
    ["there is no 31 April 2026", "there is no 30 April 2025"],
    ["has 1,700 characters, and at most 200 are expected", "has 17 characters, and at most 200 are expected"],
    ["the id “A-1” is taken", "the id “B-22” is taken"],
    ["duplicate of 0pb2hccqo00", "duplicate of 0pb2hccqo7v"],
  ];
  const rule = (message: string): string => ruleOf([{ path: "", message, found: "" }], undefined).message;
  for (const [one, other] of alike) assert.equal(rule(one), rule(other));
  assert.notEqual(rule("422: no"), rule("404: no"), "a status is what a person looks for");
  assert.deepEqual(ruleOf([{ path: "lines.3.tax.0", message: "m", found: "" }], "r"), {
    path: "lines.*.tax.*",
    message: "m",
  });
  assert.deepEqual(ruleOf(undefined, "refused: no customer C-1"), { path: "", message: "refused: no customer …" });
  assert.equal(ruleOf([{ path: "line2.x9", message: "m", found: "" }], undefined).path, "line2.x9");
});
