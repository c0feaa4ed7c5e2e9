// `npm run limits`: what an independent server counts, at length. Prints how much of each budget was used, and exits 1 when one was exceeded or when less
// than nine tenths of it were used.
import { countedBy, mostWithin, type Scene } from "./counted.ts";
import type { Seen } from "./server.ts";

interface Look extends Scene {
  readonly what: string;
  readonly most: readonly { readonly perMs: number; readonly points: number }[];
  readonly of?: (seen: Seen) => number;
  /** What the lives could have used. */
  readonly budget: number;
  readonly shareMin: number;
}

const looks: readonly Look[] = [
  {
    what: 'rate(50, "1s"), 64 in flight, 60 s',
    limits: "second",
    lives: [{ ms: 60_000, ends: "stop" }],
    records: 4_000,
    most: [{ perMs: 1_000, points: 50 }],
    budget: 50 * 60,
    shareMin: 0.9,
  },
  {
    what: 'rate(20, "1s") within rate(60, "5s"), 30 s',
    limits: "nested",
    lives: [{ ms: 30_000, ends: "stop" }],
    records: 1_000,
    most: [
      { perMs: 1_000, points: 20 },
      { perMs: 5_000, points: 60 },
    ],
    budget: 60 * 6,
    shareMin: 0.9,
  },
  {
    what: 'cost(100, "1s"), reserved 3 too much each, 30 s',
    limits: "points",
    lives: [{ ms: 30_000, ends: "stop" }],
    records: 2_000,
    most: [{ perMs: 1_000, points: 100 }],
    of: ({ points }) => points,
    budget: 100 * 30,
    shareMin: 0.9,
  },
  {
    what: 'rate(60, "1m"), stopped after 40 s, killed after 100 s, 240 s in all',
    limits: "minute",
    lives: [
      { ms: 40_000, ends: "stop" },
      { ms: 60_000, ends: "kill" },
      { ms: 140_000, ends: "stop" },
    ],
    records: 400,
    most: [{ perMs: 60_000, points: 60 }],
    budget: 60 * 4,
    // A kill costs what was reserved and not used, and moves the rest of the window's first calls a little.
    shareMin: 0.8,
  },
];

let bad = false;
for (const { what, most, of = () => 1, budget, shareMin, ...scene } of looks) {
  const seen = await countedBy(scene);
  const used = seen.reduce((sum, one) => sum + of(one), 0);
  const counts = most.map(({ perMs, points }) => ({ perMs, points, found: mostWithin(seen, perMs, of) }));
  const ok = counts.every(({ points, found }) => found <= points) && used / budget >= shareMin;
  bad ||= !ok;
  const words = counts.map(({ perMs, points, found }) => `at most ${found} of ${points} in ${perMs / 1_000} s`);
  console.log(
    `${ok ? "ok " : "BAD"} ${what}: ${words.join(", ")}; ${Math.round((used / budget) * 100)}% of the budget used`,
  );
}
process.exitCode = bad ? 1 : 0;
