import { createHash, timingSafeEqual } from "node:crypto";
import type { AuthProxy, ServerOptions } from "../define/config.ts";
import type { OptionalSecret, Secret } from "../define/secret.ts";
import type { Secrets } from "../systems/secrets.ts";
import { isWithin } from "../world/addresses.ts";
import type { Clock } from "../world/clock.ts";
import { type Problem, problem } from "./problem.ts";
import { cookieIn, cookieName, opened } from "./sessions.ts";
import { personName, type Role, type Visitor } from "./visitor.ts";
import { addressOf, tooManyTries, type WrongTokens } from "./wrong-tokens.ts";

// Who may use the operations API and the pages.
//
// With a token: whoever has it, or has signed in with it. Without one: this machine alone, by a connection over loopback, and addressed by a name of this
// machine, so that a page from elsewhere cannot reach it by pointing its own name here (DNS rebinding). What a proxy passes on comes from elsewhere, whatever
// its connection. Inside a server of the user's own nobody knows where a request comes from, so there a token is needed. A proxy that signs people in is
// believed about who they are only where it is declared, by the address that it connects from; and what it passes on without a name, or under a name that is
// not believed, is never taken for this machine, though it may well run here.
//
// Either way a browser that acts for another site may change nothing, and neither may a viewer.

const loopbackHost = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;
const loopbackAddress = /^(::ffff:)?127\.|^::1$/;
const forwarding = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-prefix",
  "x-real-ip",
  "via",
] as const;
/** What changes nothing but who is signed in. */
const forViewersToo = "/sign-out";

export interface Guarded {
  readonly server: Pick<ServerOptions, "token" | "viewerToken" | "authProxy" | "publicUrl" | "trustedProxies">;
  readonly secrets: Secrets;
  readonly wrongTokens: WrongTokens;
  readonly world: { readonly clock: Clock };
}

/** A refusal says who asks, too, where that is known and only what he asks for is refused. */
export type Admission = { readonly visitor: Visitor } | { readonly refusal: Problem; readonly visitor?: Visitor };

/**
 * Who asks, or why this request is not answered.
 *
 * @param remoteAddress of whoever connected; undefined inside a server of the user's own.
 * @throws {WaybillError} `secret-missing` when a token is not optional and not set: nothing is open by oversight.
 */
export function admit(guarded: Guarded, request: Request, remoteAddress: string | undefined): Admission {
  const admission = admitted(guarded, request, remoteAddress);
  if ("refusal" in admission || isSafe(request)) return admission;
  const { visitor } = admission;
  if (isFromAnotherSite(request, guarded.server.publicUrl)) return { refusal: fromAnotherSite(), visitor };
  if (visitor.role === "operator" || new URL(request.url).pathname === forViewersToo) return admission;
  const hint = "An operator may: whoever signs in with server.token, or is one of the operators of server.authProxy.";
  return { refusal: problem(403, "forbidden", "A viewer may look, and change nothing.", hint), visitor };
}

function admitted(guarded: Guarded, request: Request, remoteAddress: string | undefined): Admission {
  const proxied = proxyVisitor(guarded.server.authProxy, request, remoteAddress);
  if (proxied !== undefined) return { visitor: proxied };
  const tokens = tokensOf(guarded);
  if (tokens.operator === undefined && tokens.viewer === undefined)
    return unlessLocal(request, remoteAddress, guarded.server.authProxy);
  const given = givenToken(request);
  const tried = given === undefined ? {} : tryToken(guarded, request, remoteAddress, given);
  if ("refusal" in tried) return tried;
  if (tried.role !== undefined) return { visitor: { role: tried.role, name: "token", by: "token" } };
  const cookie = cookieIn(request, cookieName);
  const visitor = opened(cookie, (of) => tokens[of], guarded.world.clock.now());
  return visitor === undefined ? { refusal: noToken(request) } : { visitor };
}

/** The tokens that are set, by what they allow. @throws {WaybillError} `secret-missing` when one should be, and is not. */
export function tokensOf({
  server,
  secrets,
}: Pick<Guarded, "server" | "secrets">): Readonly<Record<Role, string | undefined>> {
  const ofSecret = (of: Secret | OptionalSecret | undefined): string | undefined =>
    of === undefined ? undefined : of.optional ? secrets.optional(of.name) : secrets.value(of.name);
  return { operator: ofSecret(server.token), viewer: ofSecret(server.viewerToken) };
}

/** What a token allows, which whoever asks has shown: nothing where it is wrong, and not looked at where too many were. */
export function tryToken(
  guarded: Guarded,
  request: Request,
  remoteAddress: string | undefined,
  given: string,
): { readonly role?: Role } | { readonly refusal: Problem } {
  const { wrongTokens, server } = guarded;
  const from = addressOf(server, request, remoteAddress);
  const waitMs = wrongTokens.waitMs(from);
  if (waitMs > 0) return { refusal: tooManyTries(waitMs) };
  const role = roleOf(tokensOf(guarded), given);
  if (role !== undefined) return { role };
  wrongTokens.add(from, given);
  return {};
}

function roleOf(tokens: Readonly<Record<Role, string | undefined>>, given: string): Role | undefined {
  const isToken = (token: string | undefined): boolean =>
    token !== undefined && timingSafeEqual(sha256(given), sha256(token));
  return isToken(tokens.operator) ? "operator" : isToken(tokens.viewer) ? "viewer" : undefined;
}

/** Whom a proxy of the company has signed in; undefined where none has, or nobody believes it. */
function proxyVisitor(
  proxy: AuthProxy | undefined,
  request: Request,
  remoteAddress: string | undefined,
): Visitor | undefined {
  if (proxy === undefined || remoteAddress === undefined || !isWithin(remoteAddress, proxy.from)) return undefined;
  const given = headerText(request.headers.get(proxy.header) ?? "").trim();
  const name = personName(given);
  if (name === "") return undefined;
  const operators = proxy.operators ?? [];
  const role = operators === "everybody" || operators.includes(given) ? "operator" : "viewer";
  return { role, name, by: "proxy" };
}

/** A header comes as one letter for each byte; names are written in UTF-8, and in older letters only where they are no UTF-8. */
function headerText(value: string): string {
  const text = Buffer.from(value, "latin1").toString("utf8");
  return text.includes("\u{fffd}") ? value : text;
}

function unlessLocal(request: Request, remoteAddress: string | undefined, proxy: AuthProxy | undefined): Admission {
  const { headers } = request;
  const local =
    remoteAddress !== undefined &&
    loopbackAddress.test(remoteAddress) &&
    loopbackHost.test(headers.get("host") ?? new URL(request.url).host) &&
    !forwarding.some((name) => headers.has(name)) &&
    (proxy === undefined || !(headers.has(proxy.header) || isWithin(remoteAddress, proxy.from)));
  if (local) return { visitor: { role: "operator", name: "this machine", by: "machine" } };
  const hint = 'Set server.token: secret("WAYBILL_TOKEN") in the configuration, and send it as a bearer token.';
  return { refusal: problem(403, "forbidden", "Without a token this is only for the machine itself.", hint) };
}

function noToken(request: Request): Problem {
  return problem(401, "unauthorized", "This needs the token.", "Send it as Authorization: Bearer TOKEN.", {
    headers: {
      "www-authenticate": isSafe(request) ? 'Bearer realm="waybill", Basic realm="waybill"' : 'Bearer realm="waybill"',
    },
  });
}

/** A bearer token; for looking at pages also as a password, which is what programs that scrape know. */
function givenToken(request: Request): string | undefined {
  const header = request.headers.get("authorization") ?? "";
  const bearer = /^Bearer +([^ ].*)$/i.exec(header)?.[1];
  if (bearer !== undefined || !isSafe(request)) return bearer;
  const basic = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header)?.[1];
  return basic === undefined
    ? undefined
    : Buffer.from(basic, "base64")
        .toString("utf8")
        .replace(/^[^:]*:/, "");
}

/** Hashed first: equal lengths are what a comparison in constant time needs, and the token's length is nobody's business. */
function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function isSafe({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

export const fromAnotherSite = (): Problem =>
  problem(403, "forbidden", "A page of another site may not do this.", "Open the page here, and do it from there.");

/**
 * Browsers say where a request comes from; programs say nothing.
 *
 * @param publicUrl where people reach this server: a proxy may pass their requests on under a host of its own.
 */
export function isFromAnotherSite(request: Request, publicUrl: string | undefined): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = request.headers.get("origin");
  if (origin === null) return false;
  if (!URL.canParse(origin)) return true;
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return false;
  return new URL(origin).host !== (request.headers.get("host") ?? new URL(request.url).host);
}
