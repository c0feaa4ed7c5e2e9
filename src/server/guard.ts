import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { OptionalSecret, Secret } from "../define/secret.ts";
import type { Secrets } from "../systems/secrets.ts";
import { problem } from "./problem.ts";

// Who may use the operations API and the pages. With a token: whoever has it. Without one: this machine alone, addressed by a name of this machine
// (so that a page from elsewhere cannot reach it by pointing its own name here), and never a browser that acts for another site.

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);
const loopbackAddresses = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

export interface Guarded {
  readonly token: Secret | OptionalSecret | undefined;
  readonly secrets: Secrets;
  /** The address that a request came from; undefined inside a server of the user's own. */
  readonly remoteAddressOf: (request: Request) => string | undefined;
}

export function guard({ token, secrets, remoteAddressOf }: Guarded): MiddlewareHandler {
  return async (context, next) => {
    const request = context.req.raw;
    const expected = token === undefined ? undefined : secrets.optional(token.name);
    if (expected !== undefined) {
      if (isToken(request.headers.get("authorization"), expected)) return next();
      context.header("www-authenticate", 'Bearer realm="waybill"');
      return problem(context, 401, "unauthorized", "This needs the token.", "Send it as Authorization: Bearer TOKEN.");
    }
    const address = remoteAddressOf(request);
    if (address === undefined || !loopbackAddresses.has(address) || !loopbackNames.has(hostName(request))) {
      return problem(
        context,
        403,
        "forbidden",
        "Without a token this is only for the machine itself.",
        'Set server.token: secret("WAYBILL_TOKEN") in the configuration.',
      );
    }
    if (request.method !== "GET" && request.method !== "HEAD" && fromAnotherSite(request)) {
      return problem(context, 403, "forbidden", "A page of another site may not do this.");
    }
    return next();
  };
}

function isToken(header: string | null, expected: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(header ?? "")?.[1] ?? "";
  return timingSafeEqual(sha256(given), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function hostName(request: Request): string {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  return host.replace(/:\d+$/, "").toLowerCase();
}

/** Browsers say where a request comes from; programs say nothing. */
function fromAnotherSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = request.headers.get("origin");
  return origin !== null && origin !== new URL(request.url).origin;
}
