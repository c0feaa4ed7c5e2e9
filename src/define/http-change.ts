import { WaybillError } from "../model/errors.ts";
import { type Declared, declared, durationOption, refuse, refuseUnknown, shown } from "../model/options.ts";
import { checkIdempotency, type Idempotency, natural } from "./idempotency.ts";
import { checkCost } from "./limit.ts";
import type {
  GetOptions,
  HttpChange,
  MayBeNatural,
  MaybeSchema,
  Method,
  SaysHowItRepeats,
  WriteOptions,
} from "./request.ts";
import { checkSchema } from "./schema.ts";
import type { SystemDefinition } from "./system-definition.ts";
import { keyedFor } from "./vendor-key.ts";

// Requests are described anew on every run of `deliver`, so the checks here are few and cheap: the words of a complaint are put together only
// when there is one.

type AnyOptions = Partial<GetOptions<MaybeSchema> & SaysHowItRepeats<MaybeSchema>> & { method?: "QUERY" | "POST" };

type Names<T> = Readonly<Record<keyof T, true>>;

const every = { query: true, headers: true, expect: true, timeout: true, classify: true, cost: true } as const;
const write = { ...every, json: true, form: true, body: true, ifMatch: true } as const;
const known = {
  get: { ...every, orAbsent: true } satisfies Names<GetOptions<MaybeSchema>>,
  query: { ...write, method: true } satisfies Names<WriteOptions<MaybeSchema>> & { method: true },
  change: { ...write, idempotency: true } satisfies Names<MayBeNatural<MaybeSchema>>,
} as const;

/** A GET. */
export function readByGet(system: SystemDefinition, path: string, options: AnyOptions = {}): HttpChange {
  return described(system, "read", "GET", path, options, known.get, natural);
}

/** A read with a body. */
export function readByQuery(system: SystemDefinition, path: string, options: AnyOptions = {}): HttpChange {
  const method = options.method ?? "QUERY";
  if (method !== "QUERY" && method !== "POST") {
    refuse(thingOf(system, "QUERY", path), `method is ${shown(method)}.`, 'The choices are: "QUERY" and "POST".');
  }
  return described(system, "read", method, path, options, known.query, natural);
}

/** A PUT or DELETE: natural unless it says otherwise. A POST or PATCH: it has to say. */
export function changeBy(system: SystemDefinition, method: Method, path: string, options: AnyOptions = {}): HttpChange {
  const mayBeNatural = method === "PUT" || method === "DELETE";
  const idempotency = options.idempotency ?? (mayBeNatural ? natural : undefined);
  const thing = (): Declared => thingOf(system, method, path);
  checkIdempotency(thing, idempotency);
  const keyed = keyedFor(system, idempotency as Idempotency<unknown>, path, thing);
  return described(system, "change", method, path, options, known.change, keyed);
}

function described(
  system: SystemDefinition,
  kind: HttpChange["kind"],
  method: Method,
  path: string,
  options: AnyOptions,
  names: Readonly<Record<string, true>>,
  idempotency: Idempotency<unknown>,
): HttpChange {
  for (const name in options)
    if (!Object.hasOwn(names, name)) refuseUnknown(thingOf(system, method, path), name, names);
  checkPath(system, method, path);
  const hasJson = Object.hasOwn(options, "json");
  const bodies = (hasJson ? 1 : 0) + (options.form === undefined ? 0 : 1) + (options.body === undefined ? 0 : 1);
  if (bodies > 1)
    refuse(thingOf(system, method, path), "it has more than one body.", "Give one of json, form and body.");
  if (options.expect !== undefined) checkExpect(system, method, path, options.expect);
  if (options.classify !== undefined && typeof options.classify !== "function") {
    refuse(thingOf(system, method, path), `classify is ${shown(options.classify)}, and a function is expected.`);
  }
  if (options.cost !== undefined) checkCost(thingOf(system, method, path), system, options.cost);
  const { timeout } = options;
  return {
    kind,
    changesNothing: kind === "read" ? true : undefined,
    how: "http",
    system,
    method,
    path,
    query: options.query,
    headers: options.ifMatch === undefined ? options.headers : { ...options.headers, "If-Match": options.ifMatch },
    json: options.json,
    hasJson,
    form: options.form,
    body: options.body,
    expect: options.expect,
    timeoutMs: timeout === undefined ? undefined : requestTimeoutMs(thingOf(system, method, path), timeout),
    classify: options.classify,
    orAbsent: options.orAbsent === true,
    cost: options.cost,
    idempotency,
  };
}

export function requestTimeoutMs(thing: Declared, timeout: unknown): number {
  return durationOption(thing, "timeout", timeout, "30s", { min: "1ms", max: "1h" });
}

function thingOf(system: SystemDefinition, method: string, path: unknown): Declared {
  return declared(`system "${system.name}": ${method} ${typeof path === "string" ? path : shown(path)}`);
}

function checkExpect(system: SystemDefinition, method: string, path: string, expect: unknown): void {
  checkSchema(thingOf(system, method, path), "expect", expect);
}

/** What a template string makes of a value that was not there. */
const notThere = /(?:^|\/)(?:undefined|null|NaN|\[object \w+\])(?=\/|\?|$)/;

function checkPath(system: SystemDefinition, method: string, path: unknown): asserts path is string {
  if (typeof path !== "string")
    refuse(thingOf(system, method, path), "the path is not text.", `Such as books.get("/invoices").`);
  if (notThere.test(path)) {
    throw new WaybillError(
      "effect-misused",
      `system "${system.name}": ${method} ${path}: a value that the path was made of was not there.`,
      "Check the values that stand in the path's template. A real id of that name is written encoded, as in %6eull.",
    );
  }
}
