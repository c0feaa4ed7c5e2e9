import type { Secret } from "./secret.ts";

// How a sender proves that a delivery is its own. Each verifier is plain data: it says what is checked, and sources/ checks it over the raw bytes.

/** Senders whose ways are known by name; `senders.ts` has a row for each. */
export type SenderName =
  | "standard"
  | "github"
  | "stripe"
  | "shopify"
  | "slack"
  | "xero"
  | "hubspot"
  | "twilio"
  | "paypal"
  | "square"
  | "zendesk"
  | "graph";

/** One piece of what was signed. */
export type SignedPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "header"; readonly name: string }
  /** `hubspot-url` is the same with a few characters decoded, as HubSpot signs it. */
  | { readonly kind: "body" | "time" | "url" | "hubspot-url" };

/** How a time is written: epoch seconds, epoch milliseconds, or RFC 3339. */
export type TimeFormat = "seconds" | "milliseconds" | "iso";

/** An HMAC in a header, over the raw body and whatever else is signed with it. */
export interface HmacScheme {
  /** In lower case. */
  readonly header: string;
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
  readonly encoding: "hex" | "base64" | "base64url";
  /** `sha256=SIGNATURE` as a whole; `v1,SIGNATURE v1,SIGNATURE` as a list; `t=TIME,v1=SIGNATURE` as pairs. */
  readonly written:
    | { readonly as: "whole" | "list"; readonly prefix: string }
    | { readonly as: "pairs"; readonly signature: string; readonly time: string | undefined };
  readonly signed: readonly SignedPart[];
  /** The time of sending, which is signed too: from this header, or from the pair in the signature's own. */
  readonly time: { readonly header: string | undefined; readonly format: TimeFormat } | undefined;
  /** What the secret is before it becomes a key. `standard` is what Standard Webhooks says: `whsec_` and base64. */
  readonly key: "text" | "base64" | "hex" | "standard";
}

interface Signs {
  /** Whose habits a webhook takes over: its delivery's id, what it wants as an answer. */
  readonly sender: SenderName | undefined;
  /** Any of them may have signed: an old and a new one, while one replaces the other. */
  readonly secrets: readonly Secret[];
}

export interface HmacVerifier extends Signs, HmacScheme {
  readonly kind: "hmac";
  /** The address that the sender calls, without its query; only where it is signed. */
  readonly url: string | undefined;
  readonly toleranceMs: number;
}

export interface TwilioVerifier extends Signs {
  readonly kind: "twilio";
  readonly url: string;
}

export interface PaypalVerifier extends Signs {
  readonly kind: "paypal";
  readonly sandbox: boolean;
  readonly toleranceMs: number;
}

/** Every notification in the body repeats a secret that was agreed on. */
export interface GraphVerifier extends Signs {
  readonly kind: "graph";
}

export interface PasswordVerifier extends Signs {
  readonly kind: "password";
  readonly user: string | Secret;
}

export interface TokenVerifier extends Signs {
  readonly kind: "token";
  /** In lower case. */
  readonly header: string;
  /** What stands before the token: `Bearer`, or nothing. */
  readonly scheme: "bearer" | undefined;
}

/** Who may send to a webhook. Verified over the raw bytes, in constant time. */
export type Verifier =
  | { readonly kind: "unverified" }
  | HmacVerifier
  | TwilioVerifier
  | PaypalVerifier
  | GraphVerifier
  | PasswordVerifier
  | TokenVerifier;
