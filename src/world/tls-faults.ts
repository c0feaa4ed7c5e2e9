// Certificates are always checked. When that fails, nothing was sent, and whoever reads it should know at once whose turn it is: the other side's, or
// ours, because its authority is not trusted here.

const ownAuthority =
  "If the authority is your own, trust it: NODE_EXTRA_CA_CERTS=authority.pem. Nothing switches the check off";
const theirs = "It is for the other side to renew it";

interface Fault {
  readonly what: string;
  readonly next: string;
}

const selfSigned: Fault = { what: "is self-signed, so nobody vouches for it", next: ownAuthority };
const unknownIssuer: Fault = { what: "comes from an authority that is not trusted here", next: ownAuthority };

/** By Node's codes, which are OpenSSL's: https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
const faults: Readonly<Record<string, Fault>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    what: "comes without the certificates between it and its authority, or that authority is not trusted here",
    next: `The other side should send its whole chain. ${ownAuthority}`,
  },
  CERT_HAS_EXPIRED: { what: "has expired", next: theirs },
  CERT_NOT_YET_VALID: { what: "is not valid yet", next: "Look at this machine's clock" },
  CERT_REVOKED: { what: "was revoked", next: theirs },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: "is for another host",
    next: "Look at the host in baseUrl; the other side may also have the wrong certificate",
  },
};

/**
 * What is wrong with the other side's certificate, in words, with the next step; undefined when it is something else that failed.
 *
 * @example tlsFault("CERT_HAS_EXPIRED", "https://api.example.com") // the certificate of https://api.example.com has expired (CERT_HAS_EXPIRED). …
 */
export function tlsFault(code: string, origin: string): string | undefined {
  const fault = Object.hasOwn(faults, code) ? faults[code] : undefined;
  if (fault !== undefined) return `the certificate of ${origin} ${fault.what} (${code}). ${fault.next}`;
  if (!/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/.test(code)) return undefined;
  return `${origin} answers without TLS (${code}). Does its baseUrl begin with "http://"?`;
}
