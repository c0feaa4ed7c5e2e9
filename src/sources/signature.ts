import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { HmacScheme, HmacVerifier, SignedPart, Verifier } from "../define/proof.ts";
import { WaybillError } from "../model/errors.ts";
import { verifyPassword, verifyToken } from "./credentials.ts";
import { verifyGraph } from "./graph.ts";
import { verifyPaypal } from "./paypal.ts";
import { type Delivery, type SecretOf, type SignatureProblem, timeProblem } from "./proof.ts";
import { keysOf } from "./signature-keys.ts";
import { verifyTwilio } from "./twilio.ts";

// Signatures are checked over the bytes as they came, before anything looks into them, and compared in constant time. Several secrets may be valid at
// once, while one replaces another; a sender may send several signatures for the same reason.

/** More signatures than any rotation needs: the rest is not looked at. */
const signaturesMax = 10;

/**
 * Whether a sender that knows a secret sent this delivery; undefined when it did.
 *
 * @throws {WaybillError} `secret-missing` when none of the verifier's secrets is set, `bad-configuration` when one cannot be a key: neither is the
 * sender's fault.
 */
export function verify(
  verifier: Verifier,
  delivery: Delivery,
  secretOf: SecretOf,
  nowMs: number,
): SignatureProblem | undefined {
  if (verifier.kind === "unverified") return undefined;
  const secrets = secretsOf(verifier.secrets, secretOf);
  switch (verifier.kind) {
    case "hmac":
      return verifyHmac(verifier, delivery, secrets, nowMs);
    case "twilio":
      return verifyTwilio(verifier, delivery, secrets);
    case "paypal":
      return verifyPaypal(verifier, delivery, secrets, nowMs);
    case "graph":
      return verifyGraph(delivery, secrets);
    case "password":
      return verifyPassword(verifier, delivery, secrets, secretOf);
    case "token":
      return verifyToken(verifier, delivery, secrets);
  }
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

function verifyHmac(
  verifier: HmacVerifier,
  delivery: Delivery,
  secrets: readonly string[],
  nowMs: number,
): SignatureProblem | undefined {
  const { algorithm, encoding, time, key, toleranceMs } = verifier;
  const given = delivery.headers[verifier.header]?.trim();
  if (!given) return "missing-signature";
  const read = readHeader(given, verifier.written);
  if (read === undefined) return "bad-signature";
  const sentAt = time?.header === undefined ? read.time : delivery.headers[time.header];
  const parts = time !== undefined && !sentAt ? undefined : signedParts(verifier, delivery, sentAt);
  if (parts === undefined) return "missing-signature";
  const signatures = read.signatures.map((text) => decoded(text, encoding)).filter((one) => one !== undefined);
  const matches = secrets.some((secret) =>
    keysOf(secret, key).some((one) => isOneOf(signatures, sign(algorithm, one, parts))),
  );
  if (!matches) return "bad-signature";
  return time === undefined ? undefined : timeProblem(sentAt as string, time.format, toleranceMs, nowMs);
}

interface ReadHeader {
  readonly signatures: readonly string[];
  readonly time: string | undefined;
}

/** What a signature header says; undefined when it is not written as this sender writes it. */
function readHeader(given: string, written: HmacScheme["written"]): ReadHeader | undefined {
  if (written.as === "pairs") return readPairs(given, written);
  const { prefix } = written;
  const pieces = written.as === "list" ? given.split(" ", signaturesMax) : [given];
  const signatures = pieces.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  return { signatures, time: undefined };
}

/** `t=1700000000,v1=…,v1=…`. Two times are none: nobody could say which of them was signed. */
function readPairs(given: string, names: { signature: string; time: string | undefined }): ReadHeader | undefined {
  const signatures: string[] = [];
  const times: string[] = [];
  for (const pair of given.split(",", 2 * signaturesMax)) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (name === names.signature) signatures.push(pair.slice(at + 1).trim());
    else if (name === names.time) times.push(pair.slice(at + 1).trim());
  }
  return times.length > 1 ? undefined : { signatures: signatures.slice(0, signaturesMax), time: times[0] };
}

/** What was signed, in as few pieces as can be; undefined when a header is missing that is part of it. */
function signedParts(
  { signed, url }: HmacVerifier,
  { headers, query, body }: Delivery,
  sentAt: string | undefined,
): readonly (string | Uint8Array)[] | undefined {
  const parts: (string | Uint8Array)[] = [];
  let text = "";
  for (const part of signed) {
    if (part.kind === "body") {
      if (text !== "") parts.push(text);
      parts.push(body);
      text = "";
    } else {
      const value = textOf(part, headers, `${url}${query}`, sentAt);
      if (!value) return undefined;
      text += value;
    }
  }
  if (text !== "") parts.push(text);
  return parts;
}

function textOf(
  part: Exclude<SignedPart, { kind: "body" }>,
  headers: Delivery["headers"],
  url: string,
  sentAt: string | undefined,
): string | undefined {
  if (part.kind === "text") return part.text;
  if (part.kind === "header") return headers[part.name];
  if (part.kind === "time") return sentAt;
  return part.kind === "url" ? url : decodedForHubspot(url);
}

/** HubSpot signs the address with these characters decoded, and the others as they are. */
function decodedForHubspot(url: string): string {
  return url.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (escaped) => decodeURIComponent(escaped));
}

const written = {
  hex: /^([0-9a-f]{2})*$/i,
  base64: /^[A-Za-z0-9+/]*={0,2}$/,
  base64url: /^[A-Za-z0-9_-]*={0,2}$/,
};

/** The bytes of a signature. `Buffer.from` alone would pass over whatever is no such letter, a second signature included. */
function decoded(text: string, encoding: HmacScheme["encoding"]): Buffer | undefined {
  return written[encoding].test(text) ? Buffer.from(text, encoding) : undefined;
}

/** Text comes from headers and addresses, where a character is a byte. */
function sign(algorithm: string, key: KeyObject, parts: readonly (string | Uint8Array)[]): Buffer {
  const mac = createHmac(algorithm, key);
  for (const part of parts) {
    if (typeof part === "string") mac.update(part, "latin1");
    else mac.update(part);
  }
  return mac.digest();
}

function isOneOf(signatures: readonly Buffer[], expected: Buffer): boolean {
  return signatures.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}
