import { createHash } from "node:crypto";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Definition } from "../define/definition.ts";
import type { OptionalSecret, Secret } from "../define/secret.ts";
import { balanceOf } from "../flow/books.ts";
import type { Inboxes } from "../flow/inboxes.ts";
import type { Intake } from "../flow/intake.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Systems } from "../systems/port.ts";
import type { Secrets } from "../systems/secrets.ts";
import type { World } from "../world/transport.ts";
import { operationsApi } from "./api.ts";
import { guard } from "./guard.ts";
import { metricsText } from "./metrics.ts";
import { booksPage } from "./page.ts";
import { problem, problemOf } from "./problem.ts";
import { Refusals } from "./refusals.ts";
import { mountWebhooks } from "./webhooks.ts";

export interface AppParts {
  readonly ledger: Ledger;
  readonly integrations: ReadonlyMap<string, { readonly definition: Definition; readonly release: string }>;
  readonly intake: Intake;
  readonly inboxes: Inboxes;
  readonly systems: Systems;
  readonly secrets: Secrets;
  readonly world: World;
  readonly emit: Emit;
  readonly token: Secret | OptionalSecret | undefined;
}

export interface App {
  /**
   * Answers one request: webhooks, operations API, health, metrics, page.
   *
   * @param remoteAddress of the sender, where the server knows it. Without it and without a token, only webhooks and `/healthz` are answered.
   */
  fetch(request: Request, remoteAddress?: string): Promise<Response>;
  /** Writes the refusals that are still to be counted. */
  flush(): Promise<void>;
}

/** The server without a socket: mounts in Waybill's own listener and in any server that speaks web-standard requests. */
export function createApp(parts: AppParts): App {
  const { ledger, integrations, secrets, systems, world } = parts;
  const addresses = new WeakMap<Request, string>();
  const refusals = new Refusals(ledger, world.clock);
  const app = new Hono();
  const guarded = guard({ token: parts.token, secrets, remoteAddressOf: (request) => addresses.get(request) });

  app.use(secureHeaders({ referrerPolicy: "no-referrer", xFrameOptions: "DENY" }));
  app.get("/healthz", (context) => context.json({ ok: true }));
  mountWebhooks(app, parts, refusals);

  app.use("/v1/*", guarded);
  app.use("/readyz", guarded);
  app.use("/metrics", guarded);
  app.use("/", guarded);
  app.route("/v1", operationsApi(parts));
  app.get("/readyz", async (context) => {
    if (!ledger.facts.owner) return problem(context, 503, "not-running", "This process does not run the integrations.");
    await ledger.probe();
    return context.json({ ok: true, ledger: ledger.facts.address });
  });
  app.get("/metrics", async (context) =>
    context.text(metricsText(await balanceOf(ledger, integrations.keys(), undefined), systems.state()), 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    }),
  );
  app.get("/", async (context) => {
    const [balance, groups] = await Promise.all([
      balanceOf(ledger, integrations.keys(), undefined),
      ledger.inbox(["quarantined", "dead", "held"], undefined),
    ]);
    const page = booksPage(balance, groups);
    const hash = createHash("sha256").update(page.style).digest("base64");
    context.header(
      "content-security-policy",
      `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`,
    );
    return context.html(page.body);
  });

  app.notFound((context) => problem(context, 404, "unknown-path", `There is nothing at ${context.req.path}.`));
  app.onError((error, context) => problemOf(context, error, secrets.redact));

  return {
    async fetch(request, remoteAddress) {
      if (remoteAddress !== undefined) addresses.set(request, remoteAddress);
      return app.fetch(request);
    },
    flush: () => refusals.flush(),
  };
}
