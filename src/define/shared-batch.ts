import type { Duration } from "../model/duration.ts";
import {
  checkFunction,
  checkName,
  checkOptions,
  checkRequired,
  checkWhole,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import type { ByLookup } from "./idempotency.ts";
import type { Change, GatheredChange } from "./request.ts";
import type { Stored } from "./stored.ts";
import type { SystemDefinition } from "./system-definition.ts";

/** Many records' effects in one call, and how each finds its part of the answer; see `System.batch`. */
export interface BatchOptions<Item, Answer, Part> {
  /** The most items in one call; 100 by default. */
  most?: number;
  /** The longest an item waits for others, `"50ms"` by default; a call that is full leaves at once. */
  linger?: Duration;
  /** The call that carries these items. It reads nothing but what it is given: which items come together, nobody knows before. */
  send: (items: readonly Item[]) => Change<Answer>;
  /**
   * One item's part of the answer: what was made of it. `throw permanent("why")` where the answer refuses it for good, `throw later("1m", "why")`
   * where it says that it was not applied and may be sent again. `undefined` where the answer does not speak of it: that item is in doubt.
   *
   * @param at the item's place in the call, from 0, for answers that come in the order of the request.
   */
  each: (answer: Answer, item: Item, at: number) => Part | undefined;
  /**
   * How many items the answer speaks of; where it is a list, its length by default. When that is more than were sent, nobody can tell which is whose,
   * and all are in doubt.
   */
  count?: (answer: Answer) => number;
}

export interface ItemOptions<Part> {
  /** Finds this one item, where it is in doubt and its call cannot be repeated. */
  lookup?: ByLookup<NoInfer<Part>>;
}

/** Describes the effect of one item: `effect("invoice", invoices({ ref: order.id }))`. */
export type Gather<Item, Part> = (item: Item, options?: ItemOptions<Part>) => Change<Stored<Part>>;

const known = { most: true, linger: true, send: true, each: true, count: true } satisfies Record<
  keyof BatchOptions<unknown, unknown, unknown>,
  true
>;

/** How many items one call may carry. */
const mostMax = 1_000;

/** @throws {WaybillError} `bad-definition` when something is unknown, missing or cannot be. */
export function gatherInto<Item, Answer, Part>(
  system: SystemDefinition,
  name: string,
  options: BatchOptions<Item, Answer, Part>,
): Gather<Item, Part> {
  checkName(declared(`system "${system.name}": batch()`), name);
  const thing = declared(`system "${system.name}": batch "${name}"`);
  checkOptions(thing, options, known);
  checkRequired(thing, options, {
    send: 'Make the call for several items: send: (items) => books.post("/invoices/batch", { … }).',
    each: "Find one item's part of the answer: each: (answer, item) => answer.made[item.ref].",
  });
  for (const one of ["send", "each", "count"] as const) checkFunction(thing, one, options[one]);
  const most = options.most ?? 100;
  checkWhole(thing, "most", most, { min: 1, max: mostMax }, "As many as the destination takes in one call.");
  const batch: GatheredChange["batch"] = Object.freeze({
    name,
    most,
    lingerMs: durationOption(thing, "linger", options.linger, "50ms", { min: "0s", max: "10s" }),
    send: options.send as GatheredChange["batch"]["send"],
    each: options.each as GatheredChange["batch"]["each"],
    count: options.count as GatheredChange["batch"]["count"],
  });
  return (item, given = {}) => {
    checkOptions(thing, given, { lookup: true }, "an item's options");
    const lookup = given.lookup as ByLookup<unknown> | undefined;
    if (lookup !== undefined && lookup.how !== "byLookup")
      refuse(thing, `lookup is ${shown(lookup)}.`, "Make it with byLookup(async () => …).");
    const change: GatheredChange = { kind: "change", how: "gathered", system, batch, item, lookup };
    return change as unknown as Change<Stored<Part>>;
  };
}
