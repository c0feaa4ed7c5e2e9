import { createSecretKey, type KeyObject } from "node:crypto";
import type { HmacScheme } from "../define/proof.ts";
import { WaybillError } from "../model/errors.ts";

/** Making a key object costs more than signing with it. */
const keysMax = 1_000;
const keys = new Map<string, readonly KeyObject[]>();

/**
 * The keys that a secret may stand for: one, or two where it could be read in two ways.
 *
 * @throws {WaybillError} `bad-configuration` when it cannot be one. The secret itself is not in the message.
 */
export function keysOf(secret: string, as: HmacScheme["key"]): readonly KeyObject[] {
  const name = `${as}:${secret}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = bytesOf(secret, as).map((bytes) => createSecretKey(bytes));
  if (keys.size >= keysMax) keys.clear();
  keys.set(name, made);
  return made;
}

function bytesOf(secret: string, as: HmacScheme["key"]): readonly Buffer[] {
  switch (as) {
    case "text":
      return [Buffer.from(secret)];
    case "standard":
      return standardBytes(secret);
    case "hex":
      if (/^([0-9a-f]{2}){8,}$/i.test(secret)) return [Buffer.from(secret, "hex")];
      throw notAKey("is not hex of at least 8 bytes");
    case "base64": {
      const bytes = isBase64(secret) ? Buffer.from(secret, "base64") : Buffer.alloc(0);
      if (bytes.length >= 8) return [bytes];
      throw notAKey("is not base64 of at least 8 bytes");
    }
  }
}

/** `whsec_` and base64, as the standard says. Without that prefix some senders mean base64 too, and some the text itself. */
function standardBytes(secret: string): readonly Buffer[] {
  const prefixed = secret.startsWith("whsec_");
  const text = prefixed ? secret.slice("whsec_".length) : secret;
  // A key that is nearly nothing could be guessed.
  const decoded = isBase64(text) ? Buffer.from(text, "base64") : Buffer.alloc(0);
  const found = [...(decoded.length >= 8 ? [decoded] : []), ...(prefixed ? [] : [Buffer.from(secret)])];
  if (found.length > 0) return found;
  throw notAKey("begins with whsec_, and what follows is not base64 of at least 8 bytes");
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
}

function notAKey(why: string): WaybillError {
  return new WaybillError(
    "bad-configuration",
    `The secret of a webhook ${why}.`,
    "Copy it again, whole, from the sender's settings.",
  );
}
