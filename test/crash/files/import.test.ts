import assert from "node:assert/strict";
import { test } from "node:test";
import { importKilled } from "./import.ts";

// A short form of `npm run crash:files`, each day with another seed.

const seed = Number(process.env.CRASH_SEED ?? Math.floor(Date.now() / 86_400_000));

test("an import that is killed again and again takes each row once, and the books balance", async (t) => {
  const { kills, broken } = await importKilled(seed, 8_000, 8);
  t.diagnostic(`seed ${seed}: ${kills} kills while the file was read`);
  assert.deepEqual(broken, [], `CRASH_SEED=${seed}`);
  assert.ok(kills >= 4, `only ${kills} kills came in the middle (CRASH_SEED=${seed})`);
});
