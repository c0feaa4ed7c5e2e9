import { verify, type X509Certificate } from "node:crypto";
// Whole, because an old Node has no crc32 and shall still say in one line that it is too old.
import zlib from "node:zlib";
import type { PaypalVerifier } from "../define/proof.ts";
import { type Delivery, type RequestHeaders, type SignatureProblem, timeProblem } from "./proof.ts";

// PayPal signs `delivery id|time|webhook id|CRC-32 of the body` by RSA with SHA-256, and names where its certificate is
// (https://developer.paypal.com/api/rest/webhooks/rest/, "Self verification method"). Only PayPal's own hosts are asked for it: whoever could name another
// place could sign with a key of its own, and make us call any address.

const hosts = {
  live: ["api.paypal.com", "api-m.paypal.com"],
  sandbox: ["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"],
} as const;
const certificatePath = /^\/v1\/notifications\/certs\/CERT-[A-Za-z0-9-]{1,100}$/;
const keyBitsMin = 2_048;

/** Where the certificate of a delivery is, by its own account; undefined when that is not at PayPal. */
export function certificatePlace(
  { sandbox }: PaypalVerifier,
  headers: RequestHeaders,
): { readonly origin: string; readonly path: string } | undefined {
  const given = headers["paypal-cert-url"] ?? "";
  if (!URL.canParse(given)) return undefined;
  const { href, host, origin, protocol, pathname } = new URL(given);
  const known: readonly string[] = sandbox ? hosts.sandbox : hosts.live;
  // Nothing but these three parts: no user, no port, no query.
  const plain = protocol === "https:" && known.includes(host) && href === `${origin}${pathname}`;
  return plain && certificatePath.test(pathname) ? { origin, path: pathname } : undefined;
}

export function verifyPaypal(
  { toleranceMs }: PaypalVerifier,
  { headers, body, certificate }: Delivery,
  webhookIds: readonly string[],
  nowMs: number,
): SignatureProblem | undefined {
  const id = headers["paypal-transmission-id"];
  const sentAt = headers["paypal-transmission-time"];
  const given = headers["paypal-transmission-sig"]?.trim();
  if (!id || !sentAt || !given || !headers["paypal-cert-url"]) return "missing-signature";
  if (headers["paypal-auth-algo"] !== "SHA256withRSA" || !/^[A-Za-z0-9+/]+={0,2}$/.test(given)) return "bad-signature";
  if (certificate === "unavailable") return "certificate-unavailable";
  if (certificate === undefined || certificate === "unknown" || !isUsable(certificate, nowMs)) return "bad-signature";
  const signature = Buffer.from(given, "base64");
  const fits = webhookIds.some((webhookId) => {
    const signed = Buffer.from(`${id}|${sentAt}|${webhookId}|${zlib.crc32(body)}`, "latin1");
    return verify("sha256", signed, certificate.publicKey, signature);
  });
  return fits ? timeProblem(sentAt, "iso", toleranceMs, nowMs) : "bad-signature";
}

/** Whether a certificate is valid now, and of the kind that PayPal signs with. */
export function isUsable(certificate: X509Certificate, nowMs: number): boolean {
  const { publicKey, validFromDate, validToDate } = certificate;
  if (nowMs < validFromDate.getTime() || nowMs > validToDate.getTime()) return false;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  return publicKey.asymmetricKeyType === "rsa" && bits >= keyBitsMin;
}
