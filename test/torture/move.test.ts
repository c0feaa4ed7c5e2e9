import assert from "node:assert/strict";
import { test } from "node:test";
import { moving } from "./move.ts";

// A short form of `npm run torture:move`, each day with another seed.

const seed = Number(process.env.TORTURE_SEED ?? Math.floor(Date.now() / 86_400_000));

test("a ledger whose process died in the middle of its work says the same after it was moved to PostgreSQL, and what was under way goes on once", async (t) => {
  const { unanswered, delivered, broken } = await moving(seed, 2_000);
  t.diagnostic(`seed ${seed}: ${unanswered} effects unanswered, ${delivered} delivered afterwards`);
  assert.deepEqual(broken, [], `seed ${seed} (TORTURE_SEED=${seed})`);
  assert.ok(unanswered >= 10, `only ${unanswered} effects were under way when the process died`);
  assert.ok(delivered >= 100, `only ${delivered} records were delivered`);
});
