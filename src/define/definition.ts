import type { Duration } from "../model/duration.ts";
import type { Batch } from "./batch.ts";
import type { Load, LoadRead } from "./load.ts";
import type { Change } from "./request.ts";
import type { AnySchema, Out } from "./schema.ts";
import type { Call, Source, SourceDefinition } from "./source.ts";
import type { Stored } from "./stored.ts";
import type { Tenants, TenantsDefinition } from "./tenants.ts";

export interface EffectOptions<T = unknown> {
  /** `"entity"`: made once per entity, however many records of it come; `"record"` (the default): once per record. */
  per?: "record" | "entity";
  /** The name this effect had in an earlier release. */
  formerly?: string;
  /**
   * How it is undone, from its result: `(invoice) => books.delete(`/invoices/${invoice.id}`)`. Made as an effect of its own when a person discards the
   * record, the latest effect first. Not for effects made once per entity.
   */
  undo?(result: T): Change<unknown>;
}

/** What `deliver` works with. */
export interface Delivery<T = unknown> {
  /** Whose record it is, as the list has them; undefined where there are no tenants. */
  readonly tenant: T;
  /**
   * Makes a change, safely repeated: a done effect is remembered, and after a retry or crash its stored result comes back.
   *
   * @param name names the effect within its record; a name may be used once per run.
   */
  effect<T>(name: string, change: Change<T>, options?: EffectOptions<NoInfer<T>>): Promise<T>;
  /**
   * Makes an effect for each item, several in one call, for destinations that take batches. Each item's effect is settled by its own part of the
   * answer: what is done never goes again, what was not applied goes with the next call. At most 10,000 items.
   *
   * @param name names the batch within its record; the effect of an item is named `name/item`, a call `name#1`, `name#2`, ….
   * @returns what `part` made of each item's part of the answer, in the order of the items.
   * @example
   * const ids = await effects("lines", order.lines, {
   *   name: (line) => line.sku,
   *   change: (lines) => books.post("/lines/batch", { json: { order: order.id, lines }, expect: Made, idempotency: byKey() }),
   *   part: (answer, line) => answer.made.find(({ sku }) => sku === line.sku)?.id,
   * });
   */
  effects<Item, Answer, Part>(
    name: string,
    items: readonly Item[],
    batch: Batch<Item, Answer, Part>,
  ): Promise<Stored<Part>[]>;
  /** Calls a request that changes nothing. */
  call: Call;
  /** The time, fixed per record: the same on every run. Milliseconds since 1970. */
  now(): number;
  /** A UUID, fixed per record and name: the same on every run. */
  uuid(name: string): string;
  /** Fires when this run may no longer do anything: a deadline, a stop, or ownership lost. */
  readonly signal: AbortSignal;
  /** This record's id in Waybill, and which run this is (1 for the first). */
  readonly record: string;
  readonly run: number;
}

/** A whole number, or an instant (ISO 8601 text with a zone, or a Date). Text that is neither is refused when it arrives. */
export type Version = number | bigint | string | Date;

export interface Identity {
  /** This event or version of it; the same id again is a duplicate. */
  id: string;
  /** What it is about; the id by default. */
  entity?: string;
  /** What is kept in order; the entity by default. */
  key?: string;
}

export type Identify<R> =
  | { latestOnly?: false; identify: (record: R) => Identity & { version?: never } }
  | {
      /** Applies only the newest version of an entity; needs `entity` and `version` from `identify`. */
      latestOnly: true;
      identify: (record: R) => Identity & { entity: string; version: Version };
    };

export interface Retry {
  /** Attempts and pauses of one record may sum up to this; waits inside Waybill do not count. `"3d"` by default. */
  giveUpAfter?: Duration;
  /** The first pause is at most this; `"1s"` by default. */
  first?: Duration;
  /** No pause is longer than this; `"15m"` by default. */
  longest?: Duration;
}

export interface Volume {
  /** Fewer new records in any period are silence. It replaces what is learnt about silence. */
  atLeast?: number;
  /** More new records in any period are unusual. */
  atMost?: number;
  /** The period that they are counted in; it slides. */
  per?: Duration;
  /** Days and hours of which this is said: `"Mon-Fri 08:00-18:00"`; always by default. */
  during?: string;
  /** The zone of `during`, and of the week that is learnt; `"UTC"` by default. */
  zone?: string;
}

export interface DriftOptions {
  /** Paths that may change without a word, with all that is in them: `"customer.tags"`, `"lines[].note"`. */
  ignore: readonly string[];
}

export interface SideEntity {
  entity: string;
  content: unknown;
  record?: unknown;
}

/** One side of a reconciliation: lists its entities whole. */
export type Side = (tools: { call: Call }) => AsyncIterable<SideEntity>;

/** By what a record is found. */
export type SearchValue = string | number | bigint | null | undefined;

export interface Reconcile {
  source: Side;
  destination: Side;
}

/** What every definition says; see `integration`. */
export interface Common<S extends AnySchema, A extends Out<S>, T = undefined> {
  /** It runs for each of these tenants, and every record is one of theirs. */
  per?: Tenants<T>;
  source: Source | readonly [Source, ...Source[]];
  /** What a good record looks like: any Standard Schema. */
  contract: S;
  /** `true` takes it, `false` or a reason filters it out; a type predicate narrows what `deliver` gets. */
  accept?: ((record: Out<S>) => record is A) | ((record: Out<S>) => boolean | string);
  /** What has to happen in the other systems. Ordinary async code, run again after a failure. */
  deliver: (record: A, tools: Delivery<T>) => Promise<void>;
  retry?: Retry;
  /** The longest one run of `deliver` may take, waits inside Waybill not counted; `"5m"` by default. */
  deliverTimeout?: Duration;
  /** A version that changes nothing of this is filtered as unchanged. */
  changedOnly?: (record: A) => unknown;
  /** `"strict"`: a record that waits for a person blocks what comes after it on its key. */
  order?: "perKey" | "strict";
  /** `"ignore"`: the same id with other content is a duplicate instead of a conflict. */
  sameId?: "conflict" | "ignore";
  /**
   * A value that no two entities may have, such as an email address: the record of another entity that brings it goes to the quarantine, cause
   * `same-as`. JSON of any kind; undefined, null and "" are no value.
   */
  unique?: (record: Out<S>) => unknown;
  /**
   * By what else people look for a record: a customer, an email address, an invoice number. Found is what begins with what they type, whatever its case.
   * At most 100 values, of which the first 200 characters count; undefined, null and "" are none.
   *
   * @example search: (order) => [order.customer.email, order.customer.name, order.invoice],
   */
  search?: (record: Out<S>) => SearchValue | readonly SearchValue[];
  /**
   * Fetches the whole entity first, where sources only say what changed: all of this integration's, and what is handed in. One at a time per entity. It
   * gets what came and returns the record that the contract then checks. Where only a webhook does, say it there.
   */
  load?: Load | LoadRead;
  /**
   * How many records are to be expected, so that silence and floods raise an alert. Left out, it is learnt what is usual at each hour of the week;
   * `false`: nobody wants to know.
   */
  volume?: Volume | false;
  /** Whether an alert says that the shape of what comes has changed: by default it does; `{ ignore }` leaves paths out, `false` all of it. */
  drift?: false | DriftOptions;
  /** What `waybill reconcile` compares. */
  reconcile?: Reconcile;
}

/** A checked definition, as the rest of Waybill reads it. */
export interface Definition {
  readonly name: string;
  readonly per: TenantsDefinition | undefined;
  readonly sources: readonly SourceDefinition[];
  readonly contract: AnySchema;
  readonly identify: (record: unknown) => Identity & { version?: Version };
  readonly accept: ((record: unknown) => boolean | string) | undefined;
  readonly deliver: (record: unknown, tools: Delivery) => Promise<void>;
  readonly retry: { readonly giveUpAfterMs: number; readonly firstMs: number; readonly longestMs: number };
  readonly deliverTimeoutMs: number;
  readonly latestOnly: boolean;
  readonly changedOnly: ((record: unknown) => unknown) | undefined;
  readonly order: "perKey" | "strict";
  readonly sameId: "conflict" | "ignore";
  readonly unique: ((record: unknown) => unknown) | undefined;
  readonly search: ((record: unknown) => unknown) | undefined;
  readonly load: Load | undefined;
  readonly volume: Volume | undefined;
  /** Whether it is learnt how much is usual. */
  readonly volumeWatched: boolean;
  readonly drift: false | DriftOptions | undefined;
  readonly reconcile: Reconcile | undefined;
}

/** An integration: source, contract, identity and `deliver` under one name. */
export interface Integration<out N extends string = string, out I = unknown, out T = unknown> {
  readonly name: N;
  /** Only a type: the tenants that it is per, if it is. */
  readonly tenants?: T;
  /** Only a type: what `send` takes. */
  readonly input?: I;
  readonly definition: Definition;
}
