import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { closest, didYouMean } from "../../src/model/did-you-mean.ts";

test("the nearest word is found by letters missing, added, changed and swapped", () => {
  const options = ["latestOnly", "changedOnly", "source", "contract", "identify", "at"];
  const meant: Readonly<Record<string, string | undefined>> = {
    changedOny: "changedOnly",
    changedonly: "changedOnly",
    LATESTONLY: "latestOnly",
    soruce: "source",
    sourcee: "source",
    contrakt: "contract",
    identfiy: "identify",
    ta: "at",
    destination: undefined,
    x: undefined,
  };
  for (const [word, option] of Object.entries(meant)) assert.equal(closest(word, options), option, word);
});

test("a word is nearest to itself, and one slip away from it is still found", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 40 }), fc.nat(), (word, at) => {
      const position = at % word.length;
      const slipped = word.slice(0, position) + word.slice(position + 1);
      assert.equal(closest(word, ["entirely different words", word]), word);
      assert.ok(closest(slipped, [word]) === word);
    }),
  );
});

test("nothing is compared that would cost more than the answer is worth", () => {
  assert.equal(closest("a".repeat(1_000_000), ["b".repeat(1_000_000)]), undefined);
});

test("a hint names what was meant, or all that there is", () => {
  assert.equal(didYouMean("soruce", ["source"], "options"), 'Did you mean "source"?');
  assert.equal(didYouMean("xyzzy", ["a", "b"], "options"), "The options are: a, b.");
  assert.equal(didYouMean("xyzzy", [], "options"), "There are no options.");
});
