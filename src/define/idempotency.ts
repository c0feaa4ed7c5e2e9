import type { Duration } from "../model/duration.ts";

/** What was found, or nothing. `false` and a whole page are not answers to "which one is it?". */
export type Nothing = undefined | null;

export interface ByKey<out T = never> {
  readonly how: "byKey";
  readonly header: string | undefined;
  readonly query: string | undefined;
  /** A field of the JSON or form body; dots reach into objects. */
  readonly body: string | undefined;
  /** The destination's longest key, in characters. */
  readonly max: number;
  /** How long the destination remembers a key. */
  readonly windowMs: number;
  readonly after: ByLookup<T> | undefined;
}

export interface ByLookup<out T> {
  readonly how: "byLookup";
  readonly find: () => Promise<T | readonly T[] | Nothing>;
  /** How long after it was sent an applied effect may still be invisible to the lookup. */
  readonly visibleAfterMs: number;
}

export interface Natural {
  readonly how: "natural";
}

export interface AtMostOnce {
  readonly how: "atMostOnce";
}

/** How an effect repeats safely. */
export type Idempotency<T> = ByKey<T> | ByLookup<T> | Natural | AtMostOnce;

export interface ByKeyOptions {
  /** The header that carries the key; `Idempotency-Key` when neither header, query nor body is named. */
  header?: string;
  /** The query parameter that carries the key. */
  query?: string;
  /** The field of the JSON or form body that carries the key. */
  body?: string;
  /** The longest key the destination takes, in characters; 50 by default, at least 16. */
  max?: number;
  /** How long the destination remembers a key; `"24h"` by default. */
  window?: Duration;
}
