import type { StandardSchemaV1 } from "@standard-schema/spec";
import { checkFunction, checkOptions, checkRequired, declared } from "../model/options.ts";
import { checkIdempotency, type Idempotency } from "./idempotency.ts";
import { checkCost } from "./limit.ts";
import type { Attempt, PerformChange } from "./request.ts";
import { checkSchema } from "./schema.ts";
import type { SystemDefinition } from "./system-definition.ts";
import { filledIn } from "./vendor-key.ts";

export interface PerformOptions<T, Request> {
  /** Code of your own has to say how it repeats: byKey(), byLookup(find), natural or atMostOnce. */
  idempotency: Idempotency<NoInfer<T>>;
  /** JSON that is stored, compared and handed to `run`; without it Waybill cannot see that a request changed. */
  request?: Request;
  run: (attempt: Attempt & { request: Request }) => Promise<T> | T;
  /** What a rehearsal uses instead of `run`. */
  simulate?: (attempt: { idempotencyKey: string; random: () => number }) => NoInfer<T> | Promise<NoInfer<T>>;
  /** What it costs, for a system with a `cost()` limit: reserved before it is made. */
  cost?: number;
  /** The schema that what `run` returns must meet. */
  expect?: StandardSchemaV1<unknown, NoInfer<T>>;
}

const known = {
  idempotency: true,
  request: true,
  run: true,
  simulate: true,
  expect: true,
  cost: true,
} satisfies Record<keyof PerformOptions<unknown, unknown>, true>;

/** An effect made by code of the user's own, checked. */
export function changeByPerform<T, Request>(
  system: SystemDefinition,
  options: PerformOptions<T, Request>,
): PerformChange {
  const thing = declared(`system "${system.name}": perform`);
  checkOptions(thing, options, known);
  checkRequired(thing, options, { run: "Give the function that makes the effect: run: ({ idempotencyKey }) => …" });
  checkFunction(thing, "run", options.run);
  checkFunction(thing, "simulate", options.simulate);
  checkIdempotency(() => thing, options.idempotency);
  if (options.expect !== undefined) checkSchema(thing, "expect", options.expect);
  if (options.cost !== undefined) checkCost(thing, system, options.cost);
  return {
    kind: "change",
    how: "perform",
    system,
    idempotency: windowed(system, options.idempotency),
    request: options.request,
    hasRequest: options.request !== undefined,
    run: options.run as PerformChange["run"],
    cost: options.cost,
    simulate: options.simulate,
    expect: options.expect,
  };
}

/** The key's place is up to the code that sends it; how long it is remembered is the vendor's, where nothing else was said. */
function windowed({ vendor }: SystemDefinition, idempotency: Idempotency<unknown>): Idempotency<unknown> {
  if (vendor === undefined || "none" in vendor.key || idempotency.how !== "byKey") return idempotency;
  return filledIn(idempotency, vendor.key);
}
