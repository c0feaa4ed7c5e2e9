import assert from "node:assert/strict";
import { test } from "node:test";
import { type Night, night } from "./night.ts";
import { report, tallied } from "./tally.ts";

// A short form of `npm run crash`: enough nights to have been killed at every named point, each with another seed on another day.

const nightsMin = 7;
const firstSeed = Number(process.env.CRASH_SEED ?? Math.floor(Date.now() / 86_400_000) * 10);

test("killed at any moment, nothing is lost, nothing is doubled, and every doubt is resolved or held", async (t) => {
  const nights: Night[] = [];
  let next = firstSeed;
  // Nights spend most of their time waiting, so two go side by side.
  const nightAfterNight = async (): Promise<void> => {
    while (next < firstSeed + nightsMin) {
      const one = await night(next++);
      nights.push(one);
      t.diagnostic(`seed ${one.seed}: ${one.kills.map(({ where }) => where).join(", ")}`);
      assert.deepEqual(one.broken, [], `seed ${one.seed} (CRASH_SEED=${one.seed}):\n${one.story.join("\n")}`);
    }
  };
  await Promise.all([nightAfterNight(), nightAfterNight()]);
  const tally = tallied(nights);
  t.diagnostic(report(tally));
  assert.ok(tally.counted >= nightsMin / 2, `too few kills left anything unanswered: ${report(tally)}`);
  assert.ok(tally.inDoubt.byKey + tally.inDoubt.byLookup + tally.inDoubt.atMostOnce > 0, "nothing was ever in doubt");
});
