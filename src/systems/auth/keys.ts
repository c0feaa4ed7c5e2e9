import crypto from "node:crypto";
import { WaybillError } from "../../model/errors.ts";
import type { Secrets } from "../secrets.ts";

// The key that tokens are sealed with. `WAYBILL_KEY` holds it, or several: the first one seals, all of them open. So a key is replaced by putting a new
// one before it, and taken out when nothing is sealed with it any more.

/** The name of the secret that holds the keys. */
export const keyName = "WAYBILL_KEY";

export interface Key {
  /** Names the key in the ledger, and tells nothing about it. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface KeyRing {
  readonly current: Key;
  of(id: string): Key | undefined;
}

const keyBytes = 32;
/** How to make one. */
const makeKey = "openssl rand -base64 32";

/** The keys that are set. @throws {WaybillError} `secret-missing`, which says how to make one; `bad-configuration`. */
export function keysOf(secrets: Secrets): KeyRing {
  const text = secrets.optional(keyName);
  if (text !== undefined) return keyRing(text);
  throw new WaybillError(
    "secret-missing",
    `The secret ${keyName} is not set: tokens are sealed with it.`,
    `${makeKey} makes one. Set it in .env or in the environment, or let ${keyName}_FILE name a file that holds it; and keep it: without it the tokens in the ledger cannot be opened.`,
  );
}

/**
 * Reads the keys out of the secret's value: each 32 bytes in base64 or as 64 hexadecimal digits, separated by commas or blanks.
 *
 * @throws {WaybillError} `bad-configuration`, which never repeats what stands there.
 */
export function keyRing(text: string): KeyRing {
  const keys = text
    .split(/[\s,]+/)
    .filter((one) => one !== "")
    .map(keyOf);
  const [current] = keys;
  if (current === undefined) throw noKey("is empty");
  return { current, of: (id) => keys.find((key) => key.id === id) };
}

function keyOf(text: string, at: number): Key {
  const bytes = /^[\da-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : fromBase64(text);
  if (bytes?.length !== keyBytes)
    throw noKey(at === 0 ? "holds what is no key" : `holds what is no key at its place ${at + 1}`);
  return { bytes, id: crypto.hash("sha256", Buffer.concat([Buffer.from("waybill key "), bytes]), "hex").slice(0, 12) };
}

function fromBase64(text: string): Buffer | undefined {
  return /^[\w+/-]+={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

function noKey(what: string): WaybillError {
  return new WaybillError(
    "bad-configuration",
    `${keyName} ${what}: a key is ${keyBytes} bytes, in base64 or as ${keyBytes * 2} hexadecimal digits.`,
    `${makeKey} makes one. Keep it: without it the tokens in the ledger cannot be opened.`,
  );
}
