import type { LimitedCall } from "../define/limit.ts";
import type { AnyChange, HttpChange, PerformChange } from "../define/request.ts";
import type { SystemDefinition } from "../define/system.ts";
import type { Stop } from "../ledger/ledger.ts";
import type { CallKind } from "../model/call.ts";
import type { Outcome } from "../model/outcome.ts";
import type { CallerSpan } from "../model/tracing.ts";
import type { From } from "./crowds.ts";
import type { TenantRef } from "./tenant-ref.ts";

/**
 * A request as it is stored, compared and repeated: everything that is sent except `auth`, with the idempotency key in its place and every
 * secret by its name. Plain JSON.
 */
export interface StoredRequest {
  readonly system: string;
  readonly method: string;
  /** `perform` requests have the path `""` and the user's `request` as body, or no body. */
  readonly path: string;
  /** Sorted by name, then as given. */
  readonly query: readonly (readonly [string, StoredText])[];
  /** Lower-case names, sorted. */
  readonly headers: readonly (readonly [string, StoredText])[];
  readonly body:
    | { readonly kind: "json" | "text" | "form"; readonly text: string; readonly secrets?: readonly string[] }
    | { readonly kind: "base64"; readonly text: string }
    | undefined;
  /** The effects that this one call carries, in its order. */
  readonly parts?: readonly string[];
  /** The code says how it is undone. */
  readonly undo?: true;
}

/** Text, or the name of the secret that is filled in when it is sent; an optional one that is not set is left out. */
export type StoredText = string | { readonly secret: string; readonly optional?: true };

/** Permission for one request to one system. `release` gives it back when the answer arrived; `unsent` when it was never used. */
export interface Permit {
  /** It finds out whether the system is back. */
  readonly probe: boolean;
  /** Once it is released: it was a probe of a system that is down still, and costs the record no attempt. */
  readonly free: boolean;
  /**
   * Asked in the tick that writes to the socket: between a permit and its request lie a commit, a connection, a handshake.
   *
   * @throws {Deferred} when the system has asked to be left alone since, was paused, or is down. The permit is then `unsent`.
   */
  check(): void;
  /** What `check` threw. */
  readonly recalled: Deferred | undefined;
  release(outcome: Outcome): void;
  unsent(): void;
}

/** Thrown by `enter` when a permit would take longer than the caller may wait: the record waits, uncounted, until `untilMs`. */
export class Deferred extends Error {
  override readonly name = "Deferred";
  readonly untilMs: number;
  readonly system: string;
  /** A person said so, and may take it back at any moment. */
  readonly paused: boolean;
  constructor(system: string, untilMs: number, why: string, paused = false) {
    super(why);
    this.system = system;
    this.untilMs = untilMs;
    this.paused = paused;
  }
}

export type Asked = "politely" | "anyway";

export interface EnterOptions {
  /** Whose account there is meant. */
  readonly tenant?: TenantRef | undefined;
  /** The record that asks: the breaker counts distinct records, and probes with another one where it can. */
  readonly record: string;
  /** Longer than this is not waited: `Deferred` is thrown instead. */
  readonly waitMsMax: number;
  readonly signal: AbortSignal;
  /** A person asks, who does not wait for a breaker; with `anyway` for no stop and no pause either. What is declared holds. */
  readonly asked?: Asked | undefined;
  /** When the key window of the asking effect lapses: a probe takes the soonest first. Milliseconds since 1970. */
  readonly lapsesAtMs?: number | undefined;
  /** Whose call it is: permits are shared fairly between those who want them. */
  readonly from?: From | undefined;
  /** What the call costs, where its request says so. */
  readonly cost?: number | undefined;
  /** What it is, for limits that ask. */
  readonly call?: (() => LimitedCall) | undefined;
}

/** Whose call it is, for the log of calls. */
export interface CallOf {
  readonly kind: CallKind;
  /** The effect, the read or the source. */
  readonly what: string;
  readonly integration?: string | undefined;
  readonly records?: readonly string[] | undefined;
}

export interface SendOptions {
  readonly call?: CallOf | undefined;
  /** What it is a part of, where somebody records traces. */
  readonly span?: CallerSpan | undefined;
  /** Whose address and credentials are used. */
  readonly tenant?: TenantRef | undefined;
  readonly signal: AbortSignal;
  /** Called in the tick that writes to the socket; throws when the run was revoked. */
  readonly beforeSend: () => void;
  readonly idempotencyKey: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** An earlier attempt of this effect may have been applied: then a DELETE that finds nothing is done. */
  readonly afterDoubt?: boolean;
  /** Of a read that was sent on: the path on the system's host, with its query, in place of its own. */
  readonly at?: string | undefined;
}

export interface LimitView {
  /** `60 per 1m`. */
  readonly limit: string;
  readonly left: number;
  /** When the next permit comes, while none is left. */
  readonly refillsAt: string | null;
  /** When none will be left if calls go on as they did lately; only of limits over a minute and more. */
  readonly spentAt: string | null;
  /** Of a limit that counts by method, path or something else: the key that has the least left. */
  readonly key?: string;
}

/** What `waybill systems` shows. */
export interface SystemState {
  readonly name: string;
  /** Whose account there, where each tenant has one. */
  readonly tenant?: string;
  readonly breaker: "closed" | "open" | "probing";
  /** When an open breaker lets the next probe go. */
  readonly openUntil: string | null;
  readonly inFlight: number;
  readonly limits: readonly LimitView[];
  readonly stoppedUntil: string | null;
  readonly stoppedBecause: string | null;
  /** So many may be under way for now, below what is declared, and why; null when nothing is held back. */
  readonly atOnce: { readonly most: number; readonly why: string } | null;
  /** What its answers say is left of its own quotas. */
  readonly told: readonly {
    readonly told: string;
    readonly limit: number | null;
    readonly left: number;
    readonly until: string | null;
  }[];
  /** Of the last answers, in milliseconds; null when nothing was answered lately. */
  readonly latency: { readonly medianMs: number; readonly p95Ms: number; readonly answers: number } | null;
  readonly auth: "ok" | "unauthorized" | "none";
  /** When its token is over, as ISO 8601; null where nobody knows. Whoever asks for it then gets a new one: this is for alerts. */
  readonly expiresAt?: string | null;
  /** Why it is not let in, and the command that helps. */
  readonly authWhy?: string | null;
  readonly next?: string | null;
  /** Its token cannot be got anew without a person. */
  readonly renews?: false;
  /** A person paused it. */
  readonly paused: boolean;
}

/** The outbound side, as flow sees it. */
export interface Systems {
  /** Builds what will be stored. @throws {WaybillError} `effect-misused` when it cannot be sent as described. */
  prepare(change: AnyChange, idempotencyKey: string): StoredRequest;
  /** Waits for breaker, stops and limits. Rejects with `Deferred`, or with the signal's reason. */
  enter(system: SystemDefinition, options: EnterOptions): Promise<Permit>;
  /** Sends a stored request once. Never rejects: whatever happens is an outcome. Does not release the permit. */
  send(change: HttpChange, request: StoredRequest, options: SendOptions): Promise<Outcome>;
  /** Runs a `perform` once. Never rejects. A thrown error is in doubt unless it says otherwise. */
  perform(change: PerformChange, request: StoredRequest, options: SendOptions): Promise<Outcome>;
  /** The longest one request to this system may take, from permit to the end of the answer, in milliseconds. */
  requestMsMax(change: AnyChange): number;
  /** Systems and tenants that may not be called now, by name: whoever asks to enter is sent away, uncounted. Replaces what was paused before. */
  pause(systems: ReadonlySet<string>, tenants?: ReadonlySet<string>): void;
  /** What answers have told, here or to another process, before or now. */
  heed(stops: readonly Stop[]): void;
  /** Reads what others wrote about tokens: at the start, and when somebody else has written to the ledger. */
  look(): Promise<void>;
  /** Of every system that is declared or was called. */
  state(): readonly SystemState[];
  /** How far the date of each system's answers is ahead of this clock, lately. */
  dates(): readonly { readonly system: string; readonly byMs: number }[];
  stop(): Promise<void>;
}

/** How a stored request differs from the one that the code makes now; undefined when they are the same by value. */
export interface RequestDifference {
  /** System, method, path or query differ. */
  readonly target: boolean;
  /** Dotted paths that differ, for people: `method`, `path`, `query.ref`, `body.total`. */
  readonly fields: readonly string[];
}
