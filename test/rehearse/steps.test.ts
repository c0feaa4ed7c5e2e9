import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryDisk } from "../../src/assembly/memory-disk.ts";
import { StepBooks } from "../../src/rehearse/night/step-books.ts";
import { seededRandom } from "../../src/world/random.ts";
import { virtualClock } from "../world/virtual-clock.ts";
import { fallOfPatched } from "./bugs/fall.ts";
import { patches } from "./bugs/patches.ts";

test("books that are wrong only while something is delivered fall, and the story says when they first were", async () => {
  const patch = patches.find(({ name }) => name === "in-hand-counted-twice");
  assert.ok(patch !== undefined);
  const fall = await fallOfPatched(patch, 10);
  assert.equal(fall?.promise, "the books balance");
  const told =
    /(\d\d:\d\d:\d\d\.\d) {2}(the books do not balance: of "\w+", received \d+: .*waiting \d+, delivering \d+.*)/;
  const line = fall.story.map((one) => told.exec(one)).find((found) => found !== null);
  assert.ok(line !== null && line !== undefined, fall.story.join("\n"));
  assert.ok(fall.story.includes(`So: at ${line[1]} ${line[2]}.`), "what it comes to is what was so at that moment");
});

test("a record that the ledger does not know a minute after it was acknowledged is lost, whatever the morning brings", () => {
  const disk = memoryDisk();
  const said: string[] = [];
  let elapsedMs = 0;
  try {
    disk.format({ clock: virtualClock(), random: seededRandom(1) });
    const acknowledged: { readonly record: string }[] = [];
    const books = new StepBooks({ disk, elapsedMs: () => elapsedMs, acknowledged, say: (what) => said.push(what) });
    books.step();
    acknowledged.push({ record: "0kvspabok02" });
    elapsedMs = 59_999;
    books.step();
    assert.deepEqual(books.broken, []);
    elapsedMs = 60_000;
    books.step();
    elapsedMs = 900_000;
    books.step();
    const what = "0kvspabok02 was acknowledged, and the ledger does not know it";
    const promise = "what was acknowledged is not lost";
    assert.deepEqual(books.broken, [{ promise, what: `at 00:01:00.0 ${what}`, record: "0kvspabok02" }]);
    assert.deepEqual(said, [what], "it is told once");
  } finally {
    disk.close();
  }
});
