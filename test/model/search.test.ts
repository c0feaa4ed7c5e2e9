import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { searchRange, searchText } from "../../src/model/search.ts";

test("what looks the same to people is looked for in the same way", () => {
  for (const [text, looked] of [
    ["Ann  Smith", "ann smith"],
    ["\tANN\u00a0SMITH\n", "ann smith"],
    ["M\u00fcller", "m\u00fcller"],
    ["Mu\u0308ller", "m\u00fcller"],
    ["\uff21\uff22\uff11", "ab1"],
    ["a\u0000b\u200b\ud800", "a b"],
    ["\u200b", ""],
    ["x".repeat(1_000), "x".repeat(200)],
  ] as const)
    assert.equal(searchText(text), looked);
});

test("how a text begins stands within its range, as UTF-8 is sorted", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 300 });
  const isBefore = (one: string, other: string): boolean => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
  fc.assert(
    fc.property(text, text, (begin, rest) => {
      const [from, below] = searchRange(searchText(begin));
      const whole = `${searchText(begin)}${searchText(rest)}`;
      if (from === "") assert.equal(below, "");
      else assert.ok(!isBefore(whole, from) && isBefore(whole, below));
    }),
  );
  fc.assert(fc.property(text, (given) => assert.equal(searchText(searchText(given)), searchText(given))));
});
