import assert from "node:assert/strict";
import { test } from "node:test";
import { faultNames } from "./faults.ts";
import { tableOf } from "./table.ts";
import { trials, unansweredMin } from "./trial.ts";

// A short form of `npm run torture`: each fault once, one after another on the same ledger, each day with another seed.

const seed = Number(process.env.TORTURE_SEED ?? Math.floor(Date.now() / 86_400_000));
const load = { orders: 30, customers: 25, enough: 12 };
const wellMin = 0.7;

test("whatever goes wrong between workers and PostgreSQL, nothing is lost, nothing doubled, and the order of a key is kept", async (t) => {
  const all = await trials(faultNames, seed, load);
  t.diagnostic(`seed ${seed}\n${tableOf(all)}`);
  const one = all.find(({ broken }) => broken.length > 0) ?? all[0];
  assert.deepEqual(one?.broken, [], `seed ${seed} (TORTURE_SEED=${seed}):\n${one?.story.join("\n")}`);
  const unanswered = all.reduce((sum, trial) => sum + trial.unanswered, 0);
  assert.ok(unanswered >= unansweredMin, `only ${unanswered} effects were under way when it went wrong`);
  // So little comes in that what a fault itself breaks is a large part of it.
  const effects = all.reduce((sum, trial) => sum + trial.effects, 0);
  const well = all.reduce((sum, trial) => sum + trial.effects * trial.successful, 0);
  assert.ok(well >= effects * wellMin, `only ${Math.round(well)} of ${effects} effects went well anyhow`);
});
