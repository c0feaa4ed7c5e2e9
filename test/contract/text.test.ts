import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { text } from "waybill/contract";
import { z } from "zod";
import { refuses, wrong } from "../define/refusal.ts";
import { broken, made } from "./broken.ts";

refuses([
  {
    name: "a mistyped option",
    made: () => text(wrong({ mx: 3 })),
    says: 'text(): there is no option "mx".',
    hints: '"max"',
  },
  {
    name: "a length below zero",
    made: () => text({ min: -1 }),
    says: "text(): min is -1, and a whole number from 0 to 10000000 is expected.",
  },
  {
    name: "a least that is more than the most",
    made: () => text({ min: 3, max: 2 }),
    says: "text(): min is 3, and max is 2, which is less.",
  },
]);

test("text is trimmed and composed, so that what looks alike is alike", async () => {
  const given: Readonly<Record<string, string>> = {
    "  A-1\r\n": "A-1",
    "\u00a0A-1\u2003": "A-1",
    "\ufeffA-1": "A-1",
    "Zoe\u0308": "Zo\u00eb",
    "\u212b": "\u00c5",
    "inner  spaces stay": "inner  spaces stay",
    "": "",
    "\u{1f600}": "\u{1f600}",
  };
  for (const [value, expected] of Object.entries(given)) assert.equal(await made(text(), value), expected);
});

test("control characters break the contract, and are named", async () => {
  assert.equal(await broken(text(), "A\u0000B"), "holds the control character U+0000 (NUL)");
  assert.equal(await broken(text(), "A\tB"), "holds the control character U+0009 (tab)");
  assert.equal(await broken(text(), "A\r\nB"), "holds the control character U+000D (carriage return)");
  assert.equal(await broken(text(), "A\u0085B"), "holds the control character U+0085");
  assert.equal(await broken(text({ lines: true }), "A\u001bB"), "holds the control character U+001B");
  assert.equal(await broken(text(), "A\ud800"), "holds half of a character (a lone surrogate)");
});

test("lines may be allowed, and are then ended in one way", async () => {
  assert.equal(await made(text({ lines: true }), "A\r\nB\rC\tD\n"), "A\nB\nC\tD");
});

test("lengths count characters after trimming", async () => {
  const short = text({ min: 2, max: 3 });
  assert.equal(await made(short, " \u{1f600}\u{1f600}\u{1f600} "), "\u{1f600}\u{1f600}\u{1f600}");
  assert.equal(await made(short, "e\u0301e\u0301e\u0301"), "\u00e9\u00e9\u00e9");
  assert.equal(await broken(short, "  "), "is empty");
  assert.equal(await broken(short, " a "), "has 1 characters, and at least 2 are expected");
  assert.equal(await broken(short, "abcd"), "has 4 characters, and at most 3 are expected");
});

test("what is no text breaks the contract", async () => {
  for (const value of [7, null, undefined, {}, ["a"]]) await broken(text(), value);
});

test("a text that was made meets the contract again and stays as it is", async () => {
  const tidy = text({ lines: true });
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (given) => {
      const once = await tidy["~standard"].validate(given);
      if (once.issues !== undefined) return;
      assert.equal(await made(tidy, once.value), once.value);
    }),
  );
});

test("its JSON Schema says what goes in", () => {
  const schema = z.toJSONSchema(z.object({ sku: text({ min: 1, max: 64 }), note: text().optional() }), { io: "input" });
  assert.deepEqual(schema.properties, {
    sku: { type: "string", minLength: 1, maxLength: 64 },
    note: { type: "string" },
  });
  assert.deepEqual(schema.required, ["sku"]);
});
