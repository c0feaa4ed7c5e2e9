import type { Auth, SystemDefinition } from "../define/system.ts";
import { WaybillError } from "../model/errors.ts";
import { fillJson } from "./json-text.ts";
import type { StoredRequest, StoredText } from "./port.ts";
import { badInHeader } from "./request.ts";
import type { Secrets } from "./secrets.ts";
import { fillForm, queryEncoded } from "./target.ts";

// From what is stored to the bytes of this one attempt: secrets by value, auth, and the headers that say how to read it.

export interface Wire {
  readonly origin: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | undefined;
}

const contentTypes = {
  json: "application/json",
  form: "application/x-www-form-urlencoded",
  text: "text/plain; charset=utf-8",
  base64: "application/octet-stream",
} as const satisfies Record<NonNullable<StoredRequest["body"]>["kind"], string>;

export const userAgent = "waybill";

/**
 * What goes over the wire, all but what `signed` adds to it.
 *
 * @param at where it goes instead, on the same host: a path with its query.
 * @param token of OAuth, where that is how it says who it is.
 * @throws {WaybillError} `secret-missing`.
 */
export function wireOf(
  system: SystemDefinition,
  stored: StoredRequest,
  secrets: Secrets,
  at?: string,
  token?: string,
): Wire {
  if (system.baseUrl === undefined) {
    throw new WaybillError(
      "effect-misused",
      `"${system.name}" has no baseUrl, so nothing can be sent to it.`,
      "Give the system a baseUrl, or use perform.",
    );
  }
  const base = baseOf(system.baseUrl);
  const secretOf = (name: string): string => secrets.value(name);
  const given = (text: StoredText): string | undefined =>
    typeof text === "string"
      ? text
      : text.optional === true
        ? secrets.optional(text.secret)
        : secrets.value(text.secret);

  let path = at ?? base.path + stored.path;
  if (path === "") path = "/";
  let separator = path.includes("?") ? "&" : "?";
  // A redirect often repeats the query that it got.
  const repeated = at === undefined ? undefined : new URLSearchParams(at.split("?", 2)[1]);
  const addQuery = (name: string, value: string): void => {
    if (repeated?.has(name) === true) return;
    path += `${separator}${queryEncoded(name)}=${queryEncoded(value)}`;
    separator = "&";
  };
  for (const [name, value] of at === undefined ? stored.query : []) {
    const text = given(value);
    if (text !== undefined) addQuery(name, text);
  }

  const headers: string[] = [];
  let declares = 0;
  for (const [name, value] of stored.headers) {
    const text = given(value);
    if (text === undefined) continue;
    headers.push(name, text);
    if (name === "accept") declares |= 1;
    else if (name === "content-type") declares |= 2;
    else if (name === "user-agent") declares |= 4;
    else if (name === "authorization") declares |= 8;
  }
  if ((declares & 1) === 0) headers.push("accept", "application/json");
  if ((declares & 2) === 0 && stored.body !== undefined) headers.push("content-type", contentTypes[stored.body.kind]);
  if ((declares & 4) === 0) headers.push("user-agent", userAgent);
  if (system.auth !== undefined && (declares & 8) === 0) authorize(system.auth, secrets, token, headers, addQuery);
  checkSendable(system, headers);
  return { origin: base.origin, path, headers, body: bodyOf(stored.body, secretOf) };
}

/** What `undici` would refuse as well, without a word on whose fault it is: the other values were checked when the request was prepared. */
function checkSendable(system: SystemDefinition, headers: readonly string[]): void {
  for (let at = 1; at < headers.length; at += 2) {
    if (!badInHeader.test(headers[at] ?? "")) continue;
    throw new WaybillError(
      "secret-missing",
      `The header ${headers[at - 1]} of "${system.name}" would hold a line break or a character that no header may hold: its secret cannot be right.`,
      "Look at the secret's value: one secret, on one line, without quotes around it.",
    );
  }
}

function bodyOf(body: StoredRequest["body"], secretOf: (name: string) => string): string | Uint8Array | undefined {
  if (body === undefined) return undefined;
  if (body.kind === "base64") return Buffer.from(body.text, "base64");
  if (body.secrets === undefined) return body.text;
  return body.kind === "json"
    ? fillJson(body.text, secretOf)
    : body.kind === "form"
      ? fillForm(body.text, secretOf)
      : body.text;
}

function authorize(
  auth: Auth,
  secrets: Secrets,
  token: string | undefined,
  headers: string[],
  addQuery: (name: string, value: string) => void,
): void {
  switch (auth.kind) {
    case "bearer":
      headers.push("authorization", `Bearer ${secrets.value(auth.token.name)}`);
      break;
    case "basic": {
      const user = typeof auth.user === "string" ? auth.user : secrets.value(auth.user.name);
      const password = secrets.value(auth.password.name);
      headers.push("authorization", `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`);
      break;
    }
    case "apiKey":
      if (auth.in === "header") headers.push(auth.name.toLowerCase(), secrets.value(auth.key.name));
      else addQuery(auth.name, secrets.value(auth.key.name));
      break;
    case "oauth":
      if (token !== undefined) headers.push("authorization", `Bearer ${token}`);
      break;
    case "signed":
  }
}

/** The names of the secrets that authorize a system's requests. */
export function authSecrets(auth: Auth | undefined): readonly string[] {
  switch (auth?.kind) {
    case "bearer":
      return [auth.token.name];
    case "apiKey":
      return [auth.key.name];
    case "basic":
      return typeof auth.user === "string" ? [auth.password.name] : [auth.user.name, auth.password.name];
    case "signed":
      return Object.values(auth.secrets).map(({ name }) => name);
    case "oauth":
    case undefined:
      return [];
  }
}

interface Base {
  readonly origin: string;
  readonly path: string;
}

const bases = new WeakMap<URL, Base>();

/** A URL's parts are computed again at every reading: once per system is enough. */
function baseOf(url: URL): Base {
  let base = bases.get(url);
  if (base === undefined) {
    base = { origin: url.origin, path: url.pathname.replace(/\/$/, "") };
    bases.set(url, base);
  }
  return base;
}
