import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Verifier } from "../define/source.ts";
import { WaybillError } from "../model/errors.ts";

// Signatures are checked over the bytes as they came, before anything looks into them, and compared in constant time. Several secrets may be valid at
// once, while one replaces another; a sender may send several signatures for the same reason.

export type SignatureProblem = "missing-signature" | "bad-signature" | "bad-timestamp" | "too-old" | "too-new";

/** What comes with the bytes; header names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** A secret's value by name, or undefined when it is not set. */
export type SecretOf = (name: string) => string | undefined;

/** More signatures than any rotation needs: the rest is not looked at. */
const signaturesMax = 10;
const keysMax = 1_000;

/**
 * Whether a sender that knows a secret sent these bytes; undefined when it did.
 *
 * @throws {WaybillError} `secret-missing` when none of the verifier's secrets is set: that is not the sender's fault.
 */
export function verify(
  verifier: Verifier,
  headers: RequestHeaders,
  bytes: Uint8Array,
  secretOf: SecretOf,
  nowMs: number,
): SignatureProblem | undefined {
  switch (verifier.kind) {
    case "unverified":
      return undefined;
    case "standard":
      return verifyStandard(verifier, headers, bytes, secretsOf(verifier.secrets, secretOf), nowMs);
    case "github": {
      const scheme = {
        header: "x-hub-signature-256",
        algorithm: "sha256",
        encoding: "hex",
        prefix: "sha256=",
      } as const;
      return verifyHmac(scheme, headers, [bytes], secretsOf(verifier.secrets, secretOf));
    }
    case "hmac": {
      const secrets = secretsOf(verifier.secrets, secretOf);
      if (verifier.timestampHeader === undefined) return verifyHmac(verifier, headers, [bytes], secrets);
      const sentAt = headers[verifier.timestampHeader];
      if (sentAt === undefined || headers[verifier.header] === undefined) return "missing-signature";
      const problem = verifyHmac(verifier, headers, [`${sentAt}.`, bytes], secrets);
      return problem ?? timeProblem(sentAt, verifier.toleranceMs, nowMs);
    }
  }
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function verifyStandard(
  { toleranceMs }: Extract<Verifier, { kind: "standard" }>,
  headers: RequestHeaders,
  bytes: Uint8Array,
  secrets: readonly string[],
  nowMs: number,
): SignatureProblem | undefined {
  const id = headers["webhook-id"];
  const sentAt = headers["webhook-timestamp"];
  const given = headers["webhook-signature"];
  if (!id || !sentAt || !given) return "missing-signature";
  const signatures = given
    .split(" ", signaturesMax)
    .filter((one) => one.startsWith("v1,"))
    .map((one) => Buffer.from(one.slice(3), "base64"));
  const parts = [`${id}.${sentAt}.`, bytes];
  const matches = secrets.some((secret) =>
    standardKeys(secret).some((key) => isOneOf(signatures, sign("sha256", key, parts))),
  );
  return matches ? timeProblem(sentAt, toleranceMs, nowMs) : "bad-signature";
}

interface HmacScheme {
  readonly header: string;
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
  readonly encoding: "hex" | "base64" | "base64url";
  readonly prefix: string;
}

function verifyHmac(
  { header, algorithm, encoding, prefix }: HmacScheme,
  headers: RequestHeaders,
  parts: readonly (string | Uint8Array)[],
  secrets: readonly string[],
): SignatureProblem | undefined {
  const given = headers[header]?.trim();
  if (!given) return "missing-signature";
  if (!given.startsWith(prefix)) return "bad-signature";
  const written = given.slice(prefix.length);
  // Buffer.from stops quietly at what is no hex digit.
  if (encoding === "hex" && /[^0-9a-f]/i.test(written)) return "bad-signature";
  const signature = Buffer.from(written, encoding);
  const matches = secrets.some((secret) => isOneOf([signature], sign(algorithm, textKey(secret), parts)));
  return matches ? undefined : "bad-signature";
}

/** Only a sender who knows the secret is told what is wrong with its clock. */
function timeProblem(sentAt: string, toleranceMs: number, nowMs: number): SignatureProblem | undefined {
  if (!/^\d{1,15}$/.test(sentAt)) return "bad-timestamp";
  const ageMs = nowMs - Number(sentAt) * 1_000;
  if (ageMs > toleranceMs) return "too-old";
  return ageMs < -toleranceMs ? "too-new" : undefined;
}

function sign(algorithm: string, key: KeyObject, parts: readonly (string | Uint8Array)[]): Buffer {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function isOneOf(signatures: readonly Buffer[], expected: Buffer): boolean {
  return signatures.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}

function secretsOf(secrets: readonly { readonly name: string }[], secretOf: SecretOf): readonly string[] {
  const values = secrets.map(({ name }) => secretOf(name)).filter((value) => value !== undefined && value !== "");
  if (values.length > 0) return values as string[];
  const names = secrets.map(({ name }) => name).join(" or ");
  throw new WaybillError(
    "secret-missing",
    `The signature cannot be checked: the secret ${names} is not set.`,
    `Set the environment variable ${names}.`,
  );
}

// Making a key object costs more than signing with it.
const keys = new Map<string, readonly KeyObject[]>();

function cached(name: string, make: () => readonly KeyObject[]): readonly KeyObject[] {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = make();
  if (keys.size >= keysMax) keys.clear();
  keys.set(name, made);
  return made;
}

function textKey(secret: string): KeyObject {
  return cached(`text:${secret}`, () => [createSecretKey(Buffer.from(secret))])[0] as KeyObject;
}

/** `whsec_` and base64, as the standard says. Without that prefix some senders mean base64 too, and some the text itself. */
function standardKeys(secret: string): readonly KeyObject[] {
  return cached(`standard:${secret}`, () => {
    const prefixed = secret.startsWith("whsec_");
    const text = prefixed ? secret.slice("whsec_".length) : secret;
    const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
    // A key that is nearly nothing could be guessed.
    const decoded = isBase64 ? Buffer.from(text, "base64") : Buffer.alloc(0);
    const found = [...(decoded.length >= 8 ? [decoded] : []), ...(prefixed ? [] : [Buffer.from(secret)])];
    if (found.length > 0) return found.map((key) => createSecretKey(key));
    throw new WaybillError(
      "bad-configuration",
      "The secret of a webhook begins with whsec_, and what follows is not base64 of at least 8 bytes.",
      "Copy it again, whole, from the sender's settings.",
    );
  });
}
