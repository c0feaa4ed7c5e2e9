import type { CallKind } from "../model/call.ts";
import type { OutcomeName } from "../model/outcome.ts";
import type { RecordId } from "./identity.ts";

// The log of calls: what went to other systems and what came back, for people. It proves nothing: what an effect came to stands with the effect.

/** One request and what came back, without secrets and cut to what is kept. */
export interface CallEntry {
  readonly atMs: number;
  readonly durationMs: number;
  readonly kind: CallKind;
  /** The effect, the read or the source. */
  readonly what: string;
  readonly system: string;
  /** `""` where there are none. */
  readonly tenant: string;
  /** `""` where it is made for none in particular. */
  readonly integration: string;
  /** None of a poll; several of a batch. */
  readonly records: readonly RecordId[];
  /** 1 for the first. */
  readonly attempt: number;
  readonly method: string;
  readonly url: string;
  readonly outcome: OutcomeName;
  readonly status: number | undefined;
  readonly why: string | undefined;
  readonly request: CallSide;
  /** Undefined when nothing came back. */
  readonly answer: CallSide | undefined;
}

export interface CallSide {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The beginning of it; undefined when there was none, or when it is not kept. */
  readonly body: string | undefined;
  /** How long the body was. */
  readonly bytes: number;
}

/** Calls that are only counted. */
export interface CallCount {
  readonly system: string;
  readonly outcome: OutcomeName;
  readonly count: number;
}

export interface CallWrite {
  readonly atMs: number;
  readonly entries: readonly CallEntry[];
  readonly counts: readonly CallCount[];
  /** More than this is not kept in all: the oldest go. */
  readonly bytesMax: number;
}

export interface CallFilter {
  readonly record?: RecordId | undefined;
  readonly system?: string | undefined;
  readonly tenant?: string | undefined;
  readonly integration?: string | undefined;
  /** From and to, both included: 500 to 599. */
  readonly status?: readonly [number, number] | undefined;
  readonly outcomes?: readonly OutcomeName[] | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
  /** Older than this one. */
  readonly before?: string | undefined;
  /** Those that Waybill makes for itself too, such as what tells of alerts. A record, system or integration of its own that is named is told anyway. */
  readonly all?: boolean | undefined;
}

export interface CallRow extends CallEntry {
  /** Its name in the log. */
  readonly call: string;
}

export interface CallPage {
  /** Newest first. */
  readonly rows: readonly CallRow[];
  readonly next: string | undefined;
  /** Calls of these systems, in the hours since then, that are only counted: whose they were is not known. */
  readonly counted: readonly CallCount[];
}
