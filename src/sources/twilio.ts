import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { TwilioVerifier } from "../define/proof.ts";
import { UnreadableJson } from "../model/json.ts";
import { type FormField, formFields } from "./form.ts";
import { type Delivery, isSameText, type SignatureProblem } from "./proof.ts";

// Twilio signs the address it called, followed by the name and value of every form field, sorted by name. A body that is no form is in the address by its
// hash: `?bodySHA256=…` (https://www.twilio.com/docs/usage/security#validating-requests). Where a Webhooks Rule says so it signs by HMAC-SHA256 with a
// key of its own, and names the algorithm in a header; the key of an HMAC tells nothing about it under another algorithm, so the sender may choose.

const settingsHeader = "x-twilio-webhooks-signature-settings";

export function verifyTwilio(
  { url }: TwilioVerifier,
  { headers, query, body }: Delivery,
  tokens: readonly string[],
): SignatureProblem | undefined {
  const given = headers["x-twilio-signature"]?.trim();
  if (!given) return "missing-signature";
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(given)) return "bad-signature";
  const algorithm = /algorithm=HMAC_SHA256\b/i.test(headers[settingsHeader] ?? "") ? "sha256" : "sha1";
  const bodyHash = new URLSearchParams(query).get("bodySHA256");
  if (bodyHash !== null && !isSameText(bodyHash.toLowerCase(), createHash("sha256").update(body).digest("hex")))
    return "bad-signature";
  const fields = bodyHash === null ? sortedFields(headers, body) : "";
  if (fields === undefined) return "missing-signature";
  const signature = Buffer.from(given, "base64");
  const fits = tokens.some((token) =>
    spellings(url).some((one) => {
      const expected = createHmac(algorithm, token).update(`${one}${query}${fields}`).digest();
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    }),
  );
  return fits ? undefined : "bad-signature";
}

/** The fields as they are signed; undefined when the body is something that is not signed at all. */
function sortedFields(headers: Delivery["headers"], body: Uint8Array): string | undefined {
  if (body.length === 0) return "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers["content-type"] ?? "")) return undefined;
  // An escaped form is ASCII; a byte order mark or a stray byte would be passed over by whoever decodes it, and is not what was signed.
  const written = Buffer.from(body).toString("latin1");
  if (!/^[\x20-\x7e]*$/.test(written)) return undefined;
  try {
    const text = formFields(written)
      .toSorted(byNameAndValue)
      .map(([name, value]) => `${name}${value}`);
    return [...new Set(text)].join("");
  } catch (error) {
    if (error instanceof UnreadableJson) return undefined;
    throw error;
  }
}

function byNameAndValue([name, value]: FormField, [otherName, otherValue]: FormField): number {
  if (name !== otherName) return name < otherName ? -1 : 1;
  return value < otherValue ? -1 : value > otherValue ? 1 : 0;
}

/** Twilio's own libraries take the address with and without its port, because what signs it does not always say the same. */
function spellings(url: string): readonly string[] {
  const [, scheme = "", host = "", port, path = ""] = /^(https?:\/\/)([^/:]+|\[[^\]]+\])(:\d+)?(.*)$/i.exec(url) ?? [];
  const usual = scheme.toLowerCase() === "https://" ? ":443" : ":80";
  return [url, `${scheme}${host}${port === undefined ? usual : ""}${path}`];
}
