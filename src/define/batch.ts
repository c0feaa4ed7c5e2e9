import { checkFunction, checkOptions, checkRequired, checkWhole, type Declared } from "../model/options.ts";
import type { Change } from "./request.ts";

/** How many effects go in one call, and how each finds its part of the answer; see `Delivery.effects`. */
export interface Batch<Item, Answer, Part> {
  /** Names the effect of one item, as its own identity does: `(line) => line.sku`. Two items of one record never share a name. */
  name: (item: Item) => string;
  /** The call that carries these items. It may be asked for again with fewer of them, so it reads nothing but what it is given. */
  change: (items: readonly Item[]) => Change<Answer>;
  /**
   * One item's part of the answer: what was made of it. `throw permanent("why")` where the answer refuses it for good, `throw later("1m", "why")`
   * where it says that it was not applied and may be sent again. `undefined` where the answer does not speak of it: that is held for a person, or,
   * where the answer came from a lookup, means that it is not there.
   *
   * @param at the item's place in the call, from 0, for answers that come in the order of the request.
   */
  part: (answer: Answer, item: Item, at: number) => Part | undefined;
  /** The most items in one call; 100 by default. */
  size?: number;
}

const known = { name: true, change: true, part: true, size: true } satisfies Record<
  keyof Batch<unknown, unknown, unknown>,
  true
>;

/** What one record may make in one `effects()`. */
export const itemsMax = 10_000;

/** @throws {WaybillError} when something is unknown, missing or cannot be. */
export function checkBatch(thing: Declared, given: unknown): asserts given is Batch<unknown, unknown, unknown> {
  checkOptions(thing, given, known);
  const batch = given as Batch<unknown, unknown, unknown>;
  checkRequired(thing, batch, {
    name: "Name the effect of one item: name: (line) => line.sku.",
    change: 'Make the call for several items: change: (lines) => books.post("/lines/batch", { … }).',
    part: "Find one item's part of the answer: part: (answer, line) => answer.made[line.sku].",
  });
  for (const name of ["name", "change", "part"] as const) checkFunction(thing, name, batch[name]);
  if (batch.size !== undefined)
    checkWhole(thing, "size", batch.size, { min: 1, max: itemsMax }, "As many as the destination takes in one call.");
}
