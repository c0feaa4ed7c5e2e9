import assert from "node:assert/strict";
import { test } from "node:test";
import { Live } from "../../../src/server/dashboard/live.ts";

// Pages that follow what happens must not grow in memory, whoever opens them and never reads.

/** A clock whose turns are taken by hand. */
function turns() {
  let atMs = 0;
  let task: (() => void) | undefined;
  return {
    clock: {
      now: () => atMs,
      monotonic: () => atMs,
      after: (delayMs: number, run: () => void) => {
        task = () => {
          atMs += delayMs;
          run();
        };
        return () => {
          task = undefined;
        };
      },
      soon: (run: () => void) => run(),
    },
    async turn() {
      const due = task;
      task = undefined;
      due?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("a page that is told of changes and never reads is let go, and one that reads stays", async () => {
  const time = turns();
  let seen = 0;
  const live = new Live({ clock: time.clock, look: async () => String(seen++) });
  const deaf = await live.follow();
  const hears = await live.follow();
  const reader = hears.body?.getReader();
  let told = 0;
  const reading = (async () => {
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      if (new TextDecoder().decode(next.value).includes("changed")) told++;
  })();
  for (let turn = 0; turn < 2_000 && live.size > 1; turn++) await time.turn();
  assert.equal(live.size, 1, "what is never read is kept for ever");
  assert.ok(told > 40, `${told} changes were told to the one that reads`);
  live.end();
  await reading;
  assert.equal(live.size, 0);
  await deaf.body?.cancel();
});

test("a page that goes away makes room for another, and the last one ends the looking", async () => {
  const time = turns();
  let looked = 0;
  const live = new Live({ clock: time.clock, look: async () => String(looked++) });
  const open = await Promise.all(Array.from({ length: 500 }, () => live.follow()));
  const late = await live.follow();
  assert.deepEqual([late.status, late.headers.get("retry-after")], [503, "60"]);
  for (const one of open) await one.body?.cancel();
  assert.equal(live.size, 0);
  await time.turn();
  const before = looked;
  for (let turn = 0; turn < 20; turn++) await time.turn();
  assert.equal(looked, before, "nobody is there, and the ledger is asked");
  assert.equal((await live.follow()).status, 200);
  live.end();
});
