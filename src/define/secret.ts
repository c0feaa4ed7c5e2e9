import { checkBoolean, checkOptions, type Declared, declared, refuse, shown } from "../model/options.ts";

declare const brand: unique symbol;

/** JSON cannot hold a symbol, so nothing that arrives from outside can pass for a secret and have its value sent somewhere. */
const mark = Symbol.for("waybill.secret");

/**
 * A secret by name. Its value comes from the environment and is read only when it is needed, so that commands which need none run without.
 * It never appears in a log, trace, error, page or stored request: those hold its name.
 */
export interface Secret {
  readonly [brand]?: "secret";
  readonly kind: "secret";
  readonly name: string;
  readonly optional: false;
}

/** A secret that may be absent: what needs it is then switched off, and says so. */
export interface OptionalSecret {
  readonly [brand]?: "secret";
  readonly kind: "secret";
  readonly name: string;
  readonly optional: true;
}

export function secret(name: string, options: { optional: true }): OptionalSecret;
export function secret(name: string, options?: { optional?: false }): Secret;
/**
 * Names a secret. The environment variable of that name holds its value; `NAME_FILE` may name a file that holds it instead.
 *
 * @example bearer(secret("BOOKS_TOKEN"))
 * @throws {WaybillError} `bad-definition` when it is not given the name of an environment variable.
 */
export function secret(name: string, options?: { optional?: boolean }): Secret | OptionalSecret {
  if (typeof name !== "string" || !environmentName.test(name)) {
    // What stands there may be the secret itself, so the message does not repeat it.
    refuse(
      declared("secret()"),
      "what it was given is not the name of an environment variable.",
      'Give the name, such as "BOOKS_TOKEN" (capital letters, digits and "_"), and never the value.',
    );
  }
  if (named.size < namedMax) named.add(name);
  const thing = declared(`secret("${name}")`);
  if (options !== undefined) {
    checkOptions(thing, options, { optional: true });
    checkBoolean(thing, "optional", options.optional);
  }
  return Object.freeze({ kind: "secret", name, optional: options?.optional === true, [mark]: true }) as
    | Secret
    | OptionalSecret;
}

/** Names that this process has said, wherever that was: also inside \`deliver\`, where nobody sees them before it runs. */
const named = new Set<string>();
const namedMax = 10_000;

/** Every name of a secret that was said so far. */
export function secretsNamed(): readonly string[] {
  return [...named];
}

const environmentName = /^[A-Z_][A-Z0-9_]{0,99}$/;

/** The secret of this name of whichever tenant is at work. The slash keeps it apart from every environment variable. */
export function secretOfTenant(tenants: string, name: string): Secret {
  return Object.freeze({ kind: "secret", name: `${tenants}/${name}`, optional: false, [mark]: true }) as Secret;
}

/** Whose secret it is: the name of its tenants, or undefined for one that is the same for all. */
export function tenantsOfSecret(name: string): string | undefined {
  const slash = name.indexOf("/");
  return slash < 0 ? undefined : name.slice(0, slash);
}

/** Whether `secret()` made it. */
export function isSecret(value: unknown): value is Secret | OptionalSecret {
  return typeof value === "object" && value !== null && mark in value;
}

const depthMax = 8;

/** Every secret that stands in a declared thing. */
export function secretsIn(value: unknown, depth = 0): readonly (Secret | OptionalSecret)[] {
  if (typeof value !== "object" || value === null || depth > depthMax) return [];
  if (isSecret(value)) return [value];
  return Object.values(value).flatMap((part) => secretsIn(part, depth + 1));
}

/** Refuses secrets of tenants where it is not known whose are meant, or where others' are. */
export function checkWhose(
  thing: Declared,
  what: string,
  value: unknown,
  per: { readonly name: string } | undefined,
): void {
  for (const { name } of secretsIn(value)) {
    const of = tenantsOfSecret(name);
    if (of === undefined || of === per?.name) continue;
    const problem = per === undefined ? "and nothing says whose is meant" : `and it is per "${per.name}"`;
    refuse(thing, `${what} holds the secret ${name} of each of the tenants "${of}", ${problem}.`, `Say per: ${of}.`);
  }
}

/** Refuses what is not a secret by name, and one that may be absent unless `optional` says that this is fine here. */
export function checkSecret(
  thing: Declared,
  name: string,
  value: unknown,
  may: { optional: boolean } = { optional: false },
): void {
  if (!isSecret(value)) {
    const what = typeof value === "string" ? "text" : shown(value);
    refuse(
      thing,
      `${name} is ${what}, and a secret is expected.`,
      'Keep it out of the code: secret("NAME") reads it from the environment.',
    );
  }
  if (value.optional && !may.optional) {
    refuse(
      thing,
      `${name} is secret("${value.name}"), which may be absent, and it cannot do without.`,
      "Leave out { optional: true }.",
    );
  }
}
