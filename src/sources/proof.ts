import { createHash, timingSafeEqual, type X509Certificate } from "node:crypto";
import type { TimeFormat } from "../define/proof.ts";

/** Why nobody vouches for a delivery. */
export type SignatureProblem =
  | "missing-signature"
  | "bad-signature"
  | "bad-timestamp"
  | "too-old"
  | "too-new"
  | "missing-credentials"
  | "wrong-credentials"
  /** Not the sender's fault: it shall come again. */
  | "certificate-unavailable";

/** What comes with the bytes; header names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** A secret's value by name, or undefined when it is not set. */
export type SecretOf = (name: string) => string | undefined;

/** One request to a webhook, as far as verifying it asks. */
export interface Delivery {
  readonly headers: RequestHeaders;
  /** The query as it stands in the request line, with its `?`; or `""`. */
  readonly query: string;
  readonly body: Uint8Array;
  /** Of whoever says that it signed, where its signature is checked with one. */
  readonly certificate?: Certificate | undefined;
}

/** A certificate, that there is no such one at its signer's, or that it could not be asked for now. */
export type Certificate = X509Certificate | "unknown" | "unavailable";

/** Only a sender who knows the secret is told what is wrong with its clock. */
export function timeProblem(
  sentAt: string,
  format: TimeFormat,
  toleranceMs: number,
  nowMs: number,
): "bad-timestamp" | "too-old" | "too-new" | undefined {
  const atMs = instantMs(sentAt, format);
  if (atMs === undefined) return "bad-timestamp";
  const ageMs = nowMs - atMs;
  if (ageMs > toleranceMs) return "too-old";
  return ageMs < -toleranceMs ? "too-new" : undefined;
}

function instantMs(text: string, format: TimeFormat): number | undefined {
  if (format !== "iso") {
    if (!/^\d{1,15}$/.test(text)) return undefined;
    return format === "seconds" ? Number(text) * 1_000 : Number(text);
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Whether two texts are equal, in a time that tells nothing. Hashed first: equal lengths are what that needs, and a secret's length is nobody's business. */
export function isSameText(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
