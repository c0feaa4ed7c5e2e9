import type { Limit, LimitedCall } from "../define/limit.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import { seenByUser } from "./seen.ts";

type Cost = Extract<Limit, { kind: "cost" }>;

/**
 * What a call is taken to cost before it is made: what its request says, else what `reserve` makes of it, else 1.
 *
 * @throws {WaybillError} `effect-misused` when that is no number of points that the limit could ever give.
 */
export function pointsOf({ reserve, count, burst }: Cost, said: number | undefined, call: LimitedCall): number {
  const points = said ?? (reserve === undefined ? 1 : reserve(call));
  const most = burst ?? count;
  if (typeof points === "number" && points > 0 && points <= most) return points;
  throw new WaybillError(
    "effect-misused",
    `${call.method} ${call.path} is said to cost ${String(points)} points, and its limit has from 1 to ${most} at a time.`,
    said === undefined ? "Look at reserve of its cost()." : "Look at its option cost.",
  );
}

/** What a call has cost: as its answer tells, else what was reserved. `why` when its answer told nothing that could be true. */
export function actualPoints({ of }: Cost, outcome: Outcome, reserved: number): { points: number; why?: string } {
  const { answer } = outcome;
  if (of === undefined || answer === undefined) return { points: reserved };
  let told: number | undefined;
  try {
    told = of(seenByUser(answer));
  } catch (thrown) {
    return { points: reserved, why: `of of its cost() threw: ${said(thrown)}` };
  }
  if (told === undefined || (typeof told === "number" && told >= 0 && Number.isFinite(told)))
    return { points: told ?? reserved };
  // A header that is not there becomes NaN, in whoever's code.
  return Number.isNaN(told) ? { points: reserved } : { points: reserved, why: `a cost of ${String(told)} points` };
}

/** What is reserved for calls and what they come to, on average of the last ones. */
export class UsualCost {
  #reserved: number | undefined;
  #actual = 0;

  get reserved(): number {
    return this.#reserved ?? 1;
  }

  learn(reserved: number, actual: number): void {
    if (this.#reserved === undefined) [this.#reserved, this.#actual] = [reserved, actual];
    this.#reserved += (reserved - this.#reserved) / 16;
    this.#actual += (actual - this.#actual) / 16;
  }

  /** What a call is likely to come to for which so much is reserved. */
  of(reserved: number): number {
    return this.#reserved === undefined ? reserved : reserved * (this.#actual / this.#reserved);
  }
}
