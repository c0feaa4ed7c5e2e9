import type { Duration } from "../model/duration.ts";
import { checkRequired, checkWhole, declared, durationOption } from "../model/options.ts";

/** How much a system can bear. */
export type Limit =
  | { readonly kind: "rate"; readonly count: number; readonly perMs: number }
  | { readonly kind: "concurrent"; readonly count: number };

/**
 * Never more than `count` calls in any stretch of time of the length `per`, as the system sees it. Retries count too.
 *
 * @throws {WaybillError} `bad-definition` when `count` is not a whole number from 1, or `per` is not a duration.
 * @example limits: [rate(60, "1m"), rate(5_000, "1d")]
 */
export function rate(count: number, per: Duration): Limit {
  const thing = declared("rate()");
  checkWhole(
    thing,
    "its count",
    count,
    { min: 1, max: 1_000_000_000 },
    'Such as rate(60, "1m"): sixty calls in any minute.',
  );
  checkRequired(thing, { per }, { per: 'Such as rate(60, "1m"): sixty calls in any minute.' });
  return Object.freeze({
    kind: "rate",
    count,
    perMs: durationOption(thing, "per", per, "1s", { min: "1ms", max: "366d" }),
  });
}

/**
 * Never more than `count` calls under way at the same time.
 *
 * @throws {WaybillError} `bad-definition` when `count` is not a whole number from 1.
 * @example limits: [concurrent(5)]
 */
export function concurrent(count: number): Limit {
  checkWhole(declared("concurrent()"), "its count", count, { min: 1, max: 100_000 });
  return Object.freeze({ kind: "concurrent", count });
}
