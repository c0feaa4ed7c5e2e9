import { between } from "../../examples/demo/chance.ts";
import type { Point } from "../../src/world/points.ts";
import type { Plan } from "./messages.ts";

/** Where a worker is killed: at a named moment, or whenever. */
export type Where = Point | "random";

export const everywhere = [
  "random",
  "before-intake-commit",
  "before-acknowledgement",
  "before-send",
  "after-send",
  "after-answer",
  "before-settlement",
] as const satisfies readonly Where[];

/** Which passing of a point kills, in the first life of a worker and in a later one that only has to clean up. */
const passings: Readonly<Record<Point, readonly [first: readonly [number, number], later: readonly [number, number]]>> =
  {
    "before-intake-commit": [
      [60, 150],
      [20, 60],
    ],
    "before-acknowledgement": [
      [60, 150],
      [20, 60],
    ],
    "before-send": [
      [60, 200],
      [40, 150],
    ],
    "after-send": [
      [60, 200],
      [40, 150],
    ],
    "after-answer": [
      [60, 200],
      [30, 150],
    ],
    "before-settlement": [
      [10, 40],
      [10, 40],
    ],
  };

export function placeFor(seed: number, life = 1): Where {
  return everywhere[(seed + life * 3) % everywhere.length] ?? "random";
}

/** What makes a worker kill itself there; nothing where it is killed from outside. */
export function armFor(seed: number, life = 1): Plan["arm"] {
  const point = placeFor(seed, life);
  if (point === "random") return undefined;
  const [from, to] = passings[point][life === 1 ? 0 : 1];
  return { point, nth: between(from, to, seed, "nth", life) };
}
