import type { Verifier } from "../define/proof.ts";
import { habitsOf } from "../define/senders.ts";
import type { WebhookAnswer } from "../define/source.ts";

// Some senders ask first whether an address is meant to be called, and expect an answer of their own. What asks is no record.

/** Longer than any sender's question. */
const questionCharsMax = 2_000;
// Only printable ASCII goes back, as plain text that no browser takes for anything else.
const printable = /^[\x20-\x7e]+$/;

/** An answer to a sender's question, and the question in a few words. */
export interface Handshake {
  readonly what: string;
  readonly answer: Required<WebhookAnswer>;
}

/**
 * Microsoft Graph asks by `?validationToken=…` and an empty body, before it signs anything, and wants the token back within 10 seconds
 * (https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#notificationurl-validation).
 */
export function handshakeByQuery(verifier: Verifier, query: string, body: Uint8Array): Handshake | undefined {
  if (habitsOf(verifier).handshake !== "graph" || body.length > 0 || query === "") return undefined;
  return echo("validationToken", new URLSearchParams(query).get("validationToken"));
}

/** Slack asks by a signed `{"type": "url_verification", "challenge": "…"}` (https://api.slack.com/events/url_verification). */
export function handshakeByBody(verifier: Verifier, value: unknown): Handshake | undefined {
  if (habitsOf(verifier).handshake !== "slack" || typeof value !== "object" || value === null) return undefined;
  const { type, challenge } = value as { readonly type?: unknown; readonly challenge?: unknown };
  return type === "url_verification" ? echo("url_verification", challenge) : undefined;
}

function echo(what: string, text: unknown): Handshake | undefined {
  if (typeof text !== "string" || text.length > questionCharsMax || !printable.test(text)) return undefined;
  const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return { what, answer: { status: 200, headers, body: text } };
}
