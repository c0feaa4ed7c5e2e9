import { isSecret, type Secret } from "../../define/secret.ts";
import type { TlsOptions } from "../../define/tls.ts";
import { said, WaybillError } from "../../model/errors.ts";
import { type TlsIdentity, tlsIdentity } from "../../world/tls-identity.ts";
import type { Secrets } from "../secrets.ts";

type Pem = Parameters<typeof tlsIdentity>[0];

const known = new WeakMap<TlsOptions, { readonly pem: Pem; readonly identity: TlsIdentity }>();

/**
 * The identity of a system's declaration; the same one for as long as its secrets are the same.
 *
 * @throws {WaybillError} `secret-missing`, or `bad-configuration` for what is no certificate or no key.
 */
export function identityOf(system: string, tls: TlsOptions, secrets: Secrets): TlsIdentity {
  const pem = pemOf(tls, secrets);
  const before = known.get(tls);
  if (before !== undefined && sameText(before.pem, pem)) return before.identity;
  const identity = readIdentity(system, pem, tls);
  known.set(tls, { pem, identity });
  return identity;
}

/** The secrets that a TLS declaration names. */
export function tlsSecrets(tls: TlsOptions | undefined): readonly Secret[] {
  return Object.values(tls ?? {}).filter((one): one is Secret => isSecret(one));
}

function pemOf({ cert, key, passphrase, ca }: TlsOptions, secrets: Secrets): Pem {
  const text = (one: Secret | string | undefined): string | undefined =>
    one === undefined ? undefined : withLines(typeof one === "string" ? one : secrets.value(one.name));
  return {
    cert: text(cert),
    key: text(key),
    passphrase: passphrase === undefined ? undefined : secrets.value(passphrase.name),
    ca: text(ca),
  };
}

/** An environment variable often holds its line breaks written out. */
function withLines(text: string): string {
  return text.includes("\n") ? text : text.replaceAll("\\n", "\n");
}

function readIdentity(system: string, pem: Pem, tls: TlsOptions): TlsIdentity {
  try {
    return tlsIdentity(pem);
  } catch (thrown) {
    const names = tlsSecrets(tls).map(({ name }) => name);
    throw new WaybillError(
      "bad-configuration",
      `The certificate, key or root of "${system}" cannot be used (${names.join(", ")}): ${said(thrown)}`,
      "Each is PEM text, -----BEGIN …----- included; NAME_FILE may name a file that holds it.",
    );
  }
}

function sameText(left: Pem, right: Pem): boolean {
  return (
    left.cert === right.cert && left.key === right.key && left.passphrase === right.passphrase && left.ca === right.ca
  );
}
