import assert from "node:assert/strict";
import { test } from "node:test";
import { Ages, type SetBack } from "../../src/world/ages.ts";
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

function agesBy(clock: Clock, seenBy = "one", onSetBack: (seen: SetBack) => void = () => undefined): Ages {
  return new Ages(clock, { seenBy, onSetBack });
}

test("what was sent before the clock was set back is as old as it is, and not as young as the clock says", () => {
  const { clock, passes, set } = settable();
  const ages = agesBy(clock);
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
  const ages = agesBy(clock);
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
  assert.equal(agesBy(clock).atMost(startMs + 1), Number.POSITIVE_INFINITY);
});

test("a clock that is kept right in small steps, or set forward, was not set back", () => {
  const { clock, passes, set } = settable();
  const ages = agesBy(clock);
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

test("what one process saw of its clock the next one knows, so that what was sent before is as old for it", () => {
  const { clock, passes, set } = settable();
  const seen: SetBack[] = [];
  const before = agesBy(clock, "one", (one) => seen.push(one));
  const sentAtMs = before.now();
  passes(100_000);
  set(-90_000);
  before.now();
  passes(5_000);
  assert.equal(agesBy(clock, "two").atMost(sentAtMs), 15_000, "as young as the clock says");
  const after = agesBy(clock, "two");
  after.learn(seen);
  assert.equal(after.atMost(sentAtMs), 105_000);
});

test("what several processes of a machine saw at once counts once, and what one saw twice counts twice", () => {
  const { clock, passes, set } = settable();
  const seen: SetBack[] = [];
  const note = (one: SetBack): void => void seen.push(one);
  const both = [agesBy(clock, "one", note), agesBy(clock, "two", note)];
  const sentAtMs = both[0]?.now() ?? 0;
  passes(100_000);
  for (let times = 0; times < 2; times++) {
    set(-30_000);
    both[0]?.now();
    passes(2_000);
    both[1]?.now();
  }
  const third = agesBy(clock, "three");
  third.learn(seen);
  third.learn(seen);
  assert.equal(third.atMost(sentAtMs), 104_000);
});
