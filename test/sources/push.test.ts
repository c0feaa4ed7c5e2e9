import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeKept } from "../../src/flow/boundary.ts";
import { WaybillError } from "../../src/model/errors.ts";
import { encodeJson } from "../../src/model/json.ts";
import { itemHandedIn, itemOfJson, linesOf } from "../../src/sources/push.ts";

test("a bad line spoils only itself, and says which it is", () => {
  const lines = [...linesOf('{"id":1}\r\n\n{"id":\n  {"id":3}  \n"x\n[1]\n{"a":1,"a":2}')];
  assert.deepEqual(
    lines.map((line) => ("item" in line ? (line.item.flaw?.path ?? line.item.value) : line.error.message.slice(0, 7))),
    [{ id: 1 }, "Line 3:", { id: 3 }, "Line 5:", [1], "a"],
  );
  assert.deepEqual([...linesOf("")], []);
  const [deep] = linesOf("[".repeat(100));
  assert.ok(deep !== undefined && "error" in deep && deep.error.code === "unreadable");
  const [long] = linesOf("1234567890", { bytesMax: 5 });
  assert.ok(long !== undefined && "error" in long && long.error.code === "too-large");
});

test("any values written as lines come back one by one", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (values) => {
      const texts = values.map((value) => JSON.stringify(value));
      const read = [...linesOf(texts.join("\n"))].map((line) =>
        "item" in line ? (line.item.flaw?.message ?? encodeJson(line.item.value)) : line.error.message,
      );
      for (const [at, text] of texts.entries()) {
        if (text.includes("__proto__")) assert.match(read[at] ?? "", /__proto__/);
        else assert.equal(read[at], text);
      }
    }),
  );
});

test("what is kept of a record handed in is read again as it was handed in", () => {
  const typed = { at: new Date(5), n: 3n, $date: "mine", list: [{ $bigint: "7" }, { $x: 1 }] };
  const item = itemHandedIn(typed);
  assert.deepEqual(item.value, typed);
  assert.deepEqual(decodeKept("push:orders", item.raw), typed);
  for (const text of [
    '{"a":{"$date":"1970-01-01T00:00:00.000Z"}}',
    '{"$bigint":"1"}',
    '{ "$$x" : 1 }',
    '{"n":9007199254740993}',
  ]) {
    const wire = itemOfJson(text);
    assert.deepEqual(decodeKept("push:orders", wire.raw), wire.value, text);
    assert.equal(typeof (wire.value as { a?: unknown }).a, text.includes('"a"') ? "object" : "undefined");
    assert.ok(!((wire.value as { a?: unknown }).a instanceof Date), "JSON from outside holds no Date");
  }
});

test("a program's object stays its own", () => {
  const given = { id: "A", lines: [1] };
  const item = itemHandedIn(given);
  given.lines.push(2);
  assert.deepEqual(item.value, { id: "A", lines: [1] });
  assert.throws(
    () => itemHandedIn({ when: new Set() }),
    (error) => error instanceof WaybillError && /when is a Set/.test(error.message),
  );
});
