import type { Duration } from "../model/duration.ts";
import {
  checkFunction,
  checkName,
  checkOneOf,
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
import { type OutcomeName, outcomeNames } from "../model/outcome.ts";
import { baseUrlOf } from "./base-url.ts";
import type { Classify } from "./classify.ts";
import type { Headers } from "./fields.ts";
import type { Limit } from "./limit.ts";
import { checkLimits } from "./limits-of.ts";
import { checkPagination, checkPath, type Pagination, type Path } from "./pagination.ts";
import { checkQuota, type VendorQuota } from "./vendor-quota.ts";

// What is known of an API that many people talk to, as data. Where a fact comes from stands beside it; what could not be confirmed says so. The
// facts themselves are in systems/vendors/, one file each.

/** Where a fact was read. */
export interface VendorSource {
  /** What is said there. */
  readonly says: string;
  readonly page: string;
  /** The day it was looked at: `2026-11-26`. */
  readonly seen: string;
}

/** What the destination does with idempotency keys. */
export interface VendorKey {
  /** The header that carries it; or `query`, or `body`. */
  readonly header?: string;
  readonly query?: string;
  /** A field of the JSON or form body. */
  readonly body?: string;
  /** The longest key it takes, in characters. */
  readonly max: number;
  /** For how long it remembers a key. */
  readonly window: Duration;
  /** Where it is remembered longer or shorter, by how the path below the host begins. The first that fits counts. */
  readonly windows?: readonly { readonly path: string; readonly window: Duration }[];
  /** What a repeated key is answered with, in words. */
  readonly replay: string;
  /** The ends of the paths that honour it; all when it is left out. */
  readonly paths?: readonly string[];
}

/** It is known to honour none, so that a `byKey()` would promise what nobody keeps. */
export interface NoVendorKey {
  readonly none: string;
}

/** What an answer means where the usual reading of HTTP would be wrong or would say too little. The first that fits counts. */
export interface VendorAnswer {
  /** The status or statuses; any when it is left out. */
  readonly status?: number | readonly number[];
  /** Something in the JSON body: one of the values, or, without `is`, anything at all. */
  readonly at?: Path;
  readonly is?: string | boolean | number | readonly (string | boolean | number)[];
  /** A header that is there; with `value`, only when it says that. */
  readonly header?: string;
  readonly value?: string;
  /** Words of the body, in any case of letters. */
  readonly words?: string;
  readonly means: OutcomeName;
  /** For people: what the vendor means by it. */
  readonly why: string;
  /** How long to leave it alone, when the answer's headers do not say. */
  readonly after?: Duration;
  /** Only with `in-doubt`: another request with this key is under way, or the same key will get this answer for ever. */
  readonly key?: "in-flight" | "spent";
}

export interface VendorOptions {
  name: string;
  /** As people write it. */
  title: string;
  /** Where the API lives, if that is one place for everybody. */
  baseUrl?: string;
  /** Sent with every request. */
  headers?: Headers;
  /** For the smallest plan, where plans differ. */
  limits?: readonly Limit[];
  key: VendorKey | NoVendorKey;
  answers?: readonly VendorAnswer[];
  /** What its own headers say is left of its quotas; those of the standard and `X-RateLimit-…` are read anyway. */
  quotas?: readonly VendorQuota[];
  /** For what cannot be said as data, after `answers`. */
  classify?: Classify;
  pagination?: Pagination;
  /** The verifier of its webhooks: `xeroWebhooks`. */
  webhooks?: string;
  sources: readonly VendorSource[];
  /** What could not be confirmed, in words. */
  unconfirmed: readonly string[];
}

/** A vendor whose API lives at one place for everybody, so that a system needs no `baseUrl`. */
type AtOnePlace<V> = V extends { readonly baseUrl: string } ? { readonly baseUrl: string } : unknown;

/** The facts about one API, checked. */
export interface Vendor extends Readonly<VendorOptions> {
  readonly kind: "vendor";
}

const known = {
  kind: true,
  name: true,
  title: true,
  baseUrl: true,
  headers: true,
  limits: true,
  key: true,
  answers: true,
  quotas: true,
  classify: true,
  pagination: true,
  webhooks: true,
  sources: true,
  unconfirmed: true,
} satisfies Record<keyof Vendor, true>;
const keyKnown = {
  header: true,
  query: true,
  body: true,
  max: true,
  window: true,
  windows: true,
  replay: true,
  paths: true,
} satisfies Record<keyof VendorKey, true>;
const answerKnown = {
  status: true,
  at: true,
  is: true,
  header: true,
  value: true,
  words: true,
  means: true,
  why: true,
  after: true,
  key: true,
} satisfies Record<keyof VendorAnswer, true>;

/**
 * The facts about an API, for `system(name, { vendor })`. Those of `waybill/vendors` are made with it, and so are your own; to change one of
 * them, spread it.
 *
 * @throws {WaybillError} `bad-definition` when something is unknown, missing or cannot be.
 * @example const ours = vendor({ ...xero, limits: [rate(1_000, "1d")] })
 */
export function vendor<const V extends VendorOptions>(options: V): Vendor & AtOnePlace<V> {
  const plain = declared("vendor()");
  checkOptions(plain, options, known);
  checkName(plain, options.name);
  const thing = declared(`vendor "${options.name}"`);
  checkRequired(thing, options, {
    title: "Say the name that people know.",
    key: "Say where its idempotency key goes, or { none: why }.",
    sources: "Say where it was read: [{ says, page, seen }].",
    unconfirmed: "Say what could not be confirmed, or [].",
  });
  if (options.baseUrl !== undefined) baseUrlOf(thing, options.baseUrl);
  checkKey(thing, options.key);
  if (options.limits !== undefined) checkLimits(thing, options.limits);
  for (const [index, answer] of (options.answers ?? []).entries()) checkAnswer(thing, `answers[${index}]`, answer);
  for (const [index, quota] of (options.quotas ?? []).entries()) checkQuota(thing, `quotas[${index}]`, quota);
  checkFunction(thing, "classify", options.classify);
  if (options.pagination !== undefined) checkPagination(thing, options.pagination);
  return Object.freeze({ ...options, kind: "vendor" as const }) as Vendor & AtOnePlace<V>;
}

const window = { min: "1s", max: "3650d" } as const;

function checkKey(thing: Declared, key: VendorKey | NoVendorKey): void {
  if (typeof key === "object" && key !== null && "none" in key) {
    checkOptions(thing, key, { none: true }, "key");
    checkText(thing, "key.none", key.none, "Say why, for whoever asks for a key.");
    return;
  }
  checkOptions(thing, key, keyKnown, "key");
  const places = (["header", "query", "body"] as const).filter((place) => key[place] !== undefined);
  if (places.length !== 1)
    refuse(
      thing,
      `key names ${places.length === 0 ? "no place" : places.join(" and ")}.`,
      "Name one of header, query and body.",
    );
  checkWhole(thing, "key.max", key.max, { min: 16, max: 1_000 });
  durationOption(thing, "key.window", key.window, "24h", window);
  for (const [index, { path, window: given }] of (key.windows ?? []).entries()) {
    checkText(thing, `key.windows[${index}].path`, path);
    durationOption(thing, `key.windows[${index}].window`, given, "24h", window);
  }
}

function checkAnswer(thing: Declared, part: string, answer: VendorAnswer): void {
  checkOptions(thing, answer, answerKnown, part);
  checkRequired(
    thing,
    answer,
    { means: 'Such as means: "limited".', why: "Say in words what the vendor means by it." },
    part,
  );
  checkOneOf(thing, `${part}.means`, answer.means, outcomeNames);
  checkText(thing, `${part}.why`, answer.why);
  if (answer.at !== undefined) checkPath(thing, `${part}.at`, answer.at);
  if (answer.after !== undefined) durationOption(thing, `${part}.after`, answer.after, "1s", { min: "0s", max: "1d" });
  if (answer.key !== undefined && answer.means !== "in-doubt")
    refuse(thing, `${part}.key is about a doubt, and it means "${answer.means}".`);
  if (
    answer.status === undefined &&
    answer.at === undefined &&
    answer.header === undefined &&
    answer.words === undefined
  ) {
    refuse(thing, `${part} would fit every answer.`, "Say status, at, header or words.");
  }
}

/** Refuses what is no vendor: its name as text, a whole module. */
export function checkVendor(thing: Declared, value: unknown): void {
  if (value === undefined) return;
  if (typeof value === "object" && value !== null && "kind" in value && value.kind === "vendor") return;
  const name = typeof value === "string" && /^[a-zA-Z]\w*$/.test(value) ? value : "xero";
  refuse(
    thing,
    `vendor is ${shown(value)}.`,
    `Import it: import { ${name} } from "waybill/vendors"; or make it with vendor(…).`,
  );
}
