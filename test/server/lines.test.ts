import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linesIn } from "../../src/server/lines.ts";

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield bytes.subarray(from, Math.min(cut, bytes.length));
    from = Math.min(cut, bytes.length);
  }
  yield bytes.subarray(from);
}

async function textOf(lines: AsyncIterable<Uint8Array | undefined>): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const line of lines) all.push(line === undefined ? undefined : Buffer.from(line).toString());
  return all;
}

test("however the bytes are cut, the lines are the same", async () => {
  const line = fc.string({ unit: fc.constantFrom("a", "é", "\r", "{", "😀"), maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 8 }),
      fc.boolean(),
      fc.array(fc.nat(60)),
      async (lines, ended, cuts) => {
        const bytesMax = 8;
        const bytes = Buffer.from(lines.join("\n") + (ended && lines.length > 0 ? "\n" : ""));
        const expected = lines.map((one) => (Buffer.byteLength(one) > bytesMax ? undefined : one));
        // What follows the last line break is a line only if there is something in it.
        if (!ended && lines.at(-1) === "") expected.pop();
        assert.deepEqual(await textOf(linesIn(inPieces(bytes, cuts), bytesMax)), expected);
      },
    ),
    { numRuns: 500 },
  );
});

test("no body has no lines, and a body that breaks off says so after the lines that came whole", async () => {
  assert.deepEqual(await textOf(linesIn(null, 10)), []);
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("one\ntw");
    throw new Error("gone");
  }
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const line of linesIn(broken(), 10)) seen.push(Buffer.from(line ?? []).toString());
    },
    { code: "unreadable" },
  );
  assert.deepEqual(seen, ["one"]);
});
