import { createHash, timingSafeEqual } from "node:crypto";
import type { OptionalSecret, Secret } from "../define/secret.ts";
import type { Secrets } from "../systems/secrets.ts";
import type { PlainAnswer } from "../world/http-server.ts";
import { problem } from "./problem.ts";

// Who may use the operations API and the pages.
//
// With a token: whoever has it. Without one: this machine alone, by a connection over loopback, and addressed by a name of this machine, so that a page
// from elsewhere cannot reach it by pointing its own name here (DNS rebinding). What a proxy passes on comes from elsewhere, whatever its connection.
// Inside a server of the user's own nobody knows where a request comes from, so there a token is needed.
//
// Either way a browser that acts for another site may change nothing.

const loopbackHost = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;
const loopbackAddress = /^(::ffff:)?127\.|^::1$/;
const forwarding = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"] as const;

export interface Guarded {
  readonly token: Secret | OptionalSecret | undefined;
  readonly secrets: Secrets;
}

/**
 * Why this request is not answered, or undefined when it is.
 *
 * @param remoteAddress of whoever connected; undefined inside a server of the user's own.
 * @throws {WaybillError} `secret-missing` when the token is not optional and not set: nothing is open by oversight.
 */
export function refusalOf(
  { token, secrets }: Guarded,
  request: Request,
  remoteAddress: string | undefined,
): PlainAnswer | undefined {
  const expected = tokenValue(token, secrets);
  const refusal = expected === undefined ? unlessLocal(request, remoteAddress) : unlessToken(request, expected);
  if (refusal !== undefined) return refusal;
  if (isSafe(request) || !isFromAnotherSite(request)) return undefined;
  return problem(403, "forbidden", "A page of another site may not do this.");
}

/** Whether a token is asked for. @throws {WaybillError} `secret-missing` when it should be, and is not set. */
export function tokenValue(token: Secret | OptionalSecret | undefined, secrets: Secrets): string | undefined {
  if (token === undefined) return undefined;
  return token.optional ? secrets.optional(token.name) : secrets.value(token.name);
}

function unlessLocal(request: Request, remoteAddress: string | undefined): PlainAnswer | undefined {
  const local =
    remoteAddress !== undefined &&
    loopbackAddress.test(remoteAddress) &&
    loopbackHost.test(request.headers.get("host") ?? new URL(request.url).host) &&
    !forwarding.some((name) => request.headers.has(name));
  if (local) return undefined;
  const hint = 'Set server.token: secret("WAYBILL_TOKEN") in the configuration, and send it as a bearer token.';
  return problem(403, "forbidden", "Without a token this is only for the machine itself.", hint);
}

function unlessToken(request: Request, expected: string): PlainAnswer | undefined {
  const given = givenToken(request);
  if (given !== undefined && timingSafeEqual(sha256(given), sha256(expected))) return undefined;
  return problem(401, "unauthorized", "This needs the token.", "Send it as Authorization: Bearer TOKEN.", {
    headers: {
      "www-authenticate": isSafe(request) ? 'Bearer realm="waybill", Basic realm="waybill"' : 'Bearer realm="waybill"',
    },
  });
}

/** A bearer token; for looking at pages also as a password, because a browser can ask for that and sends it by itself. */
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

/** Browsers say where a request comes from; programs say nothing. */
function isFromAnotherSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = request.headers.get("origin");
  if (origin === null) return false;
  return !URL.canParse(origin) || new URL(origin).host !== (request.headers.get("host") ?? new URL(request.url).host);
}
