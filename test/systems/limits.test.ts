import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Limits, RateWindow } from "../../src/systems/limits.ts";

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
        const window = new RateWindow(count, perMs);
        const seen: number[] = [];
        let under: { endMs: number; sent: boolean }[] = [];
        let now = 0;
        const endUntil = (timeMs: number): void => {
          for (const one of under.filter(({ endMs }) => endMs <= timeMs).sort((a, b) => a.endMs - b.endMs)) {
            if (one.sent) window.end(one.endMs);
            else window.unsent();
          }
          under = under.filter(({ endMs }) => endMs > timeMs);
        };
        for (const { gapMs, takesMs, seenAt, sent } of plan) {
          now += gapMs;
          endUntil(now);
          if (window.free(now) <= 0) continue;
          window.take();
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
  const window = new RateWindow(1, 1_000);
  window.take();
  assert.equal(window.free(0), 0);
  window.unsent();
  assert.equal(window.free(0), 1);
});

test("it says when the next permit comes: now, at the end of the oldest one's time, or only when one under way has ended", () => {
  const window = new RateWindow(2, 100);
  assert.equal(window.freeAt(5), 5);
  window.take();
  window.take();
  assert.equal(window.freeAt(5), Number.POSITIVE_INFINITY);
  window.end(10);
  window.end(30);
  assert.equal(window.freeAt(40), 110);
  assert.equal(window.free(110), 0, "exactly at its edge the old one still counts");
  assert.equal(window.free(110.001), 1);
});

test("nothing is lost when its ring grows past its edge", () => {
  const window = new RateWindow(100, 1_000);
  for (let round = 0; round < 10; round++) {
    const at = round * 2_000;
    for (let index = 0; index < 10 * (round + 1); index++) {
      assert.ok(window.free(at + index) > 0);
      window.take();
      window.end(at + index);
    }
    assert.equal(window.free(at + 999), 100 - 10 * (round + 1), `round ${round}`);
  }
});

test("of several limits each has a say", () => {
  const limits = new Limits([
    { kind: "rate", count: 3, perMs: 1_000 },
    { kind: "rate", count: 4, perMs: 60_000 },
    { kind: "concurrent", count: 2 },
  ]);
  limits.take();
  limits.take();
  assert.equal(limits.free(0), 0, "two at a time");
  limits.end(0);
  assert.equal(limits.free(0), 1);
  limits.take();
  limits.end(0);
  limits.end(0);
  assert.equal(limits.free(500), 0, "three a second");
  assert.equal(limits.free(1_001), 1, "four a minute");
  assert.equal(limits.intervalMs(0), 15_000);
  assert.deepEqual(limits.state(1_001), [
    { limit: "3 per 1s", left: 3, freeAtMs: undefined },
    { limit: "4 per 1m", left: 1, freeAtMs: undefined },
    { limit: "2 at a time", left: 2, freeAtMs: undefined },
  ]);
});

test("no limits let in as many as come", () => {
  const limits = new Limits([]);
  for (let index = 0; index < 1_000; index++) limits.take();
  assert.ok(limits.free(0) > 0);
  assert.equal(limits.freeAt(7), 7);
  assert.deepEqual(limits.state(0), []);
});
