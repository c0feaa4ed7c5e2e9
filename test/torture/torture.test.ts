import assert from "node:assert/strict";
import { test } from "node:test";
import { faultNames } from "./faults.ts";
import { tableOf } from "./table.ts";
import { successfulMin, trials, unansweredMin } from "./trial.ts";

// A short form of `npm run torture`: each fault once, one after another on the same ledger, each day with another seed.

const seed = Number(process.env.TORTURE_SEED ?? Math.floor(Date.now() / 86_400_000));
const load = { orders: 30, customers: 25, enough: 12 };

test("whatever goes wrong between workers and PostgreSQL, nothing is lost, nothing doubled, and the order of a key is kept", async (t) => {
  const all = await trials(faultNames, seed, load);
  t.diagnostic(`seed ${seed}\n${tableOf(all)}`);
  const [one] = all;
  assert.deepEqual(one?.broken, [], `seed ${seed} (TORTURE_SEED=${seed}):\n${one?.story.join("\n")}`);
  const unanswered = all.reduce((sum, trial) => sum + trial.unanswered, 0);
  assert.ok(unanswered >= unansweredMin, `only ${unanswered} effects were under way when it went wrong`);
  assert.ok((one?.successful ?? 0) >= successfulMin, "nearly everything failed anyhow");
});
