// A pattern that cannot be written to is a contract for which no record can be made.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { textLike } from "../../../src/rehearse/data/pattern.ts";
import { seededRandom } from "../../../src/world/random.ts";

const patterns = [
  ...[
    "^ORD-\\d{4}$",
    "^[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){3,6}$",
    "^(?:red|green|blue)$",
    "^[^\\s@]+@[^\\s@]+$",
    "^a{2,}b?c*$",
    "^\\w+(?:-\\w+)*$",
  ],
  ...[
    "^(['\"]).*\\1$",
    "^(?<q>[ab])x\\k<q>$",
    "^\\x41\\u0042\\u{43}\\t$",
    "^[\\]\\-a^]$",
    "^\\p{Lu}\\p{Ll}+\\p{N}$",
    "^[^a-z]+$",
    "^\\S+\\s\\D\\W$",
    "ab.*z",
    "^$",
    "",
  ],
  ...[
    "^(?:a|(?:b|c)d)+$",
    "^\\+[1-9]\\d{6,14}$",
    "^[\\w.-]{3}$",
    "^(a)?b$",
    "^x{0,3}$",
    "^(?:(?:25[0-5]|1?\\d)\\.){3}\\d$",
    "^a+?b*?$",
  ],
];

test("texts are like their pattern", () => {
  for (const pattern of patterns) {
    const make = textLike(pattern);
    assert.ok(make !== undefined, `${pattern} can be read`);
    const random = seededRandom(1);
    for (let index = 0; index < 50; index++) assert.match(make(random), new RegExp(pattern, "u"), pattern);
  }
});

test("zod's own patterns are read, and mostly written to at once", () => {
  const known = Object.entries(z.regexes).filter(([, pattern]) => pattern instanceof RegExp) as [string, RegExp][];
  assert.ok(known.length > 20);
  for (const [name, pattern] of known) {
    const make = textLike(pattern.source);
    // An emoji is a property of characters that nobody lists.
    if (make === undefined) assert.match(pattern.source, /\\p\{Ext/, name);
  }
});

test("what is no expression, or holds what is not read, is told by undefined, never thrown", () => {
  for (const pattern of ["(", "[a", "a)", "\\p{Script=Han}", "[]", "\\"])
    assert.equal(textLike(pattern), undefined, pattern);
  fc.assert(
    fc.property(fc.string(), (pattern) => {
      const make = textLike(pattern);
      if (make !== undefined) assert.equal(typeof make(seededRandom(1)), "string");
    }),
  );
});
