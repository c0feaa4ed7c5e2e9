import { Hono } from "hono";
import type { Definition } from "../define/definition.ts";
import type { OptionalSecret, Secret } from "../define/secret.ts";
import type { Inboxes } from "../flow/inboxes.ts";
import type { Intake } from "../flow/intake.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { webhookFeeds } from "../sources/feeds.ts";
import { receive } from "../sources/webhook.ts";
import type { Systems } from "../systems/port.ts";
import type { Secrets } from "../systems/secrets.ts";
import type { World } from "../world/transport.ts";

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
  fetch(request: Request): Promise<Response>;
  /** Writes the refusals that are still to be counted. */
  flush(): Promise<void>;
}

export function createApp(parts: AppParts): App {
  const app = new Hono();
  app.get("/healthz", (context) => context.json({ ok: true }));
  const definitions = [...parts.integrations.values()].map(({ definition }) => definition);
  for (const feed of webhookFeeds(definitions)) {
    app.post(feed.source.path, async (context) => {
      const body = new Uint8Array(await context.req.arrayBuffer());
      const received = receive(
        feed.source,
        { headers: context.req.header(), body },
        (name) => parts.secrets.value(name),
        parts.world.clock.now(),
      );
      if (received.kind === "refused")
        return context.json({ error: { code: received.reason, message: received.message } }, received.status);
      try {
        const taken = await parts.intake.take(feed, received.items);
        const row = taken.kind === "taken" ? taken.items[0]?.[0] : undefined;
        return context.json({ record: row?.record, state: row?.state }, 202);
      } catch (error) {
        const code = error instanceof WaybillError ? error.code : "ledger-failed";
        return context.json({ error: { code, message: said(error) } }, 503, { "retry-after": "5" });
      }
    });
  }
  return { fetch: async (request) => app.fetch(request), flush: async () => undefined };
}
