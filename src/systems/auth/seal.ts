import { createCipheriv, createDecipheriv } from "node:crypto";
import type { AccountOf, Sealed } from "../../ledger/ledger.ts";
import { WaybillError } from "../../model/errors.ts";
import { secretBytes } from "../../world/random.ts";
import { connectCommand } from "./connect-command.ts";
import { type KeyRing, keyName } from "./keys.ts";

// Tokens in the ledger are sealed: AES-256-GCM (NIST SP 800-38D), a nonce of chance for each, bound to their account, so that the tokens of one cannot
// be put in the place of another's. Laid out as nonce, tag, content.

const nonceBytes = 12;
const tagBytes = 16;

/** Seals a text with the current key. */
export function seal(keys: KeyRing, account: AccountOf, text: string): Sealed {
  const { id, bytes } = keys.current;
  const nonce = Buffer.from(secretBytes(nonceBytes), "base64");
  const cipher = createCipheriv("aes-256-gcm", bytes, nonce).setAAD(boundTo(account));
  const content = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  // Bytes of their own: a small Buffer is a window on a pool, and travels with all of it.
  return { bytes: Uint8Array.from(Buffer.concat([nonce, cipher.getAuthTag(), content])), key: id };
}

/**
 * Opens what was sealed with any of the keys.
 *
 * @throws {WaybillError} `wrong-key` when none of them fits, or when it was changed.
 */
export function open(keys: KeyRing, account: AccountOf, { bytes, key: id }: Sealed): string {
  const key = keys.of(id);
  if (key === undefined) {
    throw new WaybillError(
      "wrong-key",
      `The tokens of "${account.system}" are sealed with the key ${id}, and ${keyName} holds ${keys.current.id}.`,
      `Put the former key behind the present one, after a comma; or give a new consent: ${connectCommand(account)}`,
    );
  }
  try {
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
      .setAAD(boundTo(account))
      .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, "utf8") + decipher.final("utf8");
  } catch (cause) {
    throw new WaybillError(
      "wrong-key",
      `The tokens of "${account.system}" in the ledger have been changed since they were sealed.`,
      `Look who writes to the ledger, and give a new consent: ${connectCommand(account)}`,
      { cause },
    );
  }
}

function boundTo({ system, tenant }: AccountOf): Buffer {
  return Buffer.from(JSON.stringify(["waybill token", system, tenant]));
}
