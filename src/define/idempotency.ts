import type { Duration } from "../model/duration.ts";
import {
  checkFunction,
  checkOptions,
  checkRequired,
  checkText,
  checkWhole,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";

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
  /** What was left out, and is the vendor's where the system has one. */
  readonly open?: { readonly place: boolean; readonly max: boolean; readonly window: boolean };
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

export interface ByLookupOptions {
  /** How long after it was sent an applied effect may still be invisible to the lookup; `"60s"` by default. */
  visibleAfter?: Duration;
}

/** A PUT, a DELETE, or a POST that is declared to be like them: made twice it is as if made once. */
export const natural: Natural = Object.freeze({ how: "natural" });

/** Nobody can tell whether it was applied, so an unknown outcome is held for a person and never sent again. */
export const atMostOnce: AtMostOnce = Object.freeze({ how: "atMostOnce" });

/**
 * The destination ignores a repeated key: the same key goes with every attempt of the effect, in a header, a query parameter or a field of the body.
 *
 * @param options where the key goes, how long it may be, for how long the destination remembers it, and what happens `after` that.
 * @throws {WaybillError} `bad-definition` when an option is unknown or out of its range.
 * @example
 * byKey()
 * byKey({ query: "requestid", max: 50 })
 * byKey({ header: "Idempotency-Key", window: "24h", after: byLookup(async () => (await call(find)).items) })
 */
export function byKey<T = never>(options?: ByKeyOptions & { after?: ByLookup<T> }): ByKey<T> {
  const given = options ?? {};
  checkOptions(keyThing, given, keyOptions);
  const places = (["header", "query", "body"] as const).filter((place) => given[place] !== undefined);
  for (const place of places) checkText(keyThing, place, given[place], "Name where the destination looks for the key.");
  if (places.length > 1)
    refuse(
      keyThing,
      `the key would go into ${places.join(" and ")}.`,
      "Name one place: the one that the destination reads.",
    );
  if (given.header !== undefined && !headerForm.test(given.header)) {
    refuse(keyThing, `${shown(given.header)} cannot be the name of a header.`, 'Such as "Idempotency-Key".');
  }
  if (given.max !== undefined) {
    checkWhole(
      keyThing,
      "max",
      given.max,
      { min: 16, max: 1_000 },
      "Shorter keys than 16 characters could be those of another effect: use byLookup then.",
    );
  }
  if (given.after !== undefined && !isLookup(given.after)) {
    refuse(
      keyThing,
      `after is ${shown(given.after)}, and byLookup(find) is expected.`,
      "Past the window the destination has forgotten its keys, so somebody has to look.",
    );
  }
  return Object.freeze({
    how: "byKey",
    header: given.header,
    query: given.query,
    body: given.body,
    max: given.max ?? 50,
    windowMs: durationOption(keyThing, "window", given.window, "24h", { min: "1s", max: "3650d" }),
    after: given.after,
    open: { place: places.length === 0, max: given.max === undefined, window: given.window === undefined },
  });
}

/**
 * Before it is made again, whenever an earlier attempt may have got through, Waybill looks whether it was applied.
 *
 * @param find gives the one thing found, a list of what was found, or nothing (`undefined`, `null`, an empty list).
 * @throws {WaybillError} `bad-definition` when `find` is not a function, or an option is unknown or out of its range.
 * @example
 * byLookup(async () => (await call(books.get("/charges", { query: { ref }, expect: Charges }))).items, { visibleAfter: "2s" })
 */
export function byLookup<T>(
  find: (() => Promise<T | readonly T[] | Nothing>) & NotYesOrNo<T>,
  options?: ByLookupOptions,
): ByLookup<T> {
  const given = options ?? {};
  checkRequired(lookupThing, { find }, { find: "Give the function that looks: byLookup(async () => …)." });
  checkFunction(lookupThing, "find", find);
  checkOptions(lookupThing, given, lookupOptions);
  const visibleAfterMs = durationOption(lookupThing, "visibleAfter", given.visibleAfter, "60s", {
    min: "0s",
    max: "30d",
  });
  return Object.freeze({ how: "byLookup", find, visibleAfterMs });
}

/** What a compiler says to `async () => found !== undefined`: a yes or no is not the thing itself, and `false` is not nothing. */
export type NotYesOrNo<T> = 0 extends 1 & T
  ? unknown
  : [Extract<T, boolean>] extends [never]
    ? unknown
    : "a lookup returns the thing it found, or undefined when there is none: true and false are not that thing";

const keyThing: Declared = declared("byKey()");
const lookupThing: Declared = declared("byLookup()");
const keyOptions = { header: true, query: true, body: true, max: true, window: true, after: true } satisfies Record<
  keyof ByKeyOptions | "after",
  true
>;
const lookupOptions = { visibleAfter: true } satisfies Record<keyof ByLookupOptions, true>;
const headerForm = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

function isLookup(value: unknown): boolean {
  return typeof value === "object" && value !== null && "how" in value && value.how === "byLookup";
}

/** Refuses what does not say how an effect repeats. */
export function checkIdempotency(thing: () => Declared, value: unknown): void {
  if (typeof value === "object" && value !== null && "how" in value && hows.has(value.how)) return;
  const hint = "Say idempotency: byKey(), byLookup(find), natural or atMostOnce.";
  if (value === undefined) {
    refuse(thing(), "it does not say how it repeats, and after a lost answer nobody could tell what to do.", hint);
  }
  if (value === byKey || value === byLookup) {
    refuse(
      thing(),
      `idempotency is the function ${value === byKey ? "byKey" : "byLookup"} itself.`,
      `Call it: ${value === byKey ? "byKey()" : "byLookup(find)"}.`,
    );
  }
  refuse(thing(), `idempotency is ${shown(value)}.`, hint);
}

const hows: ReadonlySet<unknown> = new Set(["byKey", "byLookup", "natural", "atMostOnce"]);
