import type { Duration } from "../model/duration.ts";
import { checkBoolean, checkOptions, declared } from "../model/options.ts";
import type { Verifier } from "./proof.ts";
import { signedBy, type ToleranceOptions } from "./verifier.ts";
import { calledUrl, type SigningSecrets, signingSecrets, toleranceMs } from "./verifier-options.ts";

// One function for each sender; senders.ts has what they share. Every one of them takes one secret, or a list while one replaces another, and throws
// `bad-definition` at once when something about it cannot be.

export interface CalledOptions {
  /** The address as it stands in the sender's settings, without its query: it is part of what is signed. */
  url: string;
}

export interface PaypalOptions {
  /** Deliveries of PayPal's sandbox instead of its live system. */
  sandbox?: boolean;
  /** How old a delivery may be; `"4d"` by default, because PayPal sends again for three days. */
  tolerance?: Duration;
}

const calledKnown = { url: true } satisfies Record<keyof CalledOptions, true>;

/**
 * Stripe: HMAC-SHA256 in hex over `time.body`, in `Stripe-Signature: t=…,v1=…` (https://docs.stripe.com/webhooks). The secret is the endpoint's
 * `whsec_…`, as it stands.
 *
 * @example webhook("/stripe", { verify: stripeWebhooks(secret("STRIPE_WEBHOOK_SECRET")) })
 */
export function stripeWebhooks(secrets: SigningSecrets, options: ToleranceOptions = {}): Verifier {
  return signedBy("stripe", "stripeWebhooks()", secrets, options);
}

/**
 * Shopify: HMAC-SHA256 in base64 over the body, in `X-Shopify-Hmac-SHA256`, with the app's client secret
 * (https://shopify.dev/docs/apps/build/webhooks/verify-deliveries). No time is signed.
 *
 * @example webhook("/shopify/orders", { verify: shopifyWebhooks(secret("SHOPIFY_CLIENT_SECRET")) })
 */
export function shopifyWebhooks(secrets: SigningSecrets): Verifier {
  return signedBy("shopify", "shopifyWebhooks()", secrets);
}

/**
 * Slack: HMAC-SHA256 in hex over `v0:time:body`, in `X-Slack-Signature`, with the app's signing secret
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack). The `url_verification` handshake is answered.
 *
 * @example webhook("/slack/events", { verify: slackWebhooks(secret("SLACK_SIGNING_SECRET")) })
 */
export function slackWebhooks(secrets: SigningSecrets, options: ToleranceOptions = {}): Verifier {
  return signedBy("slack", "slackWebhooks()", secrets, options);
}

/**
 * Xero: HMAC-SHA256 in base64 over the body, in `x-xero-signature`, with the webhook's signing key
 * (https://developer.xero.com/documentation/webhooks/configuring-your-server). Each of the `events` is a record; the answer is an empty 200, which also
 * passes "intent to receive".
 *
 * @example webhook("/xero", { verify: xeroWebhooks(secret("XERO_WEBHOOK_KEY")) })
 */
export function xeroWebhooks(secrets: SigningSecrets): Verifier {
  return signedBy("xero", "xeroWebhooks()", secrets);
}

/**
 * HubSpot, version 3: HMAC-SHA256 in base64 over method, address, body and time, in `X-HubSpot-Signature-v3`, with the app's client secret
 * (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation). Each item of the body's list is a record.
 *
 * @example webhook("/hubspot", { verify: hubspotWebhooks(secret("HUBSPOT_CLIENT_SECRET"), { url: "https://hooks.example.com/hubspot" }) })
 */
export function hubspotWebhooks(secrets: SigningSecrets, options: CalledOptions & ToleranceOptions): Verifier {
  const name = "hubspotWebhooks()";
  const thing = declared(name);
  checkOptions(thing, options ?? {}, { ...calledKnown, tolerance: true });
  const { url, ...rest } = options ?? {};
  return signedBy("hubspot", name, secrets, rest, calledUrl(thing, url));
}

/**
 * Square: HMAC-SHA256 in base64 over address and body, in `x-square-hmacsha256-signature`, with the subscription's signature key
 * (https://developer.squareup.com/docs/webhooks/step3validate). No time is signed.
 *
 * @example webhook("/square", { verify: squareWebhooks(secret("SQUARE_SIGNATURE_KEY"), { url: "https://hooks.example.com/square" }) })
 */
export function squareWebhooks(secrets: SigningSecrets, options: CalledOptions): Verifier {
  const name = "squareWebhooks()";
  const thing = declared(name);
  checkOptions(thing, options ?? {}, calledKnown);
  return signedBy("square", name, secrets, {}, calledUrl(thing, options?.url));
}

/**
 * Zendesk: HMAC-SHA256 in base64 over time and body, in `X-Zendesk-Webhook-Signature`, with the webhook's signing secret
 * (https://developer.zendesk.com/documentation/webhooks/verifying/).
 *
 * @example webhook("/zendesk", { verify: zendeskWebhooks(secret("ZENDESK_SIGNING_SECRET")) })
 */
export function zendeskWebhooks(secrets: SigningSecrets, options: ToleranceOptions = {}): Verifier {
  return signedBy("zendesk", "zendeskWebhooks()", secrets, options);
}

/**
 * Twilio: HMAC-SHA1 (or SHA256, where its Webhooks Rules say so) in base64 over the address and the form's fields in order, in `X-Twilio-Signature`,
 * with the account's auth token (https://www.twilio.com/docs/usage/security#validating-requests). The form's fields are the record. The answer is an
 * empty TwiML response.
 *
 * @example webhook("/twilio/sms", { verify: twilioWebhooks(secret("TWILIO_AUTH_TOKEN"), { url: "https://hooks.example.com/twilio/sms" }) })
 */
export function twilioWebhooks(secrets: SigningSecrets, options: CalledOptions): Verifier {
  const thing = declared("twilioWebhooks()");
  checkOptions(thing, options ?? {}, calledKnown);
  const url = calledUrl(thing, options?.url);
  return Object.freeze({ kind: "twilio", sender: "twilio", secrets: signingSecrets(thing, secrets), url });
}

/**
 * PayPal: RSA with SHA-256 over the delivery's id and time, the webhook's id and a checksum of the body, in `PAYPAL-TRANSMISSION-SIG`
 * (https://developer.paypal.com/api/rest/webhooks/rest/, "self verification"). The certificate is fetched from PayPal's own hosts and from nowhere
 * else. The checksum is a CRC-32: whoever has seen a delivery can make another body that fits it, so load what money depends on from PayPal.
 *
 * @param webhookIds the webhook's id, as PayPal's dashboard shows it, as a secret because it differs between sandbox and live.
 * @example webhook("/paypal", { verify: paypalWebhooks(secret("PAYPAL_WEBHOOK_ID")) })
 */
export function paypalWebhooks(webhookIds: SigningSecrets, options: PaypalOptions = {}): Verifier {
  const thing = declared("paypalWebhooks()");
  checkOptions(thing, options, { sandbox: true, tolerance: true } satisfies Record<keyof PaypalOptions, true>);
  checkBoolean(thing, "sandbox", options.sandbox);
  return Object.freeze({
    kind: "paypal",
    sender: "paypal",
    secrets: signingSecrets(thing, webhookIds, "its webhook id"),
    sandbox: options.sandbox === true,
    toleranceMs: toleranceMs(thing, options.tolerance, "4d"),
  });
}

/**
 * Microsoft Graph: every notification carries the `clientState` that its subscription was made with
 * (https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks). The handshake by `validationToken` is answered, each item of `value`
 * is a record, and the answer is an empty 202. Nothing is signed: whoever knows the clientState may send.
 *
 * @example webhook("/graph", { verify: graphWebhooks(secret("GRAPH_CLIENT_STATE")) })
 */
export function graphWebhooks(clientStates: SigningSecrets): Verifier {
  const secrets = signingSecrets(declared("graphWebhooks()"), clientStates, "its clientState");
  return Object.freeze({ kind: "graph", sender: "graph", secrets });
}
