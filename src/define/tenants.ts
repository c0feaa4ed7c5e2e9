import { closest } from "../model/did-you-mean.ts";
import type { Duration } from "../model/duration.ts";
import {
  checkFunction,
  checkName,
  checkOptions,
  checkPlainFunction,
  checkRequired,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import { type OptionalSecret, type Secret, secretOfTenant } from "./secret.ts";

// Tenants: the customers, shops or accounts for whose sake the same integration runs. Each has data, credentials, budgets and books of its own. The list
// says who they are now; what is kept of them is their id alone.

declare const item: unique symbol;

/** A secret's value, `secret("NAME")` for one that stands in the environment, or nothing when this tenant has none. */
export type TenantSecret = Secret | OptionalSecret | string | undefined | null;

export interface TenantsOptions<T, S extends string> {
  /** Who they are: a list, or a function that is asked again now and then. */
  list: readonly T[] | (() => readonly T[] | Promise<readonly T[]>);
  /** Names a tenant, for ever: it is part of every identity. 1 to 100 letters, digits and `-`, `_`, `.`, `~`. */
  id: (tenant: T) => string;
  /**
   * Each tenant's secrets, by name: a function of the tenant that gives `secret("SHOP_7_TOKEN")` or the value itself, such as one from a vault. It is
   * asked when the secret is needed, and again when it was refused.
   */
  secrets?: { readonly [Name in S]: (tenant: T) => TenantSecret | Promise<TenantSecret> };
  /** How often the list is asked for again; `"1m"` by default. */
  refresh?: Duration;
}

/** Whose data and credentials something works with. */
export interface Tenants<out T = unknown, S extends string = string> {
  readonly [item]?: T;
  readonly name: string;
  /** The secret of this name of whichever tenant is at work. */
  secret(name: S): Secret;
  readonly declaration: TenantsDefinition;
}

/** Declared tenants, checked. As JSON it is its name: what is in the list is nobody's business. */
export interface TenantsDefinition {
  readonly name: string;
  readonly list: readonly unknown[] | (() => unknown);
  readonly id: (tenant: unknown) => unknown;
  readonly secrets: Readonly<Record<string, (tenant: unknown) => unknown>>;
  readonly refreshMs: number;
  toJSON(): string;
}

const known = { list: true, id: true, secrets: true, refresh: true } satisfies Record<
  keyof TenantsOptions<unknown, string>,
  true
>;

/**
 * Declares tenants. `per: shops` on a system and an integration makes both work for each of them: with its own base URL, secrets, limits, breaker,
 * cursors and books.
 *
 * @param name lower-case letters, digits, `-`, `_` and `.`.
 * @throws {WaybillError} `bad-definition` when something is unknown, missing or cannot be.
 * @example
 * const shops = tenants("shops", {
 *   list: () => db.shops(),
 *   id: (shop) => shop.id,
 *   secrets: { TOKEN: (shop) => vault.read(`shops/${shop.id}`) },
 * });
 * const shop = system("shop", { per: shops, baseUrl: (shop) => `https://${shop.domain}`, auth: bearer(shops.secret("TOKEN")) });
 */
export function tenants<T, S extends string = never>(name: string, options: TenantsOptions<T, S>): Tenants<T, S> {
  checkName(declared("tenants()"), name);
  const thing = declared(`tenants "${name}"`);
  checkOptions(thing, options, known);
  checkRequired(thing, options, {
    list: "Say who they are: a list, or async () => a list.",
    id: "Say what names one: id: (shop) => shop.id.",
  });
  const { list, id, secrets = {} } = options;
  if (!Array.isArray(list) && typeof list !== "function")
    refuse(thing, `list is ${shown(list)}, and a list or a function is expected.`);
  checkPlainFunction(thing, "id", id);
  checkSecrets(thing, secrets);
  const definition: TenantsDefinition = Object.freeze({
    name,
    list: list as TenantsDefinition["list"],
    id: id as TenantsDefinition["id"],
    secrets: Object.freeze({ ...secrets }) as TenantsDefinition["secrets"],
    refreshMs: durationOption(thing, "refresh", options.refresh, "1m", { min: "1s", max: "1d" }),
    toJSON: () => name,
  });
  return Object.freeze({ name, declaration: definition, secret: (one: S) => secretNamed(thing, definition, one) });
}

function checkSecrets(thing: Declared, secrets: unknown): void {
  const hint = "Such as { TOKEN: (shop) => vault.read(shop.id) }.";
  if (typeof secrets !== "object" || secrets === null || Array.isArray(secrets))
    refuse(
      thing,
      `secrets is ${typeof secrets === "string" ? "text" : shown(secrets)}, and an object of functions is expected.`,
      hint,
    );
  for (const [name, of] of Object.entries(secrets)) {
    if (!secretName.test(name))
      refuse(
        thing,
        `secrets: "${name.slice(0, 100)}" is no name of a secret.`,
        'Capital letters, digits and "_", such as TOKEN.',
      );
    // What stands there may be the secret itself, so the message does not repeat it.
    if (typeof of !== "function") refuse(thing, `secrets.${name} is no function of the tenant.`, hint);
    checkFunction(thing, `secrets.${name}`, of);
  }
}

const secretName = /^[A-Z_][A-Z0-9_]{0,99}$/;

function secretNamed(thing: Declared, { name: of, secrets }: TenantsDefinition, name: string): Secret {
  const names = Object.keys(secrets);
  if (typeof name === "string" && names.includes(name)) return secretOfTenant(of, name);
  const meant = typeof name === "string" ? closest(name, names) : undefined;
  const there =
    names.length === 0 ? "It declares none: secrets: { TOKEN: (shop) => … }." : `There are: ${names.join(", ")}.`;
  refuse(thing, `it has no secret ${shown(name)}.`, meant === undefined ? there : `Did you mean "${meant}"?`);
}

/** Whether `tenants()` made it. */
export function isTenants(value: unknown): value is Tenants {
  return typeof value === "object" && value !== null && "declaration" in value && "secret" in value && "name" in value;
}

/** What `per` was given, checked. */
export function perOf(thing: Declared, per: unknown): TenantsDefinition | undefined {
  if (per === undefined) return undefined;
  if (!isTenants(per)) refuse(thing, `per is ${shown(per)}.`, 'Give what tenants("shops", { … }) returned.');
  return per.declaration;
}

/** What a tenant may be called: it stands in paths, labels and the names of cursors. */
export function isTenantId(id: unknown): id is string {
  return typeof id === "string" && /^[A-Za-z0-9_.~-]{1,100}$/.test(id) && id !== "." && id !== "..";
}
