import type { Duration } from "../model/duration.ts";
import {
  checkBoolean,
  checkFunction,
  checkName,
  checkOptions,
  checkPlainFunction,
  checkWhole,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import { baseUrlOf, namesPrivateAddress } from "./base-url.ts";
import type { Classify } from "./classify.ts";
import type { Headers } from "./fields.ts";
import { changeBy, readByGet, readByQuery, requestTimeoutMs } from "./http-change.ts";
import type { Learn } from "./learn.ts";
import { checkKind, checkLimits } from "./limits-of.ts";
import { checkPagination, type Pagination } from "./pagination.ts";
import { changeByPerform, type PerformOptions } from "./perform-change.ts";
import type {
  AnyChange,
  Change,
  GetOptions,
  MayBeNatural,
  MaybeSchema,
  Read,
  SaysHowItRepeats,
  WriteOptions,
} from "./request.ts";
import type { Answered } from "./schema.ts";
import { checkWhose, isSecret } from "./secret.ts";
import { type BatchOptions, type Gather, gatherInto } from "./shared-batch.ts";
import type { Stored } from "./stored.ts";
import type { Auth, Limit, SystemDefinition } from "./system-definition.ts";
import { rememberSystem } from "./systems-declared.ts";
import { perOf, type Tenants, type TenantsDefinition } from "./tenants.ts";
import { checkTls, type TlsOptions } from "./tls.ts";
import { checkVendor, type Vendor } from "./vendor.ts";

export type { Auth, Limit, PerformOptions, Stored, SystemDefinition };

/** A system without a base URL: its calls are made by code of your own, such as a vendor's SDK. */
export interface Performs {
  readonly name: string;
  /**
   * An effect made by code of your own.
   *
   * @example
   * bank.perform({ idempotency: byKey(), run: ({ idempotencyKey }) => sdk.charges.create({ amount: 1200 }, { idempotencyKey }) })
   */
  perform<T, Request = undefined>(options: PerformOptions<T, Request>): Change<Stored<T>>;
  /**
   * Gathers the effects of many records into one call: at most `most` of them, each waiting at most `linger` for others. Each is settled by its own part
   * of the answer.
   *
   * @param name names it for people, in `show` and logs.
   * @throws {WaybillError} `bad-definition` when an option is unknown, missing or cannot be.
   * @example
   * const invoices = books.batch("invoices", {
   *   most: 50,
   *   send: (items: readonly Invoice[]) => books.post("/invoices/batch", { json: { items }, expect: Made, idempotency: byKey() }),
   *   each: (answer, { ref }) => answer.made.find((one) => one.ref === ref)?.id,
   * });
   * // in deliver
   * const id = await effect("invoice", invoices({ ref: order.id, total: order.total }));
   */
  batch<Item, Answer, Part>(name: string, options: BatchOptions<Item, Answer, Part>): Gather<Item, Part>;
}

/** An external system with a base URL. Its methods describe requests; `effect` and `call` make them. */
export interface System extends Performs {
  get<S extends MaybeSchema = undefined, Absent extends boolean = false>(
    path: string,
    options?: GetOptions<S> & { orAbsent?: Absent },
  ): Read<Answered<S> | (Absent extends true ? undefined : never)>;
  /** A read with a body: the QUERY method (https://www.rfc-editor.org/rfc/rfc10008), or a POST that is declared to change nothing. */
  query<S extends MaybeSchema = undefined>(
    path: string,
    options?: WriteOptions<S> & { method?: "QUERY" | "POST" },
  ): Read<Answered<S>>;
  put<S extends MaybeSchema = undefined>(path: string, options: MayBeNatural<S>): Change<Answered<S>>;
  delete<S extends MaybeSchema = undefined>(path: string, options?: MayBeNatural<S>): Change<Answered<S>>;
  post<S extends MaybeSchema = undefined>(path: string, options: SaysHowItRepeats<S>): Change<Answered<S>>;
  patch<S extends MaybeSchema = undefined>(path: string, options: SaysHowItRepeats<S>): Change<Answered<S>>;
}

export interface BreakerOptions {
  /** The share of failures that opens it, 0.5 by default. */
  share?: number;
  /** Distinct records that must have been seen before it may open, 5 by default. */
  volume?: number;
  /** How long it stays open before one probe, `"5s"` by default; it doubles with every failed probe up to 5 minutes. */
  open?: Duration;
}

export interface SystemOptions<T = never> {
  /** Each of these tenants has an account of its own there: its own limits, breaker, stops and, where they are functions or secrets of it, address and credentials. */
  per?: Tenants<T>;
  /**
   * What is known of its API: `import { xero } from "waybill/vendors"`. Base URL, headers, limits, the place and window of keys, pagination, and what
   * its answers mean come from there, as far as nothing else is said here.
   */
  vendor?: Vendor;
  /** Where the system lives, or a function of the tenant. Without it the system can only `perform`. */
  baseUrl?: string | ((tenant: T) => string);
  auth?: Auth;
  /** A client certificate of this side (mutual TLS), or a root of the server's own. */
  tls?: TlsOptions;
  headers?: Headers;
  limits?: readonly Limit[];
  /** The longest one request may take, answer included; `"30s"` by default. */
  timeout?: Duration;
  /** A longer answer is not read; 10 MB by default. */
  answerBytesMax?: number;
  breaker?: BreakerOptions | false;
  /** Reads answers of this system where the usual reading of HTTP is wrong. */
  classify?: Classify;
  /** Reads in answers of this system how many calls are left, or that it wants to be left alone, where no header says so. */
  learn?: Learn;
  /** How its lists say that there is more: what `pages()` follows. */
  pagination?: Pagination;
  /**
   * A harmless request that shows whether it is there, for `waybill systems probe`; a GET of the base URL without it.
   *
   * @example probe: (books) => books.get("/ping")
   */
  probe?: (system: System) => Read<unknown>;
  /** Lets a host name resolve to private addresses. */
  private?: boolean;
}

const known = {
  per: true,
  vendor: true,
  baseUrl: true,
  auth: true,
  tls: true,
  headers: true,
  limits: true,
  timeout: true,
  answerBytesMax: true,
  breaker: true,
  classify: true,
  learn: true,
  pagination: true,
  probe: true,
  private: true,
} satisfies Record<keyof SystemOptions, true>;
const breakerKnown = { share: true, volume: true, open: true } satisfies Record<keyof BreakerOptions, true>;

/**
 * Declares an external system: one account, with one budget that every integration shares. Declaring it again in another file is fine when it
 * says the same.
 *
 * @param name lower-case letters, digits, `-`, `_` and `.`.
 * @param options with a `baseUrl`, its own or its vendor's, the system has `get`, `post`, …; without, only `perform`.
 * @throws {WaybillError} `bad-definition` when an option is unknown, missing or cannot be.
 * @example
 * const books = system("books", {
 *   baseUrl: "https://api.books.example",
 *   auth: bearer(secret("BOOKS_TOKEN")),
 *   limits: [rate(60, "1m"), concurrent(5)],
 * });
 * const shop = system("shop", { per: shops, baseUrl: (shop) => `https://${shop.domain}`, auth: bearer(shops.secret("TOKEN")) });
 */
export function system<T = never, B extends string | undefined = undefined, V extends Vendor | undefined = undefined>(
  name: string,
  options?: SystemOptions<T> & { baseUrl?: B | ((tenant: T) => string); vendor?: V },
): SystemOf<B, V, T> {
  checkName(declared("system()"), name);
  const definition = definitionOf(name, options ?? {}, options !== undefined && Object.hasOwn(options, "baseUrl"));
  rememberSystem(definition);
  if (definition.baseUrl !== undefined || definition.baseUrlOf !== undefined)
    return systemOf(definition) as SystemOf<B, V, T>;
  const performs = performing(definition);
  const made = definition.per === undefined ? performs : Object.freeze({ ...performs, ...onlyPerforms(name) });
  return made as SystemOf<B, V, T>;
}

function performing(definition: SystemDefinition): Performs {
  const { name } = definition;
  return Object.freeze({
    name,
    perform: (options) => answering(changeByPerform(definition, options)),
    batch: (batch, options) => gatherInto(definition, batch, options),
  } as Performs);
}

/** What describes requests to a system that has a base URL. */
export function systemOf(definition: SystemDefinition): System {
  const whole: System = {
    ...performing(definition),
    get: (path, options) => answering(readByGet(definition, path, options)),
    query: (path, options) => answering(readByQuery(definition, path, options)),
    put: (path, options) => answering(changeBy(definition, "PUT", path, options)),
    delete: (path, options) => answering(changeBy(definition, "DELETE", path, options)),
    post: (path, options) => answering(changeBy(definition, "POST", path, options)),
    patch: (path, options) => answering(changeBy(definition, "PATCH", path, options)),
  };
  return Object.freeze(whole);
}

/** A system of tenants without a base URL: whoever would send it something is told so. */
function onlyPerforms(name: string): Omit<System, keyof Performs> {
  const none = (): never =>
    refuse(
      declared(`system "${name}"`),
      "it has no baseUrl, so it can only perform.",
      "Say baseUrl: (shop) => shop.url.",
    );
  return { get: none, query: none, put: none, delete: none, post: none, patch: none };
}

/**
 * Requests can be described where it is known where the system lives. A function of the tenant says that too; at compile time nothing is seen of it but
 * that there are tenants.
 */
export type SystemOf<B, V, T = never> = B extends string
  ? System
  : V extends { readonly baseUrl: string }
    ? System
    : [T] extends [never]
      ? Performs
      : System;

/** What a request answers is known to the types alone, and they get it from `expect`, which is checked when the answer is there. */
function answering(change: AnyChange): Read<never> {
  return change as unknown as Read<never>;
}

function definitionOf<T>(name: string, options: SystemOptions<T>, hasBaseUrl: boolean): SystemDefinition {
  const thing = declared(`system "${name}"`);
  checkOptions(thing, options, known);
  if (hasBaseUrl && options.baseUrl === undefined) {
    refuse(
      thing,
      "baseUrl is nothing.",
      'If it comes from the environment, the variable is not set: set it, or say process.env.URL ?? "https://…".',
    );
  }
  checkVendor(thing, options.vendor);
  const { vendor } = options;
  const per = perOf(thing, options.per);
  const each = typeof options.baseUrl === "function" ? tenantsUrl(thing, per, options.baseUrl) : undefined;
  const url = each === undefined ? (options.baseUrl ?? vendor?.baseUrl) : undefined;
  const baseUrl = url === undefined ? undefined : baseUrlOf(thing, url);
  if (options.auth !== undefined)
    checkKind(thing, "auth", options.auth, ["bearer", "basic", "apiKey", "signed", "clientCredentials", "oauth"]);
  if (options.tls !== undefined) checkTls(thing, options.tls, baseUrl);
  if (options.headers !== undefined) checkHeaders(thing, options.headers);
  checkWhose(thing, "auth", options.auth, per);
  checkWhose(thing, "headers", options.headers, per);
  const limits = options.limits ?? vendor?.limits ?? [];
  checkLimits(thing, limits);
  if (options.pagination !== undefined) checkPagination(thing, options.pagination);
  checkFunction(thing, "classify", options.classify);
  checkPlainFunction(thing, "learn", options.learn);
  checkFunction(thing, "probe", options.probe);
  checkBoolean(thing, "private", options.private);
  const answerBytesMax = options.answerBytesMax ?? 10_000_000;
  checkWhole(thing, "answerBytesMax", answerBytesMax, { min: 1, max: 1_000_000_000 });
  return Object.freeze({
    name,
    per,
    baseUrl,
    baseUrlOf: each,
    auth: options.auth,
    tls: options.tls === undefined ? undefined : Object.freeze({ ...options.tls }),
    headers: headersOver(vendor?.headers, options.headers),
    limits: Object.freeze([...limits]),
    timeoutMs: requestTimeoutMs(thing, options.timeout),
    answerBytesMax,
    breaker: breakerOf(thing, options.breaker ?? {}),
    classify: options.classify,
    learn: options.learn,
    vendor,
    pagination: options.pagination ?? vendor?.pagination,
    probe: options.probe as SystemDefinition["probe"],
    privateAllowed: options.private === true || (baseUrl !== undefined && namesPrivateAddress(baseUrl)),
  });
}

/** What a tenant's list says is no more trusted than a record: it lets nothing private be reached. */
function tenantsUrl<T>(
  thing: Declared,
  per: TenantsDefinition | undefined,
  of: (tenant: T) => string,
): SystemDefinition["baseUrlOf"] {
  checkPlainFunction(thing, "baseUrl", of);
  if (per === undefined)
    refuse(thing, "baseUrl is a function of the tenant, and nothing says of which.", "Say per: shops.");
  return of as SystemDefinition["baseUrlOf"];
}

function breakerOf(thing: Declared, options: BreakerOptions | false): SystemDefinition["breaker"] {
  if (options === false) return undefined;
  checkOptions(thing, options, breakerKnown, "breaker");
  const share = options.share ?? 0.5;
  if (typeof share !== "number" || !(share > 0 && share <= 1)) {
    refuse(
      thing,
      `breaker.share is ${shown(share)}, and a number above 0 and up to 1 is expected.`,
      "0.5 opens it when half of the calls fail.",
    );
  }
  const volume = options.volume ?? 5;
  checkWhole(thing, "breaker.volume", volume, { min: 1, max: 1_000 });
  return {
    share,
    volume,
    openMs: durationOption(thing, "breaker.open", options.open, "5s", { min: "1ms", max: "1d" }),
  };
}

/** The vendor's headers, and the system's over them, whatever the case of their letters. */
function headersOver(vendors: Headers | undefined, own: Headers | undefined): Headers | undefined {
  if (vendors === undefined || own === undefined) return own ?? vendors;
  const said = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const left = Object.entries(vendors).filter(([name]) => !said.has(name.toLowerCase()));
  return { ...Object.fromEntries(left), ...own };
}

function checkHeaders(thing: Declared, headers: unknown): void {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    refuse(thing, `headers is ${shown(headers)}, and an object is expected.`, 'Such as { "X-Client": "waybill" }.');
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || typeof value === "string" || isSecret(value)) continue;
    refuse(thing, `headers: "${name}" is ${shown(value)}, and text or a secret is expected.`);
  }
}
