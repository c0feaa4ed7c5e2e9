import type { RequestHeaders } from "../sources/proof.ts";

// What is kept of a delivery that was refused, for whoever wants to know why: who sent it, which headers it had, and the beginning of its body. Of a header
// only what can be no secret is shown, of every other its length: that is enough to see that a signature is missing, cut off or under another name.

/** Headers whose value helps and gives nothing away. */
const shown = new Set([
  "accept",
  "accept-encoding",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "host",
  "paypal-auth-algo",
  "paypal-cert-url",
  "paypal-transmission-time",
  "transfer-encoding",
  "user-agent",
  "via",
  "webhook-timestamp",
  "x-forwarded-for",
  "x-hubspot-request-timestamp",
  "x-slack-request-timestamp",
  "x-zendesk-webhook-signature-timestamp",
]);
const headersMax = 40;
const valueCharsMax = 200;

/** The first lines of a request, as far as they may be seen: `POST /shop/orders from 203.0.113.7` and its headers. */
export function requestHead(path: string, query: string, address: string | undefined, headers: RequestHeaders): string {
  const where = query === "" ? path : `${path}?(${query.length - 1} characters)`;
  const lines = Object.entries(headers)
    .slice(0, headersMax)
    .map(([name, value = ""]) => `${name}: ${shown.has(name) ? value.slice(0, valueCharsMax) : lengthOf(value)}`);
  return [`POST ${where} from ${address ?? "nobody knows where"}`, ...lines].join("\n");
}

function lengthOf(value: string): string {
  return value.length === 1 ? "(1 character)" : `(${value.length} characters)`;
}
