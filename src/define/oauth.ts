import {
  checkFunction,
  checkOneOf,
  checkOptions,
  checkRequired,
  checkText,
  type Declared,
  declared,
  refuse,
  shown,
} from "../model/options.ts";
import { namesPrivateAddress } from "./base-url.ts";
import { checkSecret, isSecret, type Secret } from "./secret.ts";
import type { Auth } from "./system-definition.ts";
import type { TokenStore } from "./token-store.ts";

// OAuth 2 (RFC 6749): a client shows who it is at a token endpoint and gets a token that is good for a while.

interface ClientOptions {
  /** Where tokens are given: https, or http on this machine's own loopback address. */
  tokenUrl: string;
  clientId: string | Secret;
  /** What is asked for, as the server names it: text with spaces, or a list. */
  scope?: string | readonly string[];
  /** Where the client's id and secret stand: in a header of HTTP Basic, which every server must know (the default), or in the body. */
  credentialsIn?: "header" | "body";
  /** Further fields of every token request, such as `audience` or `resource`. */
  tokenFields?: Readonly<Record<string, string>>;
}

export interface ClientCredentialsOptions extends ClientOptions {
  clientSecret: Secret;
}

export interface OauthOptions extends ClientOptions {
  /** Left out for a public client, which has none. */
  clientSecret?: Secret;
  /** Where a person consents; needed for `waybill connect`. */
  authorizeUrl?: string;
  /** Further fields of the address where a person consents, such as `{ access_type: "offline", prompt: "consent" }`. */
  authorizeFields?: Readonly<Record<string, string>>;
  /** The loopback address that the server sends the browser back to, as it is registered there; a free port by default. */
  redirectUrl?: string;
  /** A refresh token from elsewhere to begin with. What it is exchanged for is kept sealed in the ledger. */
  refreshToken?: Secret;
  /** Keeps tokens in a place of your own, instead of sealed in the ledger. */
  tokens?: TokenStore;
}

const clientKnown = { tokenUrl: true, clientId: true, scope: true, credentialsIn: true, tokenFields: true } as const;
const credentialsKnown = { ...clientKnown, clientSecret: true } satisfies Record<keyof ClientCredentialsOptions, true>;
const oauthKnown = {
  ...clientKnown,
  clientSecret: true,
  authorizeUrl: true,
  authorizeFields: true,
  redirectUrl: true,
  refreshToken: true,
  tokens: true,
} satisfies Record<keyof OauthOptions, true>;

export type OauthAuth = Extract<Auth, { kind: "oauth" }>;

/**
 * OAuth 2 for a machine that speaks for itself: a token for a client's id and secret (RFC 6749, 4.4).
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown, missing or cannot be.
 * @example
 * clientCredentials({ tokenUrl: "https://login.example/token", clientId: "waybill", clientSecret: secret("CRM_CLIENT_SECRET") })
 */
export function clientCredentials(options: ClientCredentialsOptions): Auth {
  const thing = declared("clientCredentials()");
  checkOptions(thing, options, credentialsKnown);
  checkRequired(thing, options, {
    tokenUrl: urlHint,
    clientId: idHint,
    clientSecret: 'Such as secret("CRM_CLIENT_SECRET").',
  });
  checkSecret(thing, "clientSecret", options.clientSecret);
  return Object.freeze({
    ...clientOf(thing, options),
    grant: "client-credentials",
    clientSecret: options.clientSecret,
  });
}

/**
 * OAuth 2 for an account whose owner has consented, in the browser (`waybill connect NAME`) or elsewhere. Access tokens are asked for as they are
 * needed; refresh tokens that are given are kept sealed in the ledger with the key in `WAYBILL_KEY`.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown, missing or cannot be.
 * @example
 * oauth({
 *   authorizeUrl: "https://login.xero.com/identity/connect/authorize",
 *   tokenUrl: "https://identity.xero.com/connect/token",
 *   clientId: secret("XERO_CLIENT_ID"),
 *   clientSecret: secret("XERO_CLIENT_SECRET"),
 *   scope: "accounting.transactions offline_access",
 *   redirectUrl: "http://localhost:8912/",
 * })
 */
export function oauth(options: OauthOptions): Auth {
  const thing = declared("oauth()");
  checkOptions(thing, options, oauthKnown);
  checkRequired(thing, options, { tokenUrl: urlHint, clientId: idHint });
  if (options.clientSecret !== undefined) checkSecret(thing, "clientSecret", options.clientSecret);
  if (options.refreshToken !== undefined) checkSecret(thing, "refreshToken", options.refreshToken);
  const { tokens } = options;
  if (tokens !== undefined) checkStore(thing, tokens);
  const noWay = options.authorizeUrl === undefined && options.refreshToken === undefined && tokens === undefined;
  if (noWay) {
    const hint = "Give authorizeUrl, for `waybill connect`; or refreshToken, or tokens: { load, save }.";
    refuse(thing, "there is no way to a first token.", hint);
  }
  return Object.freeze({
    ...clientOf(thing, options),
    grant: "refresh-token",
    clientSecret: options.clientSecret,
    authorizeUrl:
      options.authorizeUrl === undefined ? undefined : endpointOf(thing, "authorizeUrl", options.authorizeUrl),
    authorizeFields: fieldsOf(thing, "authorizeFields", options.authorizeFields),
    redirectUrl: options.redirectUrl === undefined ? undefined : redirectOf(thing, options.redirectUrl),
    refreshToken: options.refreshToken,
    tokens,
  });
}

const urlHint = 'Where the server gives tokens, such as "https://login.example/oauth/token".';
const idHint = "As the server registered this client; it may be a secret.";

function clientOf(thing: Declared, options: ClientOptions) {
  const { clientId, credentialsIn = "header" } = options;
  if (isSecret(clientId)) checkSecret(thing, "clientId", clientId);
  else checkText(thing, "clientId", clientId, idHint);
  checkOneOf(thing, "credentialsIn", credentialsIn, ["header", "body"]);
  return {
    kind: "oauth",
    tokenUrl: endpointOf(thing, "tokenUrl", options.tokenUrl),
    clientId,
    scope: scopeOf(thing, options.scope),
    credentialsIn,
    tokenFields: fieldsOf(thing, "tokenFields", options.tokenFields),
  } as const;
}

function scopeOf(thing: Declared, scope: unknown): string | undefined {
  if (scope === undefined || typeof scope === "string") return scope;
  if (Array.isArray(scope) && scope.every((one) => typeof one === "string")) return scope.join(" ");
  refuse(thing, `scope is ${shown(scope)}, and text or a list of texts is expected.`);
}

/** Fields that this library sets itself, each to what the standard wants there. */
const ownFields = new Set(
  "grant_type code code_verifier code_challenge code_challenge_method client_id client_secret refresh_token redirect_uri response_type scope state".split(
    " ",
  ),
);

function fieldsOf(thing: Declared, name: string, fields: unknown): Readonly<Record<string, string>> {
  if (fields === undefined) return {};
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    refuse(thing, `${name} is ${shown(fields)}, and an object of texts is expected.`);
  for (const [field, value] of Object.entries(fields)) {
    if (ownFields.has(field)) refuse(thing, `${name} holds "${field}", which Waybill sets itself.`, "Leave it out.");
    if (typeof value !== "string") refuse(thing, `${name}.${field} is ${shown(value)}, and text is expected.`);
  }
  return Object.freeze({ ...fields });
}

/** Whoever listens on the way to this address could take the account. */
function endpointOf(thing: Declared, name: string, given: unknown): URL {
  checkText(thing, name, given, urlHint);
  if (!URL.canParse(given as string)) refuse(thing, `${name} is ${shown(given)}, which is not a URL.`, urlHint);
  const url = new URL(given as string);
  if (url.username !== "" || url.password !== "")
    refuse(thing, `${name} holds credentials, which would end up in logs.`, "They have options of their own here.");
  if (url.hash !== "") refuse(thing, `${name} ${shown(given)} has a fragment, which is never sent.`, "Leave it out.");
  if (url.protocol === "https:" || (url.protocol === "http:" && namesPrivateAddress(url) && isLoopback(url)))
    return url;
  refuse(thing, `${name} is ${shown(given)}, and what is sent there must be encrypted.`, "It begins with https://.");
}

function redirectOf(thing: Declared, given: unknown): URL {
  const hint = 'Such as "http://localhost:8912/callback": the machine that the browser runs on (RFC 8252, 7.3).';
  checkText(thing, "redirectUrl", given, hint);
  if (!URL.canParse(given as string)) refuse(thing, `redirectUrl is ${shown(given)}, which is not a URL.`, hint);
  const url = new URL(given as string);
  if (url.protocol !== "http:" || !isLoopback(url) || url.search !== "" || url.hash !== "")
    refuse(thing, `redirectUrl is ${shown(given)}, which is no plain loopback address.`, hint);
  return url;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function checkStore(thing: Declared, tokens: unknown): void {
  const hint = "Give tokens: { load, save }, both functions.";
  if (typeof tokens !== "object" || tokens === null) refuse(thing, `tokens is ${shown(tokens)}.`, hint);
  checkOptions(thing, tokens, { load: true, save: true }, "tokens");
  checkRequired(thing, tokens, { load: hint, save: hint }, "tokens");
  const { load, save } = tokens as TokenStore;
  checkFunction(thing, "tokens.load", load);
  checkFunction(thing, "tokens.save", save);
}
