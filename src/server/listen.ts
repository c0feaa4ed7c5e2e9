import { getRequestListener } from "@hono/node-server";
import { WaybillError } from "../model/errors.ts";
import { type Arriving, type HttpLimits, openHttpServer, type PlainAnswer } from "../world/http-server.ts";
import type { App } from "./app.ts";
import { problem, responseOf } from "./problem.ts";

// Waybill's own listener. Deliveries to webhooks, nearly all of its traffic, go straight from the socket to what takes them; everything else through
// the app. Both ways end in the same functions: the short one only saves making a Request and a Response of each delivery.

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes no new connection, lets what is under way finish for at most `graceMs`, and ends the rest. */
  close(graceMs?: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits?: Partial<HttpLimits>;
}

const limitsDefault: HttpLimits = {
  headersMs: 10_000,
  bodyMs: 30_000,
  // Long lists of records come at the pace at which they are taken.
  requestMs: 600_000,
  // Longer than the 60 s after which most balancers let go of an idle connection: whoever closes first must not be us.
  keepAliveMs: 65_000,
  headerBytesMax: 16_384,
  bodiesBytesMax: 256_000_000,
  connectionsMax: 10_000,
};
/** What `close` gives those whose requests are under way. */
export const closeGraceMs = 5_000;

/**
 * Listens for an app.
 *
 * @throws {WaybillError} `port-in-use`; `bad-configuration` when the address is not one of this machine, or reaches beyond it and no token is set;
 * `secret-missing` when the token is to come from the environment, and does not.
 * @example const { url, close } = await listen(assembly.app, { host: "127.0.0.1", port: 0 });
 */
export async function listen(app: App, options: ListenOptions): Promise<Listening> {
  const { host, port } = options;
  refuseOpen(app, host);
  const others = getRequestListener(
    (request, env) => app.fetch(request, env.incoming.socket.remoteAddress),
    // The user's program keeps its own Request and Response.
    {
      overrideGlobalObjects: false,
      errorHandler: () => responseOf(problem(400, "unreadable", "This is no request that can be answered.")),
    },
  );
  const server = await openHttpServer({
    host,
    port,
    first: (arriving) => delivery(app, arriving),
    others: (incoming, outgoing) => void others(incoming, outgoing),
    limits: { ...limitsDefault, ...options.limits },
  }).catch((error: NodeJS.ErrnoException) => {
    throw whyNot(error, host, port);
  });
  const named = server.address.includes(":") ? `[${server.address}]` : server.address;
  return {
    url: `http://${named}:${server.port}`,
    port: server.port,
    close: (graceMs = closeGraceMs) => server.close(graceMs),
  };
}

/**
 * Whoever can reach the server could let records go: other machines only with a token. Asked before anything runs, too.
 *
 * @throws {WaybillError} `bad-configuration` or `secret-missing`.
 */
export function refuseOpen(app: App, host: string): void {
  if (app.asksForToken() || isLoopback(host)) return;
  throw new WaybillError(
    "bad-configuration",
    `Without a token Waybill listens on this machine only, and ${host} reaches beyond it.`,
    'Set server.token: secret("WAYBILL_TOKEN") in the configuration, and the secret; or listen on 127.0.0.1.',
  );
}

function delivery(app: App, arriving: Arriving): Promise<PlainAnswer> | undefined {
  const { method, target, headers, body, remoteAddress } = arriving;
  if (method !== "POST") return undefined;
  const at = target.indexOf("?");
  const query = at < 0 ? "" : target.slice(at);
  const path = at < 0 ? target : target.slice(0, at);
  const take = app.webhook(path) ?? app.webhook(spelledOtherwise(path));
  return take?.({ headers, query, remoteAddress }, body);
}

/** The path that is meant by `/shop/%6frders` or `http://host/shop/orders`: the app would find it too, and read its body under other limits. */
function spelledOtherwise(path: string): string {
  // Two slashes would begin another host.
  if (path.startsWith("//")) return "";
  try {
    return decodeURI(new URL(path, "http://localhost").pathname);
  } catch {
    return "";
  }
}

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

function whyNot(error: NodeJS.ErrnoException, host: string, port: number): WaybillError {
  if (error.code === "EADDRINUSE") {
    return new WaybillError(
      "port-in-use",
      `Something else listens on ${host}:${port}.`,
      "Stop it, or take another port: --port N, or server.port in the configuration (0 takes a free one).",
      { cause: error },
    );
  }
  const why = error.code === "EACCES" ? "ports below 1024 need more rights" : error.message;
  const message = `Waybill cannot listen on ${host}:${port}: ${why}.`;
  return new WaybillError("bad-configuration", message, "Check server.host and server.port.", { cause: error });
}
