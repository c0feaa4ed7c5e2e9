import "../node-version.ts";
import type { Integration } from "../define/definition.ts";
import { WaybillError } from "../model/errors.ts";

/** How a rehearsal runs. */
export interface RehearseOptions {
  /** How many nights are simulated; 200 by default. */
  nights?: number;
  /** The same seed gives the same nights. */
  seed?: number;
  /** A file of sample records (JSONL) to start from; without it they are made from the contract. */
  from?: string;
}

/** One promise, and whether it was kept in every night. */
export interface RehearsedPromise {
  readonly name: string;
  readonly held: boolean;
  /** How many times it was looked at. */
  readonly checked: number;
}

/** How a promise was broken. */
export interface RehearsalFailure {
  readonly promise: string;
  readonly night: number;
  /** Rehearses this night alone. */
  readonly seed: number;
  /** What happened, line by line. */
  readonly story: readonly string[];
}

/** The report card of a rehearsal. */
export interface RehearsalReport {
  /** Every promise was kept, and the run means something. */
  readonly ok: boolean;
  /** The run means nothing: nearly all calls failed, or time passed outside it. */
  readonly void: boolean;
  readonly nights: number;
  readonly seed: number;
  readonly records: number;
  /** The hash of the whole history: equal for equal seeds. */
  readonly history: string;
  readonly promises: readonly RehearsedPromise[];
  readonly failures: readonly RehearsalFailure[];
  /** What the definitions declare and no night came to. */
  readonly notExercised: readonly string[];
  /** All of this in a few lines for people. */
  readonly summary: string;
}

/**
 * Rehearses integrations in simulated bad nights, and checks the promises in each. This version cannot do it yet, and says so instead of
 * reporting nights that never were.
 *
 * @throws {WaybillError} `not-available`, always.
 * @example
 * const report = await rehearse(orders, { nights: 1_000, seed: 7 });
 * assert.ok(report.ok, report.summary);
 */
export async function rehearse(
  integrations: Integration | readonly Integration[],
  _options?: RehearseOptions,
): Promise<RehearsalReport> {
  const names = [integrations].flat().map(({ name }) => `"${name}"`);
  throw new WaybillError(
    "not-available",
    `${names.join(", ")} cannot be rehearsed: this version of Waybill has no rehearsal.`,
    'Until then "waybill try NAME FILE" shows what one record would do, and "waybill check NAME" what happens when things fail.',
  );
}
