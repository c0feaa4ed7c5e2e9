import type { Assembly, Known } from "../assembly/assembly.ts";
import type { SystemDefinition } from "../define/system-definition.ts";
import { declaredSystem } from "../flow/probe.ts";
import { tenantGiven } from "../flow/whose.ts";
import { said, WaybillError } from "../model/errors.ts";
import { TenantSystems } from "../systems/tenant-system.ts";
import { sleep } from "../world/clock.ts";
import { ProvingDelivery } from "./delivery.ts";
import { Quotas } from "./quotas.ts";
import { type ProofRecord, proofRecord } from "./record.ts";
import { type Check, type ProofReport, type ProvedIntegration, reportOf } from "./report.ts";
import { Sandbox } from "./sandbox.ts";

// What a system's effects declare about how they repeat is what Waybill relies on, and what a rehearsal simulates. Nobody knows it but the destination: so
// here it is asked. `deliver` runs once, for real, against a sandbox; each effect at the system is sent as often as its declaration allows, and what comes
// back is held against it. Nothing is stored: there is no ledger in it, and so no retries, no doubt and no record.

export interface ProveOptions {
  /** Only as this integration uses it; without it, as each does that asks something of it. */
  readonly integration?: string | undefined;
  /** The record that is delivered; without it one is made from the contract. */
  readonly sample?: { readonly value: unknown } | undefined;
  /** Whose account there, where each tenant has one. */
  readonly tenant?: string | undefined;
  /** The longest that a lookup is waited for; 120,000 by default. */
  readonly patienceMs?: number;
  /** Told before anything is sent. */
  readonly onTarget?: (target: ProofTarget) => void;
  /** Told before each effect is sent: its name, and `POST /invoices`. */
  readonly onEffect?: (name: string, request: string) => void;
}

export type ProofParts = Pick<Assembly, "systems" | "tenants" | "world" | "secrets" | "integrations" | "known">;

/** What is tried. */
export interface ProofTarget {
  readonly system: SystemDefinition;
  readonly baseUrl: string;
}

const patienceMsDefault = 120_000;
/** So long `deliver` may do nothing that is seen here. */
const idleMsMax = 30_000;
const lookMs = 100;

/**
 * Makes the effects that integrations have at a system, in a sandbox of it, and checks what they declare: that a repeated key is ignored, how soon a lookup sees
 * a write, that natural changes may be repeated, and that the limits are those of its answers. What no test can tell is named as an assumption. Sends real
 * requests to that system and to no other one.
 *
 * @throws {WaybillError} `bad-usage` when there is no such system, nothing asks for it, or no record can be made; `unauthorized` and `unavailable` when the
 * sandbox takes no request.
 * @example
 * const report = await prove(assembly, "books", { integration: "orders", onTarget: ({ baseUrl }) => console.error(baseUrl) });
 * report.checks.filter(({ verdict }) => verdict === "contradicted");
 */
export async function prove(parts: ProofParts, name: string, options: ProveOptions = {}): Promise<ProofReport> {
  const target = await targetOf(parts, name, options.tenant);
  const integrations = chosen(parts, options);
  if (integrations.every(({ definition }) => definition.per === undefined))
    await tenantGiven(parts.tenants, target.system, options.tenant);
  options.onTarget?.(target);
  const quotas = new Quotas(target.system, parts.world.clock);
  const checks: Check[] = [];
  const proved: ProvedIntegration[] = [];
  for (const known of integrations) proved.push(await proveOne(parts, { ...target, quotas }, known, options, checks));
  const uses = ({ integration, requests }: ProvedIntegration): boolean =>
    requests > 0 || checks.some((check) => check.integration === integration);
  if (!proved.some(uses)) throw nothingAsked(name, proved);
  for (const found of quotas.checks()) checks.push({ integration: null, effect: null, request: null, ...found });
  // What an integration that ended early would have asked of it, nobody knows.
  const told = proved.filter((one) => uses(one) || one.ended !== null);
  return reportOf({ system: name, baseUrl: target.baseUrl, integrations: told }, checks);
}

/**
 * What would be tried.
 *
 * @throws {WaybillError} `bad-usage` when there is no such system, or none that requests could be sent to without touching what the ledger keeps.
 */
export async function targetOf(parts: ProofParts, name: string, tenant: string | undefined): Promise<ProofTarget> {
  const system = declaredSystem(name);
  if (system.baseUrl === undefined && system.baseUrlOf === undefined)
    throw new WaybillError(
      "bad-usage",
      `"${name}" has no baseUrl: what its effects send, only their own code knows, so nothing of it can be proved.`,
      "Describe its requests with post(), put() and the others to have them tried.",
    );
  if (system.auth?.kind === "oauth" && system.auth.grant === "refresh-token")
    throw new WaybillError(
      "bad-usage",
      `"${name}" works with a token that is renewed by way of the ledger, which a proof leaves alone: one that it renewed would be lost.`,
      "Give the sandbox a system of its own, with a bearer token or client credentials, and prove that.",
    );
  const id = await tenantGiven(parts.tenants, system, system.per === undefined ? undefined : tenant);
  const ref = system.per === undefined ? undefined : { of: system.per.name, id };
  const resolved = new TenantSystems(parts.tenants).of(system, ref);
  return { system, baseUrl: resolved.baseUrl?.href.replace(/\/$/, "") ?? "" };
}

/** The integrations that are run. */
export function chosen({ integrations, known }: ProofParts, { integration, sample }: ProveOptions): readonly Known[] {
  if (integration !== undefined) return [known(integration)];
  const all = [...integrations.values()];
  if (sample !== undefined && all.length > 1)
    throw new WaybillError(
      "bad-usage",
      "A sample is given, and nobody says whose record it is.",
      `Name the integration: --integration NAME. There are: ${all.map(({ definition }) => definition.name).join(", ")}.`,
    );
  return all;
}

async function proveOne(
  parts: ProofParts,
  { system, baseUrl, quotas }: ProofTarget & { readonly quotas: Quotas },
  known: Known,
  options: ProveOptions,
  checks: Check[],
): Promise<ProvedIntegration> {
  const { definition } = known;
  const { name, per } = definition;
  const { tenants, world, systems } = parts;
  const of = { integration: name, notSent: [], requests: 0 };
  let tenant: string;
  let record: ProofRecord;
  try {
    tenant = await tenantGiven(tenants, definition, per === undefined ? undefined : options.tenant);
    record = await recordFor(parts, known, tenant, options.sample);
  } catch (error) {
    // Of one that was named it is the end; another one may still do.
    if (options.integration !== undefined || parts.integrations.size === 1) throw error;
    return { ...of, ended: said(error) };
  }
  const ref = per === undefined ? undefined : { of: per.name, id: tenant };
  const sandbox = new Sandbox({ systems, clock: world.clock, system, tenant: ref, baseUrl, quotas });
  const delivery = new ProvingDelivery({
    sandbox,
    random: world.random,
    tenant: ref === undefined ? undefined : tenants.get(ref)?.value,
    integration: name,
    isNew: record.isNew,
    patienceMs: options.patienceMs ?? patienceMsDefault,
    note: (check) => checks.push(check),
    onEffect: options.onEffect ?? (() => undefined),
  });
  const delivered = (async () => definition.deliver(record.value, delivery))().then(
    () => null,
    (error: unknown) => said(error),
  );
  const ended = await Promise.race([delivered, untilIdle(sandbox, delivery)]);
  await delivery.end();
  if (sandbox.fatal !== undefined) throw sandbox.fatal;
  return { integration: name, ended, notSent: delivery.notSent, requests: sandbox.requests };
}

/**
 * The record that an integration would deliver.
 *
 * @throws {WaybillError} `bad-usage` when none can be made, or the sample is none that it delivers.
 */
export function recordFor(
  { world, secrets }: ProofParts,
  { definition, release }: Known,
  tenant: string,
  sample: ProveOptions["sample"],
): Promise<ProofRecord> {
  const { clock, random } = world;
  return proofRecord(definition, tenant, { clock, random, redact: secrets.redact, release }, sample);
}

/** Resolves when `deliver` waits for something that nobody here knows of. */
async function untilIdle({ clock }: Sandbox, delivery: ProvingDelivery): Promise<string> {
  while (delivery.busy || clock.monotonic() - delivery.activeMs < idleMsMax) {
    if (delivery.signal.aborted) return "";
    await sleep(clock, lookMs, delivery.signal);
  }
  return `deliver has asked for nothing and not ended for ${idleMsMax / 1_000} s`;
}

function nothingAsked(name: string, proved: readonly ProvedIntegration[]): WaybillError {
  const why = proved.map(
    ({ integration, ended }) => `"${integration}" ${ended === null ? "asks nothing of it" : `ended early: ${ended}`}`,
  );
  const shown = why.length === 0 ? "there is no integration" : why.slice(0, 5).join("; ");
  return new WaybillError(
    "bad-usage",
    `Nothing was sent to "${name}": ${shown}.`,
    "Give a record that leads there: --integration NAME --sample FILE.",
  );
}
