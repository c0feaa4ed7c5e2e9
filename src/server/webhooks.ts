import type { Context, Hono } from "hono";
import type { WebhookDefinition } from "../define/source.ts";
import type { ItemTaken } from "../flow/intake.ts";
import { said, WaybillError } from "../model/errors.ts";
import { type Feed, webhookFeeds } from "../sources/feeds.ts";
import { receive } from "../sources/webhook.ts";
import type { AppParts } from "./app.ts";
import { bodyBytes } from "./body.ts";
import { problem, problemOf } from "./problem.ts";
import type { Refusals } from "./refusals.ts";

/** Mounts the path of every webhook. What is not durable is never acknowledged. */
export function mountWebhooks(app: Hono, parts: AppParts, refusals: Refusals): void {
  const definitions = [...parts.integrations.values()].map(({ definition }) => definition);
  for (const feed of webhookFeeds(definitions)) {
    app.post(feed.source.path, (context) => take(context, feed, parts, refusals));
    app.all(feed.source.path, (context) =>
      problem(
        context,
        405,
        "bad-usage",
        `${feed.source.path} takes POST.`,
        "This is a webhook: its sender POSTs to it.",
      ),
    );
  }
}

async function take(
  context: Context,
  feed: Feed<WebhookDefinition>,
  parts: AppParts,
  refusals: Refusals,
): Promise<Response> {
  const { source } = feed;
  const integrations = feed.integrations.map(({ name }) => name);
  const refuse = (reason: string, detail: string, sample: Uint8Array | string): void => {
    refusals.add({ source: feed.name, integrations, reason, sample });
    parts.emit({ event: "intake.refused", source: feed.name, reason, detail });
  };
  let body: Uint8Array;
  try {
    body = await bodyBytes(context.req.raw, source.bodyBytesMax);
  } catch (error) {
    if (!(error instanceof WaybillError)) return problem(context, 400, "unreadable", "The body did not arrive whole.");
    refuse("too-large", error.message, "");
    return problemOf(context, error, parts.secrets.redact);
  }
  try {
    const headers = Object.fromEntries(context.req.raw.headers);
    const received = receive(source, { headers, body }, (name) => parts.secrets.value(name), parts.world.clock.now());
    if (received.kind === "refused") {
      refuse(received.reason, received.message, body);
      return problem(context, received.status, received.reason, received.message);
    }
    const taken = await parts.intake.take(feed, received.items);
    if (taken.kind !== "taken") throw new WaybillError("ledger-failed", "What came was not taken.");
    return acknowledge(context, source, taken.items);
  } catch (error) {
    if (error instanceof WaybillError && !error.code.startsWith("ledger-")) {
      parts.emit({
        event: "intake.failed",
        source: feed.name,
        code: error.code,
        why: parts.secrets.redact(said(error)),
      });
      // The sender is told nothing of our configuration.
      return problem(context, 503, "unavailable", "This webhook cannot be taken now.");
    }
    return problemOf(context, error, parts.secrets.redact);
  }
}

/** Duplicates and quarantined records are acknowledged too: they are here, and the sender must not send them again. */
function acknowledge(context: Context, source: WebhookDefinition, items: readonly ItemTaken[]): Response {
  const records = items.flat().map(({ record, state, integration }) => ({ record, state, integration }));
  if (source.respond !== undefined) {
    try {
      const { status = 200, headers = {}, body = "" } = source.respond({ records });
      return new Response(body === "" ? null : body, { status, headers });
    } catch {
      // It is durable, whatever is wrong with the answer.
      return context.body(null, 202);
    }
  }
  const [first] = records;
  if (first === undefined) return context.json({ records }, 202);
  const { record, state } = first;
  return context.json(records.length === 1 ? { record, state } : { record, state, records }, 202);
}
