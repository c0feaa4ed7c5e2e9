import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseTraceparent, traceparentOf } from "../../src/model/traceparent.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const span = "b7ad6b7169203331";

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length })
    .map((digits) => digits.join(""))
    .filter((text) => !/^0+$/.test(text));

test("a traceparent is read as the standard says, and whatever only looks like one is none", () => {
  const fine = { traceId: trace, spanId: span };
  const table: readonly (readonly [string | undefined, object | undefined])[] = [
    [`00-${trace}-${span}-01`, { ...fine, flags: 1 }],
    [`00-${trace}-${span}-00`, { ...fine, flags: 0 }],
    [`00-${trace}-${span}-ff`, { ...fine, flags: 255 }],
    // Later versions keep this part, and may say more.
    [`01-${trace}-${span}-01`, { ...fine, flags: 1 }],
    [`cc-${trace}-${span}-01-what-the-future-is`, { ...fine, flags: 1 }],
    [`cc-${trace}-${span}-01-`, { ...fine, flags: 1 }],
    [`cc-${trace}-${span}-01.what`, undefined],
    [`00-${trace}-${span}-01-more`, undefined],
    [`00-${trace}-${span}-01-`, undefined],
    [`ff-${trace}-${span}-01`, undefined],
    [`00-${"0".repeat(32)}-${span}-01`, undefined],
    [`00-${trace}-${"0".repeat(16)}-01`, undefined],
    [`00-${trace.toUpperCase()}-${span}-01`, undefined],
    [`00-${trace.slice(1)}-${span}-01`, undefined],
    [`00-${trace}-${span}-1`, undefined],
    [`00-${trace}-${span}`, undefined],
    [` 00-${trace}-${span}-01`, undefined],
    [`00-${trace}-${span}-01\n`, undefined],
    [`00-${trace}-${span}-01, 00-${trace}-${span}-01`, undefined],
    [`01-${trace}-${span}-01-${"a".repeat(300)}`, undefined],
    ["", undefined],
    [undefined, undefined],
  ];
  for (const [text, expected] of table) assert.deepEqual(parseTraceparent(text), expected, JSON.stringify(text));
});

test("what is kept of a span is read back as it was", () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.integer({ min: 0, max: 255 }), (traceId, spanId, flags) => {
      const text = traceparentOf({ traceId, spanId, flags });
      assert.equal(text.length, 55);
      assert.deepEqual(parseTraceparent(text), { traceId, spanId, flags });
    }),
  );
});

test("no text makes it throw, and a traceparent with one letter changed is never read as something longer or shorter", () => {
  const near = fc
    .tuple(hex(32), hex(16), fc.nat({ max: 54 }), fc.string({ maxLength: 3 }))
    .map(([traceId, spanId, at, put]) => {
      const text = traceparentOf({ traceId, spanId, flags: 1 });
      return text.slice(0, at) + put + text.slice(at + 1);
    });
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 400 }), near), (text) => {
      const read = parseTraceparent(text);
      if (read === undefined) return;
      assert.match(read.traceId, /^(?!0+$)[0-9a-f]{32}$/);
      assert.match(read.spanId, /^(?!0+$)[0-9a-f]{16}$/);
      assert.ok(read.flags >= 0 && read.flags <= 255);
    }),
  );
});
