import assert from "node:assert/strict";
import { test } from "node:test";
import { Ages } from "../../src/world/ages.ts";
import type { Clock } from "../../src/world/clock.ts";

const startMs = Date.UTC(2031, 4, 6);

/** A clock that shows what it is set to. */
function settable() {
  let elapsedMs = 0;
  let setMs = startMs;
  return {
    clock: { now: () => setMs + elapsedMs, monotonic: () => elapsedMs } as Clock,
    passes: (ms: number) => {
      elapsedMs += ms;
    },
    set: (byMs: number) => {
      setMs += byMs;
    },
  };
}

test("what was sent before the clock was set back is as old as it is, and not as young as the clock says", () => {
  const { clock, passes, set } = settable();
  const ages = new Ages(clock);
  passes(60_000);
  const sentAtMs = ages.now();
  passes(100_000);
  set(-90_000);
  assert.equal(ages.atMost(sentAtMs), 100_000);
  passes(5_000);
  set(-600_000);
  assert.equal(ages.atMost(sentAtMs), 105_000);
});

test("what is sent long after the clock was set back is no older for it, and what is sent soon after it counts as older at most by that", () => {
  const { clock, passes, set } = settable();
  const ages = new Ages(clock);
  set(-90_000);
  const soonMs = ages.now();
  passes(1_000);
  assert.equal(ages.atMost(soonMs), 91_000);
  passes(120_000);
  const laterMs = ages.now();
  passes(1_000);
  assert.equal(ages.atMost(laterMs), 1_000);
});

test("what was noted later than now, and by nobody who could know why, is as old as can be", () => {
  const { clock } = settable();
  assert.equal(new Ages(clock).atMost(startMs + 1), Number.POSITIVE_INFINITY);
});

test("a clock that is kept right in small steps, or set forward, was not set back", () => {
  const { clock, passes, set } = settable();
  const ages = new Ages(clock);
  const sentAtMs = ages.now();
  for (let step = 0; step < 10; step++) {
    passes(1_000);
    set(-500);
    ages.now();
  }
  assert.equal(ages.atMost(sentAtMs), 5_000);
  set(60_000);
  assert.equal(ages.atMost(sentAtMs), 65_000);
});
