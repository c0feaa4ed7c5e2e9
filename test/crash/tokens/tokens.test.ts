import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenNight } from "./night.ts";

// A short form of `npm run crash:tokens`: each point once.

const seed = Number(process.env.CRASH_SEED ?? Math.floor(Date.now() / 86_400_000));

test("killed in the middle of a refresh, a token goes on, or a person is asked once: never a loop", async (t) => {
  const night = await tokenNight(seed, 4);
  t.diagnostic(`seed ${seed}: ${JSON.stringify(night)}`);
  assert.deepEqual(night.broken, [], `CRASH_SEED=${seed}`);
  assert.ok(night.survived >= 2, "too few went on by themselves");
});
