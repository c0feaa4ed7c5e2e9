import type { Duration } from "../model/duration.ts";
import type { Classify } from "./classify.ts";
import type { Confirming } from "./confirming.ts";
import type { Headers, Query } from "./fields.ts";
import type { ByLookup, Idempotency } from "./idempotency.ts";
import type { Pagination } from "./pagination.ts";
import type { Answered, AnySchema } from "./schema.ts";
import type { SystemDefinition } from "./system-definition.ts";

declare const answer: unique symbol;

/** One change to a system, described and not yet made: `effect()` makes it. */
export interface Change<out T> {
  readonly [answer]?: T;
  readonly kind: "change" | "read";
}

/** A request that changes nothing: it may be called anywhere. */
export interface Read<out T> extends Change<T> {
  readonly kind: "read";
  /** What `call` asks for. A change has no such thing: it is made by `effect`, which knows how it repeats. */
  readonly changesNothing: true;
}

export type { Classify, Headers, Query };

export interface ReadOptions<S> {
  query?: Query;
  headers?: Headers;
  /** The schema the answer must meet; the answer is typed by it. Without it an answer is `unknown`. */
  expect?: S;
  /** Overrides the system's timeout. */
  timeout?: Duration;
  classify?: Classify;
  /** What the call costs, for a system with a `cost()` limit: reserved before it is made. */
  cost?: number;
}

/** A read may say that a 404 means nothing is there. */
export interface GetOptions<S> extends ReadOptions<S> {
  /** A 404 means "nothing": the answer is then `undefined`. */
  orAbsent?: boolean;
}

export interface WriteOptions<S> extends ReadOptions<S> {
  json?: unknown;
  form?: Query;
  body?: string | Uint8Array;
  /** Sends `If-Match`, so that an older request that arrives late is refused. */
  ifMatch?: string;
}

export interface SaysHowItRepeats<S> extends WriteOptions<S> {
  /** A POST or PATCH has to say how it repeats: byKey(), byLookup(find), natural or atMostOnce. */
  idempotency: Idempotency<Answered<S>>;
}

export interface MayBeNatural<S> extends WriteOptions<S> {
  /** PUT and DELETE are natural unless it says otherwise. */
  idempotency?: Idempotency<Answered<S>>;
}

/** Which page of a listing, and how the API says where the next one is. */
export interface PageOf {
  readonly pagination: Pagination;
  /** The page's number or offset, where pages are counted. */
  readonly at: number;
}

/** Where the next page is: a value for a parameter, or an address below the base URL. */
export type NextPage = { readonly set: string | number } | { readonly to: string };

/** What a request for one page answers. */
export interface Page<T> {
  readonly value: T;
  readonly next: NextPage | undefined;
}

export type MaybeSchema = AnySchema | undefined;
export type Method = "GET" | "PUT" | "DELETE" | "POST" | "PATCH" | "QUERY";

/** What stands behind a Change or Read made by a system with a base URL. */
export interface HttpChange extends Change<unknown> {
  readonly how: "http";
  readonly changesNothing?: true | undefined;
  readonly system: SystemDefinition;
  readonly method: Method;
  readonly path: string;
  readonly query: Query | undefined;
  readonly headers: Headers | undefined;
  readonly json: unknown;
  readonly hasJson: boolean;
  readonly form: Query | undefined;
  readonly body: string | Uint8Array | undefined;
  readonly expect: AnySchema | undefined;
  readonly timeoutMs: number | undefined;
  readonly classify: Classify | undefined;
  readonly orAbsent: boolean;
  readonly cost: number | undefined;
  readonly idempotency: Idempotency<unknown>;
  /** One page of a listing: what comes back is its answer and where the next one is. */
  readonly page?: PageOf;
  /** The effects that it carries, for a call that carries several. */
  readonly parts?: readonly string[];
  /** Its answer only accepts it; a job is asked for until it ends. */
  readonly confirming?: Confirming;
  /** The effect that makes it says how it is undone. */
  readonly undoable?: true;
}

export interface Attempt {
  /** The same on every attempt and worker. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
}

/** What stands behind a Change made by `perform`. */
export interface PerformChange extends Change<unknown> {
  readonly how: "perform";
  readonly system: SystemDefinition;
  readonly idempotency: Idempotency<unknown>;
  /** What is stored, compared and handed to `run`; without it changes cannot be seen. */
  readonly request: unknown;
  readonly hasRequest: boolean;
  readonly run: (attempt: Attempt & { request: unknown }) => unknown;
  readonly cost: number | undefined;
  readonly simulate: ((attempt: { idempotencyKey: string; random: () => number }) => unknown) | undefined;
  readonly expect: AnySchema | undefined;
  readonly parts?: readonly string[];
  readonly confirming?: Confirming;
  /** The effect that makes it says how it is undone. */
  readonly undoable?: true;
}

export type AnyChange = HttpChange | PerformChange;

/** What stands behind the change of one item that goes with others in one call, made by `batch`. */
export interface GatheredChange extends Change<unknown> {
  readonly kind: "change";
  readonly how: "gathered";
  readonly system: SystemDefinition;
  readonly batch: {
    readonly name: string;
    readonly most: number;
    readonly lingerMs: number;
    readonly send: (items: readonly unknown[]) => unknown;
    readonly each: (answer: unknown, item: unknown, at: number) => unknown;
    readonly count: ((answer: unknown) => number) | undefined;
  };
  readonly item: unknown;
  readonly lookup: ByLookup<unknown> | undefined;
  readonly undoable?: true;
}

/** Whatever `effect` may be asked for. */
export type AskedChange = AnyChange | GatheredChange;
