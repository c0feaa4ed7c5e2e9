import type { HttpChange } from "../define/request.ts";
import { type SystemDefinition, systemOf } from "../define/system.ts";
import { systemsDeclared } from "../define/systems-declared.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Outcome, OutcomeName } from "../model/outcome.ts";
import { type Asked, Deferred, type Systems } from "../systems/port.ts";
import { following } from "../systems/redirect.ts";
import type { TenantRef } from "../systems/tenant-ref.ts";
import type { TenantLists } from "../systems/tenants.ts";
import { tenantGiven } from "./whose.ts";

// A person asks a system whether it is there: one harmless request, through limits and authentication like every other. While a breaker is open it is
// the probe that finds out whether the system is back.

export interface ProbeParts {
  readonly systems: Systems;
  readonly tenants: Pick<TenantLists, "find" | "whyNot" | "ids">;
  readonly emit: Emit;
}

/** What a probe found out, as JSON. */
export interface Probed {
  readonly system: string;
  /** `GET https://api.books.example/v2`. */
  readonly asked: string;
  /** Whether an answer came that is none of its trouble: a 404 shows that it is there. */
  readonly answers: boolean;
  /** Null when nothing was asked, because it is to be left alone. */
  readonly outcome: OutcomeName | null;
  readonly status: number | null;
  readonly why: string | null;
  readonly durationMs: number | null;
  /** What the answer's headers say about limits, as they stand there. */
  readonly headers: Readonly<Record<string, string>>;
  /** Until when it is to be left alone, when nothing was asked. */
  readonly leftAloneUntil: string | null;
}

/** The longest that a probe waits for a permit. */
const waitMsMax = 2_000;
/** Who asks, where otherwise the record is named. */
const person = "a person";

/**
 * Asks a system for its `probe`, or for its base URL.
 *
 * @param whose account is asked, where each tenant has one.
 * @param asked `anyway`: also while it is stopped or paused. What is declared holds in any case.
 * @throws {WaybillError} `bad-usage` when there is no such system, or nothing that could be asked of it.
 */
export async function probe(parts: ProbeParts, name: string, asked: Asked, whose?: string): Promise<Probed> {
  const { systems, emit } = parts;
  const system = declaredSystem(name);
  const tenant = await accountOf(parts, system, whose);
  const request = probeOf(system);
  const of = { system: name, asked: `${request.method} ${urlOf(system, request.path)}` };
  const signal = new AbortController().signal;
  const stored = systems.prepare(request, "");
  let outcome: Outcome;
  try {
    outcome = await following(async (at) => {
      const permit = await systems.enter(system, { tenant, record: person, waitMsMax, signal, asked });
      const call = { kind: "probe", what: system.name } as const;
      const options = { call, tenant, signal, beforeSend: () => permit.check(), idempotencyKey: "", attempt: 1, at };
      const answered = await systems.send(request, stored, options);
      if (permit.recalled === undefined) {
        permit.release(answered);
        return answered;
      }
      permit.unsent();
      throw permit.recalled;
    });
  } catch (error) {
    if (!(error instanceof Deferred)) throw error;
    return notAsked(of, error);
  }
  const account = tenant === undefined ? {} : { tenant: tenant.id };
  emit({ event: "system.probed", system: name, ...account, outcome: outcome.name, status: outcome.answer?.status });
  return {
    ...of,
    answers: outcome.name === "done" || outcome.name === "failed-permanent" || outcome.name === "pending",
    outcome: outcome.name,
    status: outcome.answer?.status ?? null,
    why: (outcome.name === "done" ? outcome.unexpected : outcome.why) ?? null,
    durationMs: Math.round(outcome.durationMs),
    headers: limitHeaders(outcome.answer?.headers ?? {}),
    leftAloneUntil: null,
  };
}

async function accountOf(
  { tenants }: ProbeParts,
  { name, per }: SystemDefinition,
  whose: string | undefined,
): Promise<TenantRef | undefined> {
  const id = await tenantGiven(tenants, { name, per }, whose);
  return per === undefined ? undefined : { of: per.name, id };
}

function notAsked(of: Pick<Probed, "system" | "asked">, deferred: Deferred): Probed {
  return {
    ...of,
    answers: false,
    outcome: null,
    status: null,
    why: deferred.message,
    durationMs: null,
    headers: {},
    leftAloneUntil: new Date(deferred.untilMs).toISOString(),
  };
}

/** @throws {WaybillError} `bad-usage` when there is no such system. */
export function declaredSystem(name: string): SystemDefinition {
  const declared = systemsDeclared();
  const system = declared.find((one) => one.name === name);
  if (system !== undefined) return system;
  const names = [...new Set(declared.map((one) => one.name))];
  throw new WaybillError(
    "bad-usage",
    `There is no system "${name.slice(0, 100)}".`,
    didYouMean(name, names, "systems"),
  );
}

function probeOf(system: SystemDefinition): HttpChange {
  if (system.baseUrl === undefined && system.baseUrlOf === undefined) {
    throw new WaybillError(
      "bad-usage",
      `"${system.name}" has no baseUrl, so there is nothing that could be asked of it.`,
      "What its own code calls, only an effect can try.",
    );
  }
  const whole = systemOf(system);
  let request: unknown;
  try {
    request = system.probe === undefined ? whole.get("") : system.probe(whole);
  } catch (error) {
    throw new WaybillError("bad-definition", `The probe of "${system.name}" threw: ${said(error)}`);
  }
  if (isRead(request) && request.system === system) return request;
  throw new WaybillError(
    "bad-definition",
    `The probe of "${system.name}" is no request that only reads from it.`,
    'Such as probe: (books) => books.get("/ping").',
  );
}

function isRead(request: unknown): request is HttpChange {
  if (typeof request !== "object" || request === null) return false;
  const { kind, how } = request as Partial<HttpChange>;
  return kind === "read" && how === "http";
}

/** Without its query, which may hold a key. */
function urlOf({ baseUrl }: SystemDefinition, path: string): string {
  const base = baseUrl?.href.replace(/\/$/, "") ?? "(the tenant's)";
  const [bare = ""] = path.split("?", 1);
  return bare === "" || bare.startsWith("/") ? base + bare : `${base}/${bare}`;
}

/** Those whose name says that they are about limits. */
function limitHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const about = Object.entries(headers).filter(([name]) =>
    /rate-?limit|retry-after|quota|call-limit|throttl/.test(name),
  );
  return Object.fromEntries(about.slice(0, 20).map(([name, value]) => [name, value.slice(0, 200)]));
}
