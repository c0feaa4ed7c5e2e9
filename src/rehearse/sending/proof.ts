import { createHmac } from "node:crypto";
import type { HmacVerifier, SignedPart, Verifier } from "../../define/proof.ts";
import { rehearsedSecret } from "../night/secrets.ts";

// A sender that knows the secret: `verify` runs as it is declared, over what is signed here. This is the sender's side, so nothing of it is shared with
// the code that verifies.

/** One sending, as far as signing it asks. */
export interface Sending {
  readonly body: Uint8Array;
  /** The delivery's own id, the same when it is sent again. */
  readonly id: string;
  readonly nowMs: number;
  /** `""` where the path names none. */
  readonly tenant: string;
}

/** The headers by which a sender shows who it is. */
export type Proof = (sending: Sending) => Readonly<Record<string, string>>;

/** How a delivery is proven to a verifier, or why a rehearsal cannot do it. */
export function proofOf(verify: Verifier): Proof | string {
  switch (verify.kind) {
    case "unverified":
      return () => ({});
    case "hmac":
      return hmacProof(verify);
    case "token": {
      const { header, scheme, secrets } = verify;
      return () => ({ [header]: `${scheme === "bearer" ? "Bearer " : ""}${secretAmong(secrets)}` });
    }
    case "password": {
      const user = typeof verify.user === "string" ? verify.user : secretAmong([verify.user]);
      const both = Buffer.from(`${user}:${secretAmong(verify.secrets)}`);
      return () => ({ authorization: `Basic ${both.toString("base64")}` });
    }
    case "twilio":
    case "paypal":
    case "graph":
      return `a rehearsal cannot prove to it that a delivery comes from ${senders[verify.kind]}`;
  }
}

const senders = { twilio: "Twilio", paypal: "PayPal", graph: "Microsoft Graph" } as const;

/** What any of these is in a rehearsal; one of tenants is named behind theirs. */
function secretAmong(secrets: readonly { readonly name: string }[]): string {
  const name = secrets[0]?.name ?? "";
  return rehearsedSecret(name.slice(name.lastIndexOf("/") + 1));
}

function hmacProof(verify: HmacVerifier): Proof | string {
  const { algorithm, encoding, header, key, signed, time, url = "", written } = verify;
  if (key === "hex") return "its key is hex, and a rehearsal's secrets are words";
  if (url.includes("%")) return "its address has escaped characters, which each sender signs in its own way";
  const bytes = Buffer.from(secretAmong(verify.secrets), key === "base64" ? "base64" : "utf8");
  return ({ body, id, nowMs, tenant }) => {
    const at = timeText(time?.format ?? "seconds", nowMs);
    const called = url.replace(":tenant", () => tenant);
    const headers: Record<string, string> = {};
    if (time?.header !== undefined) headers[time.header] = at;
    for (const part of signed) if (part.kind === "header") headers[part.name] ??= id;
    const mac = createHmac(algorithm, bytes);
    for (const part of signed) mac.update(pieceOf(part, { body, at, called, headers }));
    const signature = mac.digest(encoding);
    if (written.as === "pairs")
      headers[header] =
        `${written.time === undefined ? "" : `${written.time}=${at},`}${written.signature}=${signature}`;
    else headers[header] = `${written.prefix}${signature}`;
    return headers;
  };
}

function pieceOf(
  part: SignedPart,
  of: {
    readonly body: Uint8Array;
    readonly at: string;
    readonly called: string;
    readonly headers: Readonly<Record<string, string>>;
  },
): string | Uint8Array {
  switch (part.kind) {
    case "text":
      return part.text;
    case "header":
      return of.headers[part.name] ?? "";
    case "body":
      return of.body;
    case "time":
      return of.at;
    case "url":
    case "hubspot-url":
      return of.called;
  }
}

function timeText(format: "seconds" | "milliseconds" | "iso", ms: number): string {
  if (format === "iso") return new Date(ms).toISOString();
  return String(format === "seconds" ? Math.floor(ms / 1_000) : ms);
}
