import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { isPerPath } from "../define/webhook.ts";
import { said, WaybillError } from "../model/errors.ts";
import { mountApi } from "./api.ts";
import { arrivedBody } from "./body.ts";
import { mountAssets, mountDashboard } from "./dashboard/dashboard.ts";
import { isForPeople, telling } from "./dashboard/fault.ts";
import { seeing as seeingWith } from "./dashboard/frame.ts";
import { mountSignIn, redirect, toSignIn } from "./dashboard/sign-in.ts";
import { Tickets } from "./forms.ts";
import { admit, tokensOf } from "./guard.ts";
import { healthOf } from "./health.ts";
import type { AppParts } from "./parts.ts";
import { isExpected, jsonAnswer, problem, problemOf, responseOf } from "./problem.ts";
import { Refusals } from "./refusals.ts";
import { type Routes, routesOn, type Wire } from "./routes.ts";
import { scraping } from "./scrape.ts";
import { WebhookPaths } from "./webhook-paths.ts";
import { type TakeDelivery, webhooksOf } from "./webhooks.ts";
import { WrongTokens } from "./wrong-tokens.ts";

export type { AppParts } from "./parts.ts";

export interface App {
  /**
   * Answers one request: webhooks, operations API, health, metrics, page. Never rejects.
   *
   * @param remoteAddress of whoever connected, where the server knows it. Without it and without a token, only webhooks and `/healthz` are answered:
   * inside a server of the user's own nobody knows who asks.
   */
  fetch(request: Request, remoteAddress?: string): Promise<Response>;
  /** What takes the deliveries to this path, for a server that need not make a Request of each. Paths are compared letter by letter. */
  webhook(path: string): TakeDelivery | undefined;
  /** Whether the pages and the API ask for a token. @throws {WaybillError} `secret-missing` when they should, and it is not set. */
  asksForToken(): boolean;
  /** Writes the refusals that are still to be counted. */
  flush(): Promise<void>;
  /** Ends the connections of pages that follow what happens: before a stop, which would wait for them. They come again by themselves. */
  letGo(): void;
}

/** The server without a socket: mounts in Waybill's own listener and in any server that speaks web-standard requests. */
export function createApp(parts: AppParts): App {
  const { ledger, secrets, world } = parts;
  const refusals = new Refusals(ledger, world.clock, parts.emit, secrets.redact);
  const webhooks = webhooksOf(parts, refusals);
  const paths = new WebhookPaths<TakeDelivery>();
  for (const [path, take] of webhooks) paths.add(path, take);
  const mounted = mountedAt(parts.server.publicUrl, (path) => paths.find(path) !== undefined);
  const guarded = { ...parts, wrongTokens: new WrongTokens(world.clock) };
  const tickets = new Tickets(world.clock, () => tokensOf(parts).operator);
  const seeing = seeingWith(world.clock, tickets);
  const tell = telling(seeing);
  const app = new Hono<Wire>();
  const routes = routesOn(app, tell);

  // Not to set for other people's domains: whether there is TLS, and for which names, is theirs to say. With "no-referrer" browsers would not say either from
  // where a form of our own pages comes (Fetch Standard, "append a request Origin header").
  app.use(secureHeaders({ strictTransportSecurity: false, referrerPolicy: "same-origin", xFrameOptions: "DENY" }));

  // Open to all.
  const health = healthOf(ledger, world.clock);
  routes.get("/healthz", async () => responseOf(jsonAnswer(200, { ok: true, ledger: await health() })));
  for (const [path, take] of webhooks) {
    routes.post(path, async ({ request, remoteAddress, param }) => {
      const headers = Object.fromEntries(request.headers);
      const tenant = isPerPath(path) ? param("tenant") : undefined;
      const announced = { headers, query: queryOf(request.url), remoteAddress: () => remoteAddress, tenant };
      return responseOf(await take(announced, (bytesMax) => arrivedBody(request, bytesMax)));
    });
  }

  mountSignIn(routes, guarded, { seeing, tell });
  mountAssets(routes);

  // Everything else, what does not exist included, is for those who may.
  app.use(async (context, next) => {
    const request = context.req.raw;
    const admission = admit(guarded, request, context.env?.remoteAddress);
    if ("refusal" in admission) {
      const { refusal, visitor } = admission;
      const signsIn = refusal.status === 401 && request.method === "GET" && isForPeople(request);
      return signsIn ? toSignIn(request) : tell(request, visitor, refusal);
    }
    context.set("visitor", admission.visitor);
    await next();
    context.res.headers.set("cache-control", "no-store");
    return undefined;
  });
  mountApi(routes, parts, refusals);
  mountProbes(routes, parts, refusals);
  const live = mountDashboard(routes, parts, { tickets, seeing, flush: () => refusals.flush() });

  app.notFound(({ req, get }) => {
    const message = `There is nothing at ${secrets.redact(req.path).slice(0, 200)}.`;
    return tell(req.raw, get("visitor"), problem(404, "unknown-path", message));
  });
  app.onError((error, { req, get }) => {
    if (!isExpected(error))
      parts.emit({ event: "server.failed", method: req.method, path: req.path, why: said(error) });
    return tell(req.raw, get("visitor"), problemOf(error, secrets.redact));
  });

  return {
    async fetch(request, remoteAddress) {
      const within = mounted(request);
      return within instanceof Response ? within : app.fetch(within, { remoteAddress });
    },
    webhook(path) {
      const found = paths.find(path);
      if (found?.tenant === undefined) return found?.take;
      const { take, tenant } = found;
      return (announced, body) => take({ ...announced, tenant }, body);
    },
    asksForToken: () => Object.values(tokensOf(parts)).some((token) => token !== undefined),
    flush: () => refusals.flush(),
    letGo: () => live.end(),
  };
}

/**
 * Takes the path of the public address off, where a request still has it: mounted in a program of the user's own, or behind a proxy, under a path. Without a
 * slash at its end, the addresses in the page would lead beside it.
 *
 * @param isWebhook whether a path is one that a sender was given: it may begin like the public address, and means what it says.
 */
function mountedAt(
  publicUrl: string | undefined,
  isWebhook: (path: string) => boolean,
): (request: Request) => Request | Response {
  const base = publicUrl === undefined ? "" : new URL(publicUrl).pathname.replace(/\/+$/, "");
  if (base === "") return (request) => request;
  return (request) => {
    const url = new URL(request.url);
    if (isWebhook(url.pathname)) return request;
    if (url.pathname === base) return redirect(`${base}/${url.search}`);
    if (!url.pathname.startsWith(`${base}/`)) return request;
    url.pathname = url.pathname.slice(base.length);
    return new Request(url, request);
  };
}

/** As it stands in the address: a signature may be over it letter by letter. */
function queryOf(url: string): string {
  const [address = ""] = url.split("#", 1);
  const at = address.indexOf("?");
  return at < 0 ? "" : address.slice(at);
}

/** Readiness and metrics. */
function mountProbes(routes: Routes, parts: AppParts, refusals: Refusals): void {
  const { ledger } = parts;

  routes.get("/readyz", async () => {
    if (!ledger.facts.owner) throw new WaybillError("not-running", "This process does not run the integrations.");
    await ledger.probe();
    return responseOf(jsonAnswer(200, { ok: true, ledger: ledger.facts.address }));
  });
  const scrape = scraping(parts, () => refusals.flush());
  routes.get("/metrics", ({ request }) => scrape(request.headers.get("accept")));
}
