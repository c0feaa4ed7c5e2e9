import {
  checkBoolean,
  checkFunction,
  checkName,
  checkOneOf,
  checkOptions,
  checkPlainFunction,
  checkRequired,
  type Declared,
  declared,
  durationOption,
} from "../model/options.ts";
import type { Common, Definition, Identify, Integration } from "./definition.ts";
import { checkDrift, checkReconcile, checkVolume, retryOf, sourcesOf } from "./integration-parts.ts";
import { loadFrom } from "./load.ts";
import { type AnySchema, checkSchema, type In, type Out } from "./schema.ts";
import { checkSourcesPer } from "./tenant-sources.ts";
import { perOf } from "./tenants.ts";

export type { Batch } from "./batch.ts";
export type {
  Definition,
  Delivery,
  EffectOptions,
  Identity,
  Integration,
  Reconcile,
  Retry,
  SearchValue,
  Side,
  SideEntity,
  Version,
  Volume,
} from "./definition.ts";

const known = {
  source: true,
  contract: true,
  identify: true,
  accept: true,
  deliver: true,
  retry: true,
  deliverTimeout: true,
  latestOnly: true,
  changedOnly: true,
  order: true,
  sameId: true,
  unique: true,
  search: true,
  load: true,
  volume: true,
  drift: true,
  reconcile: true,
  per: true,
} satisfies Record<keyof Common<AnySchema, unknown> | "latestOnly" | "identify", true>;

const required = {
  source: 'Say where records come from: webhook("/path", …), poll(…) or push().',
  contract: "Say what a good record looks like, with a schema.",
  identify: "Say which record it is: identify: (record) => ({ id: record.id }).",
  deliver: "Say what has to happen: async deliver(record, { effect }) { … }.",
};

/**
 * Declares an integration: where records come from, what a good one looks like, which one it is, and what has to happen in the other systems.
 *
 * What can only be seen in a record (an empty id, a `latestOnly` record without a version) is checked when the record arrives, and sends it to the
 * quarantine.
 *
 * @param name lower-case letters, digits, `-`, `_` and `.`; it is part of every identity, so renaming one starts a new one.
 * @throws {WaybillError} `bad-definition` when something is unknown, missing or cannot be.
 * @example
 * export default integration("orders-to-invoices", {
 *   source: webhook("/shop/orders", { verify: standardWebhooks(secret("SHOP_SECRET")) }),
 *   contract: z.object({ id: z.string().min(1), total: z.string() }),
 *   identify: (order) => ({ id: order.id }),
 *   async deliver(order, { effect }) {
 *     await effect("invoice", books.post("/invoices", { json: order, idempotency: byKey() }));
 *   },
 * });
 */
export function integration<const N extends string, S extends AnySchema, A extends Out<S> = Out<S>, T = undefined>(
  name: N,
  definition: Common<S, A, T> & Identify<Out<S>>,
): Integration<N, In<S>, [T] extends [undefined] ? unknown : T> {
  checkName(declared("integration()"), name);
  const thing = declared(`integration "${name}"`);
  checkOptions(thing, definition, known);
  checkRequired(thing, definition, required);
  return Object.freeze({
    name,
    definition: checked(name, thing, definition as unknown as Common<AnySchema, unknown> & Identify<unknown>),
  });
}

function checked(name: string, thing: Declared, given: Common<AnySchema, unknown> & Identify<unknown>): Definition {
  const {
    contract,
    identify,
    accept,
    deliver,
    changedOnly,
    latestOnly,
    unique,
    search,
    load,
    volume,
    drift,
    reconcile,
  } = given;
  const { order = "perKey", sameId = "conflict" } = given;
  const per = perOf(thing, given.per);
  const sources = sourcesOf(thing, given.source);
  checkSourcesPer(thing, sources, per);
  checkSchema(thing, "contract", contract);
  checkPlainFunction(thing, "identify", identify);
  checkPlainFunction(thing, "accept", accept);
  checkFunction(thing, "deliver", deliver);
  checkPlainFunction(thing, "changedOnly", changedOnly);
  checkPlainFunction(thing, "unique", unique);
  checkPlainFunction(thing, "search", search);
  checkBoolean(thing, "latestOnly", latestOnly);
  checkOneOf(thing, "order", order, ["perKey", "strict"]);
  checkOneOf(thing, "sameId", sameId, ["conflict", "ignore"]);
  if (volume !== undefined && volume !== false) checkVolume(thing, volume);
  if (drift !== undefined && drift !== false) checkDrift(thing, drift);
  if (reconcile !== undefined) checkReconcile(thing, reconcile);
  return Object.freeze({
    name,
    per,
    sources,
    contract,
    identify,
    accept: accept as Definition["accept"],
    deliver: deliver as Definition["deliver"],
    retry: retryOf(thing, given.retry),
    deliverTimeoutMs: durationOption(thing, "deliverTimeout", given.deliverTimeout, "5m", { min: "1ms", max: "1d" }),
    latestOnly: latestOnly === true,
    changedOnly,
    order,
    sameId,
    unique: unique as Definition["unique"],
    search: search as Definition["search"],
    load: loadFrom(thing, load),
    volume: volume === false ? undefined : volume,
    volumeWatched: volume !== false,
    drift,
    reconcile,
  });
}
