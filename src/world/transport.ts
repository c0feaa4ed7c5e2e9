import type { TlsIdentity } from "./tls-identity.ts";

/**
 * The only way out to other systems. One call sends one HTTP request once: it never repeats by itself.
 */
export type Transport = (request: WireRequest) => Promise<WireAnswer>;

export interface WireRequest {
  readonly method: string;
  /** `https://api.example.com`, as `URL.origin` gives it. */
  readonly origin: string;
  /** What follows the origin, encoded: `/v2/invoices?ref=A-1`. Two plain strings, because parsing a URL per request costs a tenth of it. */
  readonly path: string;
  /** Name, value, name, value: in the order in which they are sent. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | undefined;
  /** The whole exchange, waiting for a connection and the body included, must end by then. */
  readonly timeoutMs: number;
  /** A longer body ends the exchange with `too-large`. */
  readonly answerBytesMax: number;
  readonly signal: AbortSignal | undefined;
  /** Called once, in the tick that writes to the socket; throwing keeps the request from leaving. */
  readonly beforeSend: (() => void) | undefined;
  /** Private and loopback addresses are refused unless allowed. */
  readonly privateAllowed: boolean;
  /** A certificate of this side, or roots of the server's own. The same object for the same ones: connections are kept by it. */
  readonly tls?: TlsIdentity | undefined;
  /** What the code declared of it, and with whose account it goes there: for a network that is simulated. The real one does not look. */
  readonly about?: { readonly change: unknown; readonly account: string };
}

export type WireAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | {
      readonly kind: "failed";
      /** `no` only when the evidence says that no byte of the request left. */
      readonly sent: "no" | "maybe";
      readonly code: string;
      readonly message: string;
      readonly reason: "timeout" | "aborted" | "too-large" | "connection" | "address-refused" | "revoked";
      /** Present when the status line and headers came before it broke. */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** What is not a pure function comes in through here. */
export interface World {
  readonly clock: import("./clock.ts").Clock;
  readonly random: import("./random.ts").Random;
  readonly transport: Transport;
  /** Environment variables: secrets are read through here, only when needed. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called at the moments that crash tests stop at. */
  readonly passing: import("./points.ts").Passing;
}
