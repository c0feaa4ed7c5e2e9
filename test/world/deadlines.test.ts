import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Deadlined, Deadlines } from "../../src/world/deadlines.ts";
import { virtualClock } from "./virtual-clock.ts";

interface Seen extends Deadlined {
  expiredAtMs: number | undefined;
}

test("whoever has not left by its deadline expires then, and nobody else, with one timer for all who may take equally long", async () => {
  const one = fc.record({
    gapMs: fc.nat(50),
    allowedMs: fc.constantFrom(20, 100),
    leavesAfterMs: fc.option(fc.nat(150)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 30 }), async (plan) => {
      const clock = virtualClock();
      const deadlines = new Deadlines(clock);
      const expected: (number | undefined)[] = [];
      const seen: Seen[] = [];
      for (const { gapMs, allowedMs, leavesAfterMs } of plan) {
        await clock.pass(gapMs);
        const entry: Seen = {
          deadlineMs: 0,
          line: undefined,
          earlier: undefined,
          later: undefined,
          expiredAtMs: undefined,
          expire() {
            this.expiredAtMs = clock.monotonic();
          },
        };
        deadlines.enter(entry, allowedMs);
        seen.push(entry);
        const leaves = leavesAfterMs !== null && leavesAfterMs < allowedMs;
        expected.push(leaves ? undefined : clock.monotonic() + allowedMs);
        if (leaves) clock.after(leavesAfterMs, () => entry.line?.leave(entry));
        const pendingLeaves = plan.length;
        assert.ok(clock.timers() <= 2 + pendingLeaves);
      }
      await clock.pass(500);
      for (const [index, { expiredAtMs }] of seen.entries()) {
        const due = expected[index];
        if (due === undefined) assert.equal(expiredAtMs, undefined);
        else
          assert.ok(
            expiredAtMs !== undefined && expiredAtMs >= due && expiredAtMs <= due + 1,
            `due at ${due}, expired at ${expiredAtMs}`,
          );
      }
      assert.equal(clock.timers(), 0, "an empty line keeps no timer");
    }),
    { numRuns: 30 },
  );
});
