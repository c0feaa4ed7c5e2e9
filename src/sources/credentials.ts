import type { PasswordVerifier, TokenVerifier } from "../define/proof.ts";
import { WaybillError } from "../model/errors.ts";
import { type Delivery, isSameText, type SecretOf, type SignatureProblem } from "./proof.ts";

/** `Authorization: Basic` and the base64 of `user:password` (RFC 7617). */
export function verifyPassword(
  { user }: PasswordVerifier,
  { headers }: Delivery,
  passwords: readonly string[],
  secretOf: SecretOf,
): SignatureProblem | undefined {
  const name = typeof user === "string" ? user : secretOf(user.name);
  if (!name) {
    const missing = typeof user === "string" ? user : user.name;
    throw new WaybillError("secret-missing", `The secret ${missing} is not set.`, `Set it in the environment.`);
  }
  const given = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(headers.authorization ?? "")?.[1];
  if (given === undefined) return "missing-credentials";
  const text = Buffer.from(given, "base64").toString("latin1");
  // Every password is compared, so that the time does not tell which of them it was.
  const fits = passwords.filter((password) => isSameText(text, asLatin1(`${name}:${password}`)));
  return fits.length > 0 ? undefined : "wrong-credentials";
}

/** A token in a header: `Authorization: Bearer …` (RFC 6750), or alone in a header of its own. */
export function verifyToken(
  { header, scheme }: TokenVerifier,
  { headers }: Delivery,
  tokens: readonly string[],
): SignatureProblem | undefined {
  const whole = headers[header];
  const given = scheme === "bearer" ? /^Bearer +([^ ].*)$/i.exec(whole ?? "")?.[1] : whole;
  if (!given) return "missing-credentials";
  const fits = tokens.filter((token) => isSameText(given, asLatin1(token)));
  return fits.length > 0 ? undefined : "wrong-credentials";
}

/** As a header shows it: each byte is a character. */
function asLatin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}
