import type { Duration } from "../model/duration.ts";
import {
  checkOptions,
  checkPlainFunction,
  checkRequired,
  checkWhole,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import type { AnswerToClassify } from "./classify.ts";

/** A call that is about to be made, as a limit sees it. */
export interface LimitedCall {
  /** `"PERFORM"` for code of the user's own. */
  readonly method: string;
  /** As it was given, without the query; `""` for a perform. */
  readonly path: string;
  /** The JSON that it sends, or the `request` of a perform. */
  readonly json: unknown;
  /** The record that it is made for, as `deliver` gets it; undefined when a source calls. */
  readonly record: unknown;
  /** The integration that calls, or the source. */
  readonly caller: string;
  /** Whose record it is; undefined where there are no tenants. */
  readonly tenant?: string | undefined;
}

/** How a limit counts, where each method, path, tenant or something of the call has a budget of its own. */
export type LimitPer = "method" | "path" | "tenant" | ((call: LimitedCall) => string);

interface Window {
  readonly count: number;
  readonly perMs: number;
  /** A bucket that holds so many, in place of a rolling window. */
  readonly burst?: number | undefined;
  readonly per?: LimitPer | undefined;
}

/** How much a system can bear. */
export type Limit =
  | ({ readonly kind: "rate" } & Window)
  | ({ readonly kind: "cost" } & Window & Readonly<Pick<CostOptions, "reserve" | "of">>)
  | { readonly kind: "concurrent"; readonly count: number; readonly per?: LimitPer | undefined };

export interface ConcurrentOptions {
  /** Counts apart for each `"method"`, each `"path"`, each `"tenant"`, or each text that a function makes of the call. Without it all calls count together. */
  per?: LimitPer;
}

export interface RateOptions extends ConcurrentOptions {
  /** A bucket in place of a rolling window: so many may come at once, and it refills evenly with `count` in every `per`. */
  burst?: number;
}

export interface CostOptions extends RateOptions {
  /** What a call is taken to cost before it is made, where its request does not say so itself (`cost: 5`); 1 by default. */
  reserve?: (call: LimitedCall) => number;
  /** What it has cost, as its answer tells, in a header or in the body. `undefined` leaves it at what was reserved. */
  of?: (answer: AnswerToClassify) => number | undefined;
}

const concurrentKnown = { per: true } satisfies Record<keyof ConcurrentOptions, true>;
const rateKnown = { ...concurrentKnown, burst: true } satisfies Record<keyof RateOptions, true>;
const costKnown = { ...rateKnown, reserve: true, of: true } satisfies Record<keyof CostOptions, true>;
const most = 1_000_000_000;

/**
 * Never more than `count` calls in any stretch of time of the length `per`, as the system sees it. Retries count too.
 *
 * With `burst` it is a bucket: `burst` calls at once, refilled with `count` in every `per`. That is how Shopify's REST API counts, for instance
 * (https://shopify.dev/docs/api/admin-rest/usage/rate-limits).
 *
 * @throws {WaybillError} `bad-definition` when `count` is not a whole number from 1, or `per` is not a duration.
 * @example limits: [rate(60, "1m"), rate(5_000, "1d"), rate(10, "1s", { per: "path" })]
 */
export function rate(count: number, per: Duration, options: RateOptions = {}): Limit {
  const thing = declared("rate()");
  checkOptions(thing, options, rateKnown);
  return Object.freeze({
    kind: "rate",
    ...windowOf(thing, "its count", "sixty calls in any minute", count, per, options),
  });
}

/**
 * Never more than `points` in any stretch of time of the length `per`, where calls cost different amounts. What a call is expected to cost is
 * reserved before it is made; what its answer says that it has cost is what counts from then on.
 *
 * @throws {WaybillError} `bad-definition` when `points` is not a whole number from 1, or `per` is not a duration.
 * @example
 * // 1,000 points at once, 50 more each second, as told in the header X-Cost of each answer.
 * cost(50, "1s", { burst: 1_000, of: ({ headers }) => Number(headers["x-cost"]) })
 */
export function cost(points: number, per: Duration, options: CostOptions = {}): Limit {
  const thing = declared("cost()");
  checkOptions(thing, options, costKnown);
  checkPlainFunction(thing, "reserve", options.reserve);
  checkPlainFunction(thing, "of", options.of);
  const { reserve, of } = options;
  return Object.freeze({
    kind: "cost",
    ...windowOf(thing, "its points", "a thousand points in any second", points, per, options),
    ...(reserve === undefined ? {} : { reserve }),
    ...(of === undefined ? {} : { of }),
  });
}

/**
 * Never more than `count` calls under way at the same time.
 *
 * @throws {WaybillError} `bad-definition` when `count` is not a whole number from 1.
 * @example limits: [concurrent(5)]
 */
export function concurrent(count: number, options: ConcurrentOptions = {}): Limit {
  const thing = declared("concurrent()");
  checkOptions(thing, options, concurrentKnown);
  checkWhole(thing, "its count", count, { min: 1, max: 100_000 });
  return Object.freeze({ kind: "concurrent", count, ...perOf(thing, options.per) });
}

function windowOf(thing: Declared, what: string, means: string, count: number, per: Duration, options: RateOptions) {
  const hint = `Such as ${thing.name.replace("()", '(60, "1m")')}: ${means}.`;
  checkWhole(thing, what, count, { min: 1, max: most }, hint);
  checkRequired(thing, { per }, { per: hint });
  const { burst } = options;
  if (burst !== undefined) checkWhole(thing, "burst", burst, { min: 1, max: most }, "As many as may come at once.");
  const perMs = durationOption(thing, "per", per, "1s", { min: "1ms", max: "366d" });
  return { count, perMs, ...(burst === undefined ? {} : { burst }), ...perOf(thing, options.per) };
}

function perOf(thing: Declared, per: unknown): { readonly per?: LimitPer } {
  if (per === undefined) return {};
  if (per === "method" || per === "path" || per === "tenant") return { per };
  if (typeof per === "function") {
    checkPlainFunction(thing, "per", per);
    return { per: per as LimitPer };
  }
  refuse(
    thing,
    `per is ${shown(per)}.`,
    'The choices are "method", "path", "tenant", and a function that makes a text of the call.',
  );
}

/** What a request says that it costs: a limit has to be there that counts it, and able to give so much. */
export function checkCost(
  thing: Declared,
  { name, limits }: { readonly name: string; readonly limits: readonly Limit[] },
  points: unknown,
): void {
  const costs = limits.filter((limit) => limit.kind === "cost");
  if (costs.length === 0)
    refuse(
      thing,
      `it has a cost, and "${name}" has no limit that counts it.`,
      'Declare one: limits: [cost(1_000, "1s")].',
    );
  const most = Math.min(...costs.map(({ count, burst }) => burst ?? count));
  if (typeof points === "number" && points > 0 && points <= most) return;
  refuse(
    thing,
    `cost is ${shown(points)}, and points up to ${most} are expected.`,
    `That is all that a limit of "${name}" ever has.`,
  );
}
