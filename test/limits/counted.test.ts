import assert from "node:assert/strict";
import { test } from "node:test";
import { countedBy, mostWithin } from "./counted.ts";

// A short form of `npm run limits`. That nothing is exceeded is promised; how much of a budget is used depends on the machine, and only the long form looks.

test("an independent server never counts more than 50 in any second, with 64 to be sent at any time", async () => {
  const seen = await countedBy({ limits: "second", lives: [{ ms: 4_000, ends: "stop" }], records: 300 });
  assert.ok(seen.length >= 50, `only ${seen.length} calls came`);
  assert.ok(mostWithin(seen, 1_000) <= 50, `${mostWithin(seen, 1_000)} within a second`);
});

test("not after a restart either, nor after a SIGKILL", async () => {
  const life = { ms: 1_300 } as const;
  const lives = [
    { ...life, ends: "kill" },
    { ...life, ends: "stop" },
    { ...life, ends: "kill" },
    { ms: 3_000, ends: "stop" },
  ] as const;
  const seen = await countedBy({ limits: "twoSeconds", lives, records: 100 });
  assert.ok(seen.length >= 20, `only ${seen.length} calls came`);
  assert.ok(mostWithin(seen, 2_000) <= 20, `${mostWithin(seen, 2_000)} within two seconds`);
});

test("of nested limits none is exceeded", async () => {
  const seen = await countedBy({ limits: "nested", lives: [{ ms: 4_000, ends: "stop" }], records: 100 });
  assert.ok(seen.length >= 40, `only ${seen.length} calls came`);
  assert.ok(mostWithin(seen, 1_000) <= 20 && mostWithin(seen, 5_000) <= 60);
});

test("no more points are used in any second than there are, by the server's own count", async () => {
  const seen = await countedBy({ limits: "points", lives: [{ ms: 4_000, ends: "stop" }], records: 200 });
  assert.ok(seen.length >= 20, `only ${seen.length} calls came`);
  assert.ok(mostWithin(seen, 1_000, ({ points }) => points) <= 100);
});

test("a bucket bursts, and then lets come what flows in", async () => {
  const seen = await countedBy({ limits: "bucket", lives: [{ ms: 3_000, ends: "stop" }], records: 100 });
  assert.ok(seen.length >= 30, `only ${seen.length} calls came`);
  for (const perMs of [200, 500, 1_000, 2_000]) assert.ok(mostWithin(seen, perMs) <= 30 + perMs / 100);
});
