import type { Duration } from "../model/duration.ts";
import type { Idempotency } from "./idempotency.ts";
import type {
  Attempt,
  Change,
  Classify,
  GetOptions,
  Headers,
  MaybeSchema,
  MayBeNatural,
  Read,
  SaysHowItRepeats,
  WriteOptions,
} from "./request.ts";
import type { Answered } from "./schema.ts";
import type { Secret } from "./secret.ts";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/**
 * What comes back from the ledger after a restart: JSON, with Date and bigint kept. A method is gone, and a class is a plain object.
 */
export type Stored<T> = unknown extends T
  ? unknown
  : T extends string | number | boolean | bigint | null | undefined | Date
    ? T
    : T extends { toJSON(): infer J }
      ? Stored<J>
      : T extends (...args: never) => unknown
        ? never
        : T extends readonly unknown[]
          ? { [K in keyof T]: Stored<T[K]> }
          : T extends object
            ? { [K in keyof T as T[K] extends (...args: never) => unknown ? never : K]: Stored<T[K]> }
            : never;

export interface PerformOptions<T, Request> {
  idempotency: Idempotency<NoInfer<T>>;
  /** JSON that is stored, compared and handed to `run`; without it Waybill cannot see that a request changed. */
  request?: Request;
  run: (attempt: Attempt & { request: Request }) => Promise<T> | T;
  /** What a rehearsal uses instead of `run`. */
  simulate?: (attempt: { idempotencyKey: string; random: () => number }) => NoInfer<T> | Promise<NoInfer<T>>;
  expect?: StandardSchemaV1<unknown, NoInfer<T>>;
}

/** A system without a base URL: its calls are made by code of your own, such as a vendor's SDK. */
export interface Performs {
  readonly name: string;
  /**
   * An effect made by code of your own.
   *
   * @example
   * bank.perform({ idempotency: byKey(), run: ({ idempotencyKey }) => sdk.charges.create({ amount: 1200 }, { idempotencyKey }) })
   */
  perform<T, Request = undefined>(options: PerformOptions<T, Request>): Change<Stored<T>>;
}

/** An external system with a base URL. */
export interface System extends Performs {
  get<S extends MaybeSchema = undefined>(path: string, options: GetOptions<S> & { orAbsent: true }): Read<Answered<S> | undefined>;
  get<S extends MaybeSchema = undefined>(path: string, options?: GetOptions<S> & { orAbsent?: false }): Read<Answered<S>>;
  /** A read with a body: the QUERY method (https://www.rfc-editor.org/rfc/rfc10008), or a POST that is declared to change nothing. */
  query<S extends MaybeSchema = undefined>(path: string, options?: WriteOptions<S> & { method?: "QUERY" | "POST" }): Read<Answered<S>>;
  put<S extends MaybeSchema = undefined>(path: string, options: MayBeNatural<S>): Change<Answered<S>>;
  delete<S extends MaybeSchema = undefined>(path: string, options?: MayBeNatural<S>): Change<Answered<S>>;
  post<S extends MaybeSchema = undefined>(path: string, options: SaysHowItRepeats<S>): Change<Answered<S>>;
  patch<S extends MaybeSchema = undefined>(path: string, options: SaysHowItRepeats<S>): Change<Answered<S>>;
}

export type Auth =
  | { readonly kind: "bearer"; readonly token: Secret }
  | { readonly kind: "basic"; readonly user: string | Secret; readonly password: Secret }
  | { readonly kind: "apiKey"; readonly in: "header" | "query"; readonly name: string; readonly key: Secret };

export type Limit =
  | { readonly kind: "rate"; readonly count: number; readonly perMs: number }
  | { readonly kind: "concurrent"; readonly count: number };

export interface BreakerOptions {
  /** The share of failures that opens it, 0.5 by default. */
  share?: number;
  /** Distinct records that must have been seen before it may open, 5 by default. */
  volume?: number;
  /** How long it stays open before one probe, `"5s"` by default; it doubles with every failed probe up to 5 minutes. */
  open?: Duration;
}

export interface SystemOptions {
  /** Where the system lives. Without it the system can only `perform`. */
  baseUrl?: string;
  auth?: Auth;
  headers?: Headers;
  limits?: readonly Limit[];
  /** The longest one request may take, answer included; `"30s"` by default. */
  timeout?: Duration;
  /** A longer answer is not read; 10 MB by default. */
  answerBytesMax?: number;
  breaker?: BreakerOptions | false;
  /** Reads answers of this system where the usual reading of HTTP is wrong. */
  classify?: Classify;
  /** Lets a host name resolve to private addresses. */
  private?: boolean;
}

/** A declared system, checked. */
export interface SystemDefinition {
  readonly name: string;
  readonly baseUrl: URL | undefined;
  readonly auth: Auth | undefined;
  readonly headers: Headers | undefined;
  readonly limits: readonly Limit[];
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  readonly breaker: { readonly share: number; readonly volume: number; readonly openMs: number } | undefined;
  readonly classify: Classify | undefined;
  readonly privateAllowed: boolean;
}
