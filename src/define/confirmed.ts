import type { Duration } from "../model/duration.ts";
import {
  checkFunction,
  checkOptions,
  checkRequired,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import { type Acceptance, type Confirming, everyDefault } from "./confirming.ts";
import type { AnyChange, Change, Read } from "./request.ts";
import type { Stored } from "./stored.ts";

export interface ConfirmedOptions<Accepted, Job, Result> {
  /** The pause between two checks, `"5s"` by default; a `Retry-After` that asks for more is obeyed. */
  every?: Duration;
  /** A job that has not ended by then is held for a person, cause `unconfirmed`; counted from the acceptance, `"1h"` by default. */
  within?: Duration;
  /** The read that asks for the job: `(accepted) => books.get(`/jobs/${accepted.id}`)`. Waybill makes it, through the system's limits. */
  check: (accepted: Accepted, acceptance: Acceptance) => Read<Job>;
  /**
   * What the job's answer says: the effect's result when the job is done; `undefined` while it runs; `throw permanent("why")` when it failed for good,
   * `throw later("10m", "why")` when it failed and is to be made again. Without it, the answer's `status` or `state` is read by the words of the table
   * in docs/effects.md, a 202 still runs, and the result is the whole answer; what says neither is held, not guessed.
   */
  read?: (job: Job) => Result | undefined;
}

const known = { every: true, within: true, check: true, read: true } satisfies Record<
  keyof ConfirmedOptions<unknown, unknown, unknown>,
  true
>;

const thing: Declared = declared("confirmed()");

/**
 * A change whose answer only says that it was accepted, and names a job to ask for. The acceptance is stored, so that the request is not sent again; the
 * record waits, uncounted and holding nothing, between the checks; the effect's result is the job's.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown, missing or cannot be.
 * @example
 * await effect("export", confirmed(books.post("/jobs", { json: { of: order.id }, expect: Accepted, idempotency: byKey() }), {
 *   every: "5s",
 *   within: "1h",
 *   check: (accepted) => books.get(`/jobs/${accepted.id}`, { expect: Job }),
 * }));
 */
export function confirmed<Accepted, Job, Result = Job>(
  request: Change<Accepted>,
  options: ConfirmedOptions<Accepted, Job, Result>,
): Change<Stored<Result>> {
  checkOptions(thing, options, known);
  const change = request as AnyChange | undefined;
  if (typeof change !== "object" || change === null || (change.how !== "http" && change.how !== "perform")) {
    refuse(
      thing,
      `its request is ${shown(request)}.`,
      'Pass what a system makes: confirmed(books.post("/jobs", { … }), { … }).',
    );
  }
  if (change.kind !== "change") refuse(thing, "its request changes nothing.", "Make a read with call().");
  if (change.confirming !== undefined) refuse(thing, "its request is confirmed already.", "Say it once.");
  checkRequired(thing, options, {
    check: 'Say how to ask for the job: check: (accepted) => books.get("/jobs/" + accepted.id).',
  });
  checkFunction(thing, "check", options.check);
  checkFunction(thing, "read", options.read);
  const confirming: Confirming = {
    everyMs: durationOption(thing, "every", options.every, everyDefault, { min: "10ms", max: "1d" }),
    withinMs: durationOption(thing, "within", options.within, "1h", { min: "10ms", max: "30d" }),
    check: options.check as Confirming["check"],
    read: options.read as Confirming["read"],
  };
  return { ...change, confirming } as unknown as Change<Stored<Result>>;
}
