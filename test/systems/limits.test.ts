import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Limits } from "../../src/systems/limits.ts";
import { RollingWindow } from "../../src/systems/rolling.ts";
import { done } from "./entrance.ts";

const attempt = fc.record({
  /** After the one before. */
  gapMs: fc.oneof(fc.constant(1), fc.nat(40)),
  takesMs: fc.nat(60),
  /** When the destination sees it, as a share of the time it takes. */
  seenAt: fc.constantFrom(0, 0.5, 1),
  sent: fc.boolean(),
});

test("no window of the length ever holds more than the count, whenever within its time each request was seen", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 80 }),
      fc.array(attempt, { maxLength: 120 }),
      (count, perMs, plan) => {
        const window = new RollingWindow(count, perMs);
        const seen: number[] = [];
        let under: { endMs: number; sent: boolean }[] = [];
        let now = 0;
        const endUntil = (timeMs: number): void => {
          for (const one of under.filter(({ endMs }) => endMs <= timeMs).sort((a, b) => a.endMs - b.endMs)) {
            if (one.sent) window.end(one.endMs, 1, 1);
            else window.unsent(1);
          }
          under = under.filter(({ endMs }) => endMs > timeMs);
        };
        for (const { gapMs, takesMs, seenAt, sent } of plan) {
          now += gapMs;
          endUntil(now);
          if (window.free(now, 1) <= 0) continue;
          window.take(1);
          under.push({ endMs: now + takesMs, sent });
          if (sent) seen.push(now + takesMs * seenAt);
        }
        seen.sort((a, b) => a - b);
        for (let index = 0; index + count < seen.length; index++) {
          const apart = (seen[index + count] as number) - (seen[index] as number);
          assert.ok(
            apart > perMs,
            `${count + 1} requests within ${apart} ms, where ${count} per ${perMs} ms are allowed`,
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("what was never sent gives its permit back at once", () => {
  const window = new RollingWindow(1, 1_000);
  window.take(1);
  assert.equal(window.free(0, 1), 0);
  window.unsent(1);
  assert.equal(window.free(0, 1), 1);
});

test("it says when the next permit comes: now, at the end of the oldest one's time, or only when one under way has ended", () => {
  const window = new RollingWindow(2, 100);
  assert.equal(window.freeAt(5, 1), 5);
  window.take(1);
  window.take(1);
  assert.equal(window.freeAt(5, 1), Number.POSITIVE_INFINITY);
  window.end(10, 1, 1);
  window.end(30, 1, 1);
  assert.equal(window.freeAt(40, 1), 110);
  assert.equal(window.free(110, 1), 0, "exactly at its edge the old one still counts");
  assert.equal(window.free(110.001, 1), 1);
});

test("nothing is lost when its ring grows past its edge", () => {
  const window = new RollingWindow(100, 1_000);
  for (let round = 0; round < 10; round++) {
    const at = round * 2_000;
    for (let index = 0; index < 10 * (round + 1); index++) {
      assert.ok(window.free(at + index, 1) > 0);
      window.take(1);
      window.end(at + index, 1, 1);
    }
    assert.equal(window.free(at + 999, 1), 100 - 10 * (round + 1), `round ${round}`);
  }
});

test("of several limits each has a say", () => {
  const limits = new Limits([
    { kind: "rate", count: 3, perMs: 1_000 },
    { kind: "rate", count: 4, perMs: 60_000 },
    { kind: "concurrent", count: 2 },
  ]);
  limits.take(undefined);
  limits.take(undefined);
  assert.equal(limits.free(0, undefined), 0, "two at a time");
  limits.end(0, undefined, done);
  assert.equal(limits.free(0, undefined), 1);
  limits.take(undefined);
  limits.end(0, undefined, done);
  limits.end(0, undefined, done);
  assert.equal(limits.free(500, undefined), 0, "three a second");
  assert.equal(limits.free(1_001, undefined), 1, "four a minute");
  assert.equal(
    limits.intervalMs(1_001, 0, undefined, 1),
    15_000,
    "one is left of the four, and another one goes before",
  );
  assert.equal(limits.intervalMs(1_001, 0, undefined, 0), 0, "the one that is left is enough");
  assert.deepEqual(limits.state(1_001, 0), [
    { limit: "3 per 1s", left: 3, freeAtMs: undefined, spentAtMs: undefined },
    { limit: "4 per 1m", left: 1, freeAtMs: undefined, spentAtMs: undefined },
    { limit: "2 at a time", left: 2, freeAtMs: undefined, spentAtMs: undefined },
  ]);
});

test("no limits let in as many as come", () => {
  const limits = new Limits([]);
  for (let index = 0; index < 1_000; index++) limits.take(undefined);
  assert.ok(limits.free(0, undefined) > 0);
  assert.equal(limits.freeAt(7, undefined), 7);
  assert.deepEqual(limits.state(0, 0), []);
});
