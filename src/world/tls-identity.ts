import tls, { type SecureContext } from "node:tls";

/** Who this side is in TLS, and whom it believes. */
export interface TlsIdentity {
  readonly context: SecureContext;
}

/**
 * Reads certificate, key and a root, each PEM text. The root is believed beside those that are believed anyway.
 *
 * @throws when they cannot be read, or do not belong together.
 * @example tlsIdentity({ cert, key, passphrase: undefined, ca: undefined })
 */
export function tlsIdentity(pem: {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly passphrase: string | undefined;
  readonly ca: string | undefined;
}): TlsIdentity {
  const { ca, ...own } = pem;
  const given = Object.fromEntries(Object.entries(own).filter(([, text]) => text !== undefined));
  const roots = ca === undefined ? {} : { ca: [...tls.getCACertificates("default"), ca] };
  return { context: tls.createSecureContext({ ...given, ...roots }) };
}
