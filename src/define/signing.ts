/** A request as it will be sent, byte for byte. */
export interface SigningRequest {
  readonly method: string;
  /** Whole, with its query, encoded as it is sent. */
  readonly url: string;
  /** Names in lower case; `host` and `content-length` are set by the connection later. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes of the body; none is empty. */
  readonly body: Uint8Array;
  /** Now, in milliseconds since 1970: for timestamps in a signature. */
  readonly now: number;
  /** New for each send: for nonces. */
  readonly uuid: string;
}

/** Answers the headers that carry the signature. What they name replaces what was there. */
export type Sign<Secrets = Readonly<Record<string, string>>> = (
  request: SigningRequest,
  secrets: Secrets,
) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
