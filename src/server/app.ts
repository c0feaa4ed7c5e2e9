import { createHash } from "node:crypto";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { isPerPath } from "../define/webhook.ts";
import { balanceOf } from "../flow/books.ts";
import { said, WaybillError } from "../model/errors.ts";
import { mountApi } from "./api.ts";
import { arrivedBody } from "./body.ts";
import { refusalOf, tokenValue } from "./guard.ts";
import { healthOf } from "./health.ts";
import { booksPage } from "./page.ts";
import type { AppParts } from "./parts.ts";
import { isExpected, jsonAnswer, problem, problemOf, responseOf } from "./problem.ts";
import { Refusals } from "./refusals.ts";
import { type Routes, routesOn, type Wire } from "./routes.ts";
import { scraping } from "./scrape.ts";
import { WebhookPaths } from "./webhook-paths.ts";
import { type TakeDelivery, webhooksOf } from "./webhooks.ts";

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
}

/** The server without a socket: mounts in Waybill's own listener and in any server that speaks web-standard requests. */
export function createApp(parts: AppParts): App {
  const { ledger, secrets, world } = parts;
  const refusals = new Refusals(ledger, world.clock, parts.emit, secrets.redact);
  const webhooks = webhooksOf(parts, refusals);
  const paths = new WebhookPaths<TakeDelivery>();
  for (const [path, take] of webhooks) paths.add(path, take);
  const app = new Hono<Wire>();
  const routes = routesOn(app);

  // Not to set for other people's domains: whether there is TLS, and for which names, is theirs to say.
  app.use(secureHeaders({ strictTransportSecurity: false, referrerPolicy: "no-referrer", xFrameOptions: "DENY" }));

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

  // Everything else, what does not exist included, is for those who may.
  app.use(async (context, next) => {
    const refusal = refusalOf(parts, context.req.raw, context.env?.remoteAddress);
    if (refusal !== undefined) return responseOf(refusal);
    await next();
    context.res.headers.set("cache-control", "no-store");
    return undefined;
  });
  mountApi(routes, parts, refusals);
  mountPages(routes, parts, refusals);

  app.notFound((context) =>
    responseOf(problem(404, "unknown-path", `There is nothing at ${secrets.redact(context.req.path).slice(0, 200)}.`)),
  );
  app.onError((error, { req }) => {
    if (!isExpected(error))
      parts.emit({ event: "server.failed", method: req.method, path: req.path, why: said(error) });
    return responseOf(problemOf(error, secrets.redact));
  });

  return {
    async fetch(request, remoteAddress) {
      return app.fetch(request, { remoteAddress });
    },
    webhook(path) {
      const found = paths.find(path);
      if (found?.tenant === undefined) return found?.take;
      const { take, tenant } = found;
      return (announced, body) => take({ ...announced, tenant }, body);
    },
    asksForToken: () => tokenValue(parts.token, secrets) !== undefined,
    flush: () => refusals.flush(),
  };
}

/** As it stands in the address: a signature may be over it letter by letter. */
function queryOf(url: string): string {
  const [address = ""] = url.split("#", 1);
  const at = address.indexOf("?");
  return at < 0 ? "" : address.slice(at);
}

/** Readiness, metrics, and the page of books. */
function mountPages(routes: Routes, parts: AppParts, refusals: Refusals): void {
  const { ledger, integrations, secrets } = parts;

  routes.get("/readyz", async () => {
    if (!ledger.facts.owner) throw new WaybillError("not-running", "This process does not run the integrations.");
    await ledger.probe();
    return responseOf(jsonAnswer(200, { ok: true, ledger: ledger.facts.address }));
  });
  const scrape = scraping(parts, () => refusals.flush());
  routes.get("/metrics", ({ request }) => scrape(request.headers.get("accept")));
  routes.get("/", async () => {
    await refusals.flush();
    const [balance, groups] = await Promise.all([
      balanceOf(ledger, integrations.keys(), undefined),
      ledger.inbox(["quarantined", "dead", "held"], undefined),
    ]);
    const shown = groups.map(({ reason, ...group }) => ({ ...group, reason: reason && secrets.redact(reason) }));
    const page = booksPage(balance, shown);
    const hash = createHash("sha256").update(page.style).digest("base64");
    const policy = `default-src 'none'; style-src 'sha256-${hash}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`;
    const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
    return new Response(String(await page.body), { headers });
  });
}
