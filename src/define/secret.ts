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
 */
export function secret(name: string, options?: { optional?: boolean }): Secret | OptionalSecret {
  return { kind: "secret", name, optional: options?.optional === true, [mark]: true } as Secret | OptionalSecret;
}

/** Whether `secret()` made it. */
export function isSecret(value: unknown): value is Secret | OptionalSecret {
  return typeof value === "object" && value !== null && mark in value;
}
