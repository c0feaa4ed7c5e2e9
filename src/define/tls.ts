import { checkOptions, checkRequired, type Declared, refuse, shown } from "../model/options.ts";
import { checkSecret, isSecret, type Secret } from "./secret.ts";

/** Who this side is in TLS, and whom it believes. Each as PEM text; `NAME_FILE` may name the file that holds it. */
export interface TlsOptions {
  /** The client's certificate, with those between it and its root where there are any. */
  cert?: Secret;
  /** Its private key. */
  key?: Secret;
  /** Of an encrypted key. */
  passphrase?: Secret;
  /** A root that the server's certificate may end in, beside the usual ones: for a server with a root of its own. */
  ca?: Secret | string;
}

const known = { cert: true, key: true, passphrase: true, ca: true } satisfies Record<keyof TlsOptions, true>;
const example = 'Such as tls: { cert: secret("BANK_CERT"), key: secret("BANK_KEY") }.';

/** Refuses TLS options that cannot be. Verification itself cannot be turned off. */
export function checkTls(thing: Declared, tls: TlsOptions, baseUrl: URL | undefined): void {
  if (typeof tls === "object" && tls !== null && "rejectUnauthorized" in tls)
    refuse(
      thing,
      "the server's certificate is always verified.",
      "Where it has a root of its own, name that root: tls: { ca: secret(…) }.",
    );
  checkOptions(thing, tls, known, "tls");
  const { cert, key, passphrase, ca } = tls;
  if (cert === undefined && ca === undefined) refuse(thing, "tls names neither a certificate nor a root.", example);
  if (cert !== undefined || key !== undefined || passphrase !== undefined)
    checkRequired(thing, tls, { cert: example, key: example }, "tls");
  for (const [name, one] of Object.entries({ cert, key, passphrase }))
    if (one !== undefined) checkSecret(thing, `tls.${name}`, one);
  if (typeof ca === "string") {
    if (!ca.includes("-----BEGIN CERTIFICATE-----"))
      refuse(thing, `tls.ca is ${shown(ca)}, and a certificate in PEM is expected.`, "Or name a secret that holds it.");
  } else if (ca !== undefined && !isSecret(ca)) checkSecret(thing, "tls.ca", ca);
  if (baseUrl === undefined)
    refuse(thing, "tls is given, and no baseUrl.", "Code that performs opens its own connections.");
  if (baseUrl.protocol !== "https:")
    refuse(thing, `tls is given, and its baseUrl ${shown(baseUrl.href)} is not https.`, "Write https:// there.");
}
