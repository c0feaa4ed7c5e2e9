import { checkOptions, checkText, declared, refuse } from "../model/options.ts";
import { checkSecret, isSecret, type Secret } from "./secret.ts";
import type { Auth } from "./system-definition.ts";

/**
 * `Authorization: Bearer …` (RFC 6750).
 *
 * @throws {WaybillError} `bad-definition` when the token is not a secret.
 * @example system("books", { baseUrl, auth: bearer(secret("BOOKS_TOKEN")) })
 */
export function bearer(token: Secret): Auth {
  checkSecret(declared("bearer()"), "its token", token);
  return Object.freeze({ kind: "bearer", token });
}

/**
 * `Authorization: Basic …` (RFC 7617).
 *
 * @throws {WaybillError} `bad-definition` when the password is not a secret, or the user has a colon.
 * @example basic("waybill", secret("BOOKS_PASSWORD"))
 */
export function basic(user: string | Secret, password: Secret): Auth {
  const thing = declared("basic()");
  if (isSecret(user)) checkSecret(thing, "its user", user);
  else {
    checkText(thing, "its user", user);
    if (user.includes(":")) refuse(thing, "its user has a colon, which separates user and password on the way.");
  }
  checkSecret(thing, "its password", password);
  return Object.freeze({ kind: "basic", user, password });
}

/** Where an API key goes: into a header or a query parameter of this name. */
export type ApiKeyPlace = { header: string; query?: never } | { query: string; header?: never };

/**
 * A key in a header, `X-API-Key` by default, or in a query parameter.
 *
 * @throws {WaybillError} `bad-definition` when the key is not a secret, or its place is not named.
 * @example
 * apiKey(secret("MAPS_KEY"))
 * apiKey(secret("MAPS_KEY"), { query: "key" })
 */
export function apiKey(key: Secret, place: ApiKeyPlace = { header: "X-API-Key" }): Auth {
  const thing = declared("apiKey()");
  checkSecret(thing, "its key", key);
  checkOptions(thing, place, { header: true, query: true });
  if (place.header !== undefined && place.query !== undefined) {
    refuse(thing, "the key would go into a header and the query.", "Name one place.");
  }
  const where = place.query === undefined ? "header" : "query";
  const name = place.query ?? place.header;
  checkText(thing, where, name, 'Such as { header: "X-API-Key" } or { query: "key" }.');
  return Object.freeze({ kind: "apiKey", in: where, name: name as string, key });
}
