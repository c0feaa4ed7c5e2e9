import type { OutcomeName } from "./outcome.ts";
import type { Cause, State } from "./record.ts";

// Traces, in Waybill's own words. Who works says what it does; names, kinds and conventions are chosen in watch/traces/, and nobody else knows which library
// they are told to. Where nobody records, there are no spans: `undefined` everywhere, and nothing is made for it.

export interface Tracing {
  /** Whether anybody records now: without, nothing is written or read for traces. */
  readonly recording: boolean;
  /** What came from a source is being taken. */
  intake(of: TracedIntake): IntakeSpan | undefined;
  /** A source asks another system for what is new. */
  poll(source: string, tenant: string): CallerSpan | undefined;
  /** One run for one record. */
  run(of: TracedRun): RunSpan | undefined;
  /** Asks whoever records to hand on what it still holds, for a bounded time. Never rejects. */
  flush(): Promise<void>;
}

export interface Span {
  /** Does work as a part of it: what others record meanwhile stands below it. */
  within<T>(work: () => T): T;
  /** It is over. What comes later is ignored. */
  end(): void;
}

export interface TracedIntake {
  readonly source: string;
  readonly tenant: string;
  readonly items: number;
  /** It is a part of what the caller is doing. Otherwise a trace begins here. */
  readonly inside: boolean;
  /** Set where it came over HTTP: the `traceparent` that its sender claims, or `""`. Nobody vouches for it, so it is linked and no more. */
  readonly claimed: string | undefined;
}

/** What became of one item for one integration. */
interface TracedRow {
  readonly record: string;
  readonly integration: string;
  readonly state: State;
  readonly duplicate: boolean;
}

export interface IntakeSpan extends Span {
  /** What is kept with the records of the item in this place; undefined where it is not recorded. */
  traceparent(item: number): string | undefined;
  taken(items: readonly (readonly TracedRow[])[]): void;
  failed(code: string): void;
}

/** Whoever makes requests to other systems. */
export interface CallerSpan extends Span {
  call(of: TracedCall): CallSpan;
}

export interface TracedCall {
  readonly system: string;
  readonly method: string;
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  /** How often it was sent before. */
  readonly resent: number;
}

/** One HTTP request. */
export interface CallSpan {
  /** What tells the other side by which span it is called: name, value, name, value. */
  readonly headers: readonly string[];
  /** It is over: with a status, where one came, and what broke it, where it broke. */
  over(status: number | undefined, error: string | undefined): void;
}

export interface TracedRun {
  readonly record: string;
  readonly integration: string;
  readonly tenant: string;
  /** Runs before this one that counted as an attempt. */
  readonly attempts: number;
  /** As it was kept with the record at intake. */
  readonly trace?: string | undefined;
}

export interface RunSpan extends CallerSpan {
  /** @param others runs of other records whose effects go in the same call. */
  attempt(of: TracedAttempt, others?: readonly RunSpan[]): AttemptSpan;
  settled(as: { readonly state: State; readonly cause: Cause | undefined; readonly reason: string | undefined }): void;
}

export interface TracedAttempt {
  readonly effect: string;
  readonly system: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly generation?: number;
  /** An earlier attempt may have been applied. */
  readonly inDoubt: boolean;
  /** How many effects go in this call, where it is not one. */
  readonly carries?: number;
}

export interface AttemptSpan extends CallerSpan {
  came(outcome: OutcomeName): void;
}

/** Does work as a part of a span that ends with it. */
export async function during<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await span.within(work);
  } finally {
    span.end();
  }
}
