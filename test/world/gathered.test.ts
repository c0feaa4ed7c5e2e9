import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Gathered } from "../../src/world/gathered.ts";

const gathered = (pieces: Iterable<Uint8Array>): Gathered => {
  const all = new Gathered();
  for (const piece of pieces) all.add(piece);
  return all;
};

test("a body is the same whichever pieces it comes in", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 12 }), (pieces) => {
      const all = gathered(pieces);
      assert.deepEqual(Buffer.from(all.bytes()), Buffer.concat(pieces));
      assert.equal(all.length, Buffer.concat(pieces).length);
    }),
    { numRuns: 200 },
  );
});

test("a million pieces of one byte are one body of a million bytes", () => {
  const slab = Buffer.alloc(65_536, "abc");
  const all = gathered(
    (function* () {
      for (let at = 0; at < 1_000_000; at++) yield slab.subarray(at % slab.length, (at % slab.length) + 1);
    })(),
  );
  assert.equal(all.length, 1_000_000);
  const expected = Buffer.alloc(1_000_000);
  for (let at = 0; at < expected.length; at++) expected[at] = slab[at % slab.length] as number;
  assert.ok(expected.equals(Buffer.from(all.bytes())));
});
