import { declared } from "../model/options.ts";
import type { HmacScheme, SenderName, Verifier } from "./proof.ts";
import { signedContent } from "./signed-content.ts";
import type { WebhookAnswer } from "./source.ts";

// The senders that Waybill knows by name: how each signs, and what it expects of whoever takes its deliveries. A row is what the sender's own page
// says, which was read in November 2026 unless the row says otherwise; docs/sources.md names the pages, and what no page says.

/** What a sender does and expects besides its signature. */
export interface Habits {
  /** The delivery's own id, the same when it is sent again. */
  readonly delivery?: { readonly header: string } | { readonly field: string };
  /** The list in the body whose items are the records; `""` when the body itself is that list. */
  readonly split?: string;
  /** What it wants instead of 202 and `{"record", "state"}`. */
  readonly respond?: Readonly<WebhookAnswer>;
  /** It wants no body in any answer, refusals included. */
  readonly emptyRefusals?: true;
  /** It also sends HTML forms, whose fields become the record's. */
  readonly forms?: true;
  /** It asks first whether this address is meant to be called. */
  readonly handshake?: "slack" | "graph";
}

const empty = (status: number): WebhookAnswer => ({ status, body: "" });

/**
 * - `standard`: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * - `github`: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * - `stripe`: https://docs.stripe.com/webhooks#replay-attacks; any 2xx; an event sent again has the same `id` and a new signature.
 * - `shopify`: https://shopify.dev/docs/apps/build/webhooks/verify-deliveries; any 2xx within 5 s; `X-Shopify-Webhook-Id` detects duplicates.
 * - `slack`: https://docs.slack.dev/authentication/verifying-requests-from-slack, https://api.slack.com/events/url_verification; 2xx within 3 s. What
 *   answers a command or a button is shown to the person who pressed it, so the answer is empty.
 * - `xero`: https://developer.xero.com/documentation/webhooks/configuring-your-server; 200 without a body within 5 s, and 401 for a wrong signature,
 *   which its "intent to receive" tries out with deliveries that have no events.
 * - `hubspot`: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation; the body is a list of events.
 *   Its `eventId` "is not guaranteed to be unique", so it is no delivery id.
 * - `twilio`: https://www.twilio.com/docs/usage/security#validating-requests; what answers a call or a message is read as TwiML, so the answer is an
 *   empty one.
 * - `paypal`: https://developer.paypal.com/api/rest/webhooks/rest/; any 2xx, otherwise 25 times over 3 days.
 * - `square`: https://developer.squareup.com/docs/webhooks/step3validate; any 2xx; `event_id` is "the generated idempotency value".
 * - `zendesk`: https://developer.zendesk.com/documentation/webhooks/verifying/ and …/anatomy-of-a-webhook-request.
 * - `graph`: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks; 202 within 10 s; `value` is the list of notifications.
 */
const habits: Readonly<Record<SenderName, Habits>> = {
  standard: { delivery: { header: "webhook-id" } },
  github: { delivery: { header: "x-github-delivery" } },
  stripe: { delivery: { field: "id" } },
  shopify: { delivery: { header: "x-shopify-webhook-id" } },
  slack: { delivery: { field: "event_id" }, respond: empty(200), forms: true, handshake: "slack" },
  xero: { split: "events", respond: empty(200), emptyRefusals: true },
  hubspot: { split: "" },
  twilio: {
    delivery: { header: "i-twilio-idempotency-token" },
    respond: { status: 200, headers: { "content-type": "text/xml" }, body: "<Response/>" },
    forms: true,
  },
  paypal: { delivery: { field: "id" } },
  square: { delivery: { field: "event_id" } },
  zendesk: { delivery: { header: "x-zendesk-webhook-invocation-id" } },
  graph: { split: "value", respond: empty(202), handshake: "graph" },
};

const none: Habits = {};

/** The habits of whoever signs like this; none where it is nobody in particular. */
export function habitsOf(verifier: Verifier): Habits {
  return verifier.kind === "unverified" || verifier.sender === undefined ? none : habits[verifier.sender];
}

/** The senders that sign by an HMAC in a header. */
export type HmacSender = Exclude<SenderName, "twilio" | "paypal" | "graph">;

const thing = declared("senders");
const body = signedContent(thing, "{body}");
const whole = (prefix = ""): HmacScheme["written"] => ({ as: "whole", prefix });
/** What most of them have in common. */
const usual = { algorithm: "sha256", encoding: "base64", written: whole(), time: undefined, key: "text" } as const;

/** How each of them signs, by the pages named above. */
export const schemes: Readonly<Record<HmacSender, HmacScheme>> = {
  standard: {
    ...usual,
    header: "webhook-signature",
    written: { as: "list", prefix: "v1," },
    signed: signedContent(thing, "{header.webhook-id}.{time}.{body}"),
    time: { header: "webhook-timestamp", format: "seconds" },
    key: "standard",
  },
  github: { ...usual, header: "x-hub-signature-256", encoding: "hex", written: whole("sha256="), signed: body },
  stripe: {
    ...usual,
    header: "stripe-signature",
    encoding: "hex",
    written: { as: "pairs", signature: "v1", time: "t" },
    signed: signedContent(thing, "{time}.{body}"),
    time: { header: undefined, format: "seconds" },
  },
  shopify: { ...usual, header: "x-shopify-hmac-sha256", signed: body },
  slack: {
    ...usual,
    header: "x-slack-signature",
    encoding: "hex",
    written: whole("v0="),
    signed: signedContent(thing, "v0:{time}:{body}"),
    time: { header: "x-slack-request-timestamp", format: "seconds" },
  },
  xero: { ...usual, header: "x-xero-signature", signed: body },
  hubspot: {
    ...usual,
    header: "x-hubspot-signature-v3",
    signed: [{ kind: "text", text: "POST" }, { kind: "hubspot-url" }, { kind: "body" }, { kind: "time" }],
    time: { header: "x-hubspot-request-timestamp", format: "milliseconds" },
  },
  square: { ...usual, header: "x-square-hmacsha256-signature", signed: signedContent(thing, "{url}{body}") },
  zendesk: {
    ...usual,
    header: "x-zendesk-webhook-signature",
    signed: signedContent(thing, "{time}{body}"),
    time: { header: "x-zendesk-webhook-signature-timestamp", format: "iso" },
  },
};
