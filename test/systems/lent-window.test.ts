import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mostWithin } from "../limits/counted.ts";
import { type FleetOptions, fleet } from "./lent-fleet.ts";

const rate = (points: number, perMs: number) => ({ points, perMs, burst: undefined, slots: false });
const usedOf = async (options: FleetOptions): Promise<number> => {
  const { limit, forMs } = options;
  const { seen } = await fleet(options);
  assert.ok(mostWithin(seen, limit.perMs) <= limit.points, `${mostWithin(seen, limit.perMs)} came within the window`);
  return (seen.length * limit.perMs) / (limit.points * forMs);
};

for (const points of [10, 40, 200])
  test(`of ${points} a second nine tenths are used while one of three workers is killed every two seconds, and never more than all`, async () => {
    const used = await usedOf({ limit: rate(points, 1_000), seed: points, forMs: 20_000, killEveryMs: 2_000 });
    assert.ok(used >= 0.9, `only ${(used * 100).toFixed(1)}% were used`);
  });

test("a permit comes back when its call has ended, and not when that is told: exchanges of up to sixty milliseconds cost next to nothing", async () => {
  const slower = { exchangeMs: [5, 60], callMs: [5, 40] } as const;
  const used = await usedOf({ limit: rate(40, 1_000), seed: 1, forMs: 20_000, killEveryMs: 2_000, ...slower });
  assert.ok(used >= 0.96, `only ${(used * 100).toFixed(1)}% were used`);
});

test("where exchanges and calls are slow, as on a busy machine, four fifths are used", async () => {
  const busy = { exchangeMs: [20, 120], callMs: [10, 60] } as const;
  const used = await usedOf({ limit: rate(40, 1_000), seed: 2, forMs: 20_000, killEveryMs: 2_000, ...busy });
  assert.ok(used >= 0.8, `only ${(used * 100).toFixed(1)}% were used`);
});

test("a bucket that workers share bursts once, and then lets through what flows in", async () => {
  const limit = { points: 10, perMs: 1_000, burst: 30, slots: false };
  const { seen } = await fleet({ limit, seed: 3, forMs: 20_000, killEveryMs: 2_000 });
  for (const perMs of [100, 1_000, 5_000]) assert.ok(mostWithin(seen, perMs) <= 30 + perMs / 100);
  assert.ok(seen.length >= 0.9 * 200, `only ${seen.length} came`);
});

test("no window ever sees more than the limit, whatever the network, the clocks and the kills do", async () => {
  const upTo = (most: number) => fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }));
  const inOrder = ([a, b]: [number, number]): [number, number] => [Math.min(a, b), Math.max(a, b)];
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        limit: fc.record({
          points: fc.integer({ min: 1, max: 60 }),
          perMs: fc.integer({ min: 50, max: 3_000 }),
          burst: fc.constant(undefined),
          slots: fc.constant(false),
        }),
        seed: fc.integer({ min: 0, max: 1_000_000 }),
        workers: fc.integer({ min: 1, max: 5 }),
        killEveryMs: fc.integer({ min: 200, max: 3_000 }),
        exchangeMs: upTo(300).map(inOrder),
        callMs: upTo(2_000).map(inOrder),
        stalledPerMille: fc.integer({ min: 0, max: 100 }),
        lostPerMille: fc.integer({ min: 0, max: 100 }),
      }),
      async (options) => void (await usedOf({ ...options, forMs: 3_000 })),
    ),
    { numRuns: 20 },
  );
});
