import assert from "node:assert/strict";
import { test } from "node:test";
import { agesKept } from "../../src/flow/set-backs.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { openSqlite } from "../../src/ledger/sqlite/open.ts";
import { seededRandom } from "../../src/world/random.ts";

/** A machine's clocks, and the timers of one process after the other. */
function machine() {
  let elapsedMs = 0;
  let setByMs = 0;
  let timers: { readonly atMs: number; readonly task: () => void }[] = [];
  const clock = {
    now: () => Date.UTC(2031, 4, 6) + elapsedMs + setByMs,
    monotonic: () => elapsedMs,
    after: (delayMs: number, task: () => void) => {
      const timer = { atMs: elapsedMs + delayMs, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    soon: (task: () => void) => setImmediate(task),
  };
  return {
    clock,
    setBack: (byMs: number) => {
      setByMs -= byMs;
    },
    passes: (ms: number) => {
      elapsedMs += ms;
      const due = timers.filter(({ atMs }) => atMs <= elapsedMs);
      timers = timers.filter(({ atMs }) => atMs > elapsedMs);
      for (const { task } of due) task();
    },
    get timers() {
      return timers.length;
    },
  };
}

test("a set-back that one process saw is known to the next: a key that its system has forgotten is not used", async (t) => {
  const ledger = await openSqlite({ address: "sqlite::memory:", role: "owner", mustExist: false });
  t.after(() => ledger.close());
  const there = machine();
  const first = new AbortController();
  const before = await agesKept({ ledger, world: worldOf(there, 1), signal: first.signal });
  const sentAtMs = before.now();
  there.passes(60_000);
  there.setBack(3_600_000);
  there.passes(10_000);
  await written(ledger, 1);
  first.abort();
  assert.equal(there.timers, 0, "the first process goes on looking when it has ended");
  there.passes(120_000);
  const after = await agesKept({ ledger, world: worldOf(there, 2), signal: new AbortController().signal });
  assert.equal(after.atMost(sentAtMs), 190_000);
});

test("what the ledger could not take at once it is told at the next look", async (t) => {
  const real = await openSqlite({ address: "sqlite::memory:", role: "owner", mustExist: false });
  t.after(() => real.close());
  const there = machine();
  let full = true;
  const ledger: Pick<Ledger, "facts" | "journal" | "post"> = {
    facts: real.facts,
    journal: (about) => real.journal(about),
    post: (notice) => (full ? Promise.reject(new Error("the disk is full")) : real.post(notice)),
  };
  await agesKept({ ledger, world: worldOf(there, 1), signal: new AbortController().signal });
  there.setBack(90_000);
  there.passes(10_000);
  await new Promise(setImmediate);
  assert.deepEqual(await real.journal("(clock)"), []);
  full = false;
  there.passes(10_000);
  await written(real, 1);
});

const worldOf = ({ clock }: ReturnType<typeof machine>, seed: number) => ({ clock, random: seededRandom(seed) });

async function written(ledger: Pick<Ledger, "journal">, count: number): Promise<void> {
  for (let turns = 0; turns < 100; turns++) {
    if ((await ledger.journal("(clock)")).length === count) return;
    await new Promise(setImmediate);
  }
  assert.fail("it is not written down");
}
