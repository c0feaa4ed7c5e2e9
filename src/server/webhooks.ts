import type { WebhookDefinition } from "../define/source.ts";
import { said, WaybillError } from "../model/errors.ts";
import { type Feed, webhookFeeds } from "../sources/feeds.ts";
import type { RequestHeaders } from "../sources/signature.ts";
import { receive } from "../sources/webhook.ts";
import type { ArrivedBody, PlainAnswer } from "../world/http-server.ts";
import type { AppParts } from "./parts.ts";
import { problem, problemOf } from "./problem.ts";
import type { Refusals } from "./refusals.ts";
import { acknowledgement } from "./respond.ts";

/** Reads a body, never further than the limit. */
export type ReadBody = (bytesMax: number) => Promise<ArrivedBody>;

/** Takes one delivery. The one place that decides about it, whichever way it came in. */
export type TakeDelivery = (headers: RequestHeaders, body: ReadBody) => Promise<PlainAnswer>;

const complaintsMax = 20;

/** What every webhook's path takes, by path. What is not durable is never acknowledged. */
export function webhooksOf(parts: AppParts, refusals: Refusals): ReadonlyMap<string, TakeDelivery> {
  const definitions = [...parts.integrations.values()].map(({ definition }) => definition);
  return new Map(webhookFeeds(definitions).map((feed) => [feed.source.path, taking(feed, parts, refusals)]));
}

function taking(feed: Feed<WebhookDefinition>, parts: AppParts, refusals: Refusals): TakeDelivery {
  const { source } = feed;
  const { intake, secrets, world, emit } = parts;
  const integrations = feed.integrations.map(({ name }) => name);
  const secretOf = (name: string): string | undefined => secrets.optional(name);

  const refuse = (reason: string, detail: string, sample: Uint8Array | string): void =>
    refusals.add({ source: feed.name, integrations, reason, detail, sample });

  const complaints = new Set<string>();
  /** Once for each: a sender that comes a thousand times an hour need not say it as often. */
  function complain(what: string): void {
    if (complaints.has(what) || complaints.size >= complaintsMax) return;
    complaints.add(what);
    emit({ event: "respond.ignored", source: feed.name, why: what });
  }

  function notArrived(kind: "too-large" | "too-slow" | "broken"): PlainAnswer {
    if (kind === "too-large") {
      const message = `The body has more than ${source.bodyBytesMax} bytes; no more are taken here.`;
      refuse("too-large", message, "");
      return problem(413, "too-large", message);
    }
    const message = kind === "too-slow" ? "The body took too long to arrive." : "The body did not arrive whole.";
    refuse("unreadable", message, "");
    return problem(400, "unreadable", message);
  }

  function failed(error: unknown): PlainAnswer {
    if (error instanceof WaybillError && error.code.startsWith("ledger-")) return problemOf(error, secrets.redact);
    const code = error instanceof WaybillError ? error.code : "failed";
    emit({ event: "intake.failed", source: feed.name, code, why: said(error) });
    // It may be mended on our side, so the sender shall come again; it is told nothing of our configuration.
    return problem(503, "unavailable", "This webhook cannot take anything now.");
  }

  return async (headers, body) => {
    try {
      const arrived = await body(source.bodyBytesMax);
      if (arrived.kind !== "whole") return notArrived(arrived.kind);
      const received = receive(source, { headers, body: arrived.bytes }, secretOf, world.clock.now());
      if (received.kind === "refused") {
        refuse(received.reason, received.message, arrived.bytes);
        return problem(received.status, received.reason, received.message);
      }
      const taken = await intake.take(feed, received.items);
      if (taken.kind !== "taken") throw new WaybillError("ledger-failed", "What came was not taken.");
      return acknowledgement(taken.items, source.respond, complain);
    } catch (error) {
      return failed(error);
    }
  };
}
