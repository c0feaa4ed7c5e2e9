import { habitsOf } from "../define/senders.ts";
import type { WebhookDefinition } from "../define/source.ts";
import { said, WaybillError } from "../model/errors.ts";
import { clientAddress } from "../sources/client-address.ts";
import { type Feed, webhookFeeds } from "../sources/feeds.ts";
import { PaypalCertificates } from "../sources/paypal-certificates.ts";
import type { RequestHeaders } from "../sources/proof.ts";
import { type RefusedDelivery, receive, wrongAddress } from "../sources/webhook.ts";
import { isWithin } from "../world/addresses.ts";
import type { ArrivedBody, PlainAnswer } from "../world/http-server.ts";
import type { AppParts } from "./parts.ts";
import { problem, problemOf } from "./problem.ts";
import { requestHead } from "./refusal-sample.ts";
import type { Refusals } from "./refusals.ts";
import { acknowledgement } from "./respond.ts";

/** Reads a body, never further than the limit. */
export type ReadBody = (bytesMax: number) => Promise<ArrivedBody>;

/** What is known of a delivery before its body is read. */
export interface Announced {
  readonly headers: RequestHeaders;
  /** With its `?`, or `""`. */
  readonly query: string;
  /** Of whoever connected, where the server knows it. */
  remoteAddress(): string | undefined;
}

/** Takes one delivery. The one place that decides about it, whichever way it came in. */
export type TakeDelivery = (announced: Announced, body: ReadBody) => Promise<PlainAnswer>;

const complaintsMax = 20;
const tellEveryMs = 60_000;

/** What every webhook's path takes, by path. What is not durable is never acknowledged. */
export function webhooksOf(parts: AppParts, refusals: Refusals): ReadonlyMap<string, TakeDelivery> {
  const definitions = [...parts.integrations.values()].map(({ definition }) => definition);
  const certificates = new PaypalCertificates(parts.world);
  return new Map(
    webhookFeeds(definitions).map((feed) => [feed.source.path, taking(feed, parts, refusals, certificates)]),
  );
}

function taking(
  feed: Feed<WebhookDefinition>,
  parts: AppParts,
  refusals: Refusals,
  certificates: PaypalCertificates,
): TakeDelivery {
  const { source } = feed;
  const { verify } = source;
  const { intake, secrets, world, emit } = parts;
  const integrations = feed.integrations.map(({ name }) => name);
  const secretOf = (name: string): string | undefined => secrets.optional(name);

  const { emptyRefusals = false } = habitsOf(verify);
  const asksFor = verify.kind === "password" ? { "www-authenticate": 'Basic realm="waybill", charset="UTF-8"' } : {};

  function refused(
    { status, reason, message }: RefusedDelivery,
    announced: Announced,
    sample: Uint8Array | string,
  ): PlainAnswer {
    const { headers, query } = announced;
    const head = (): string => requestHead(source.path, query, addressOf(announced), headers);
    refusals.add({ source: feed.name, integrations, reason, detail: message, head, sample });
    const answer = problem(status, reason, message, undefined, status === 401 ? { headers: asksFor } : {});
    return emptyRefusals ? { status, headers: {}, body: "" } : answer;
  }

  const complaints = new Set<string>();
  /** Once for each: a sender that comes a thousand times an hour need not say it as often. */
  function complain(what: string): void {
    if (complaints.has(what) || complaints.size >= complaintsMax) return;
    complaints.add(what);
    emit({ event: "respond.ignored", source: feed.name, why: what });
  }

  let toldAtMs = Number.NEGATIVE_INFINITY;
  /** Not of each: anybody may ask. */
  function tell(what: string): void {
    const now = world.clock.monotonic();
    if (now - toldAtMs < tellEveryMs) return;
    toldAtMs = now;
    emit({ event: "source.handshake", source: feed.name, what });
  }

  function notArrived(kind: "too-large" | "too-slow" | "broken", announced: Announced): PlainAnswer {
    if (kind === "too-large") {
      const message = `The body has more than ${source.bodyBytesMax} bytes; no more are taken here.`;
      return refused({ kind: "refused", status: 413, reason: "too-large", message }, announced, "");
    }
    const message = kind === "too-slow" ? "The body took too long to arrive." : "The body did not arrive whole.";
    return refused({ kind: "refused", status: 400, reason: "unreadable", message }, announced, "");
  }

  function failed(error: unknown): PlainAnswer {
    if (error instanceof WaybillError && error.code.startsWith("ledger-")) return problemOf(error, secrets.redact);
    const code = error instanceof WaybillError ? error.code : "failed";
    emit({ event: "intake.failed", source: feed.name, code, why: said(error) });
    // It may be mended on our side, so the sender shall come again; it is told nothing of our configuration.
    return problem(503, "unavailable", "This webhook cannot take anything now.");
  }

  function addressOf({ headers, remoteAddress }: Announced): string | undefined {
    return clientAddress(remoteAddress(), headers["x-forwarded-for"], parts.trustedProxies);
  }

  /** The sender whose address may not send; undefined when it may. */
  function addressRefused(announced: Announced): RefusedDelivery | undefined {
    if (source.from === undefined) return undefined;
    const address = addressOf(announced);
    return address !== undefined && isWithin(address, source.from) ? undefined : wrongAddress(address);
  }

  return async (announced, body) => {
    try {
      const { headers, query } = announced;
      const stranger = addressRefused(announced);
      if (stranger !== undefined) return refused(stranger, announced, "");
      const arrived = await body(source.bodyBytesMax);
      if (arrived.kind !== "whole") return notArrived(arrived.kind, announced);
      const { bytes } = arrived;
      const certificate = verify.kind === "paypal" ? await certificates.of(verify, headers) : undefined;
      const received = receive(source, { headers, query, body: bytes, certificate }, secretOf, world.clock.now());
      if (received.kind === "refused") return refused(received, announced, bytes);
      if (received.kind === "handshake") {
        tell(received.what);
        return received.answer;
      }
      const taken = await intake.take(feed, received.items);
      if (taken.kind !== "taken") throw new WaybillError("ledger-failed", "What came was not taken.");
      return acknowledgement(taken.items, source.respond, complain);
    } catch (error) {
      return failed(error);
    }
  };
}
