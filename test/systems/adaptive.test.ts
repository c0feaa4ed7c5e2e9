import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Adaptive, adapted, type Load, unbound } from "../../src/systems/adaptive.ts";

/** One round of calls: all let in at once, each ends the same way. */
function round(state: Adaptive, nowMs: number, load: Load, inFlight: number, tookMs = 20): Adaptive {
  let next = state;
  for (let call = 0; call < inFlight; call++)
    next = adapted(next, { load, nowMs: nowMs + tookMs, sentMs: nowMs, inFlight: inFlight - call });
  return next;
}

test("while all goes well nothing is held back, however many go at once", () => {
  let state = unbound;
  for (let turn = 0; turn < 200; turn++) state = round(state, turn * 100, "calm", 256);
  assert.equal(state.atOnce, undefined);
});

for (const load of ["refused", "timed-out"] as const) {
  test(`a round of calls that are ${load} halves it once, not once for each call`, () => {
    const state = round(unbound, 1_000, load, 64);
    assert.deepEqual([state.atOnce, state.why], [32, load]);
    assert.equal(round(state, 2_000, load, 32).atOnce, 16);
  });
}

test("it never holds back the last one", () => {
  let state = unbound;
  for (let turn = 0; turn < 50; turn++) state = round(state, turn * 100, "refused", Math.max(1, state.atOnce ?? 64));
  assert.equal(state.atOnce, 1);
  assert.equal(adapted(unbound, { load: "refused", nowMs: 1, sentMs: 0, inFlight: 1 }).atOnce, undefined);
});

test("it gets more again as it goes well, and as many as before in the end", () => {
  let state = round(unbound, 0, "refused", 64);
  const bounds: (number | undefined)[] = [];
  for (let turn = 1; turn < 100 && state.atOnce !== undefined; turn++) {
    state = round(state, turn * 100, "calm", state.atOnce);
    bounds.push(state.atOnce);
  }
  assert.equal(state.atOnce, undefined);
  assert.ok(
    bounds.slice(0, -1).every((bound, index) => index === 0 || (bound ?? 0) >= (bounds[index - 1] ?? 0)),
    bounds.join(", "),
  );
});

test("a bound that nobody makes use of is not raised, and is forgotten after a while", () => {
  let state = round(unbound, 0, "refused", 64);
  state = round(state, 1_000, "calm", 8);
  assert.equal(state.atOnce, 32);
  assert.equal(round(state, 700_000, "calm", 8).atOnce, undefined);
});

test("answers that take several times as long as usual hold back a little, and not below a few", () => {
  let state = unbound;
  for (let turn = 0; turn < 10; turn++) state = round(state, turn * 100, "calm", 32, 200);
  assert.equal(state.atOnce, undefined);
  state = round(state, 10_000, "calm", 32, 6_000);
  assert.equal(state.why, "slow");
  assert.ok((state.atOnce ?? 0) >= 16 && (state.atOnce ?? 0) < 32, `${state.atOnce}`);
  for (let turn = 0; turn < 30; turn++)
    state = round(state, 100_000 + turn * 10_000, "calm", state.atOnce ?? 32, 9_000);
  assert.ok((state.atOnce ?? 0) >= 4, `${state.atOnce}`);
});

test("answers that are slow for a machine, and not for a person, hold nothing back", () => {
  let state = unbound;
  for (let turn = 0; turn < 10; turn++) state = round(state, turn * 100, "calm", 256, 2);
  for (let turn = 0; turn < 50; turn++) state = round(state, 10_000 + turn * 1_000, "calm", 256, 400);
  assert.equal(state.atOnce, undefined);
});

test("whatever happens, at least one goes, and never more than there were", () => {
  const ended = fc.record({
    load: fc.constantFrom<Load>("calm", "refused", "timed-out", "nothing"),
    tookMs: fc.nat(20_000),
    afterMs: fc.nat(5_000),
    inFlight: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(ended, { maxLength: 400 }), (all) => {
      let state = unbound;
      let nowMs = 0;
      for (const { load, tookMs, afterMs, inFlight } of all) {
        nowMs += afterMs;
        state = adapted(state, { load, nowMs, sentMs: nowMs - tookMs, inFlight });
        assert.ok(state.atOnce === undefined || (state.atOnce >= 1 && state.atOnce <= 300));
      }
    }),
  );
});
