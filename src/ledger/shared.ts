import type { RecordId } from "./identity.ts";
import type { How, RunWrite } from "./work.ts";

/** One call that carries effects of several records, as stored. It is there from before it leaves until all that it carries is settled. */
export interface SharedCall {
  /** Its idempotency key; the effects that it carries name it. */
  readonly key: string;
  /** StoredRequest as JSON: which effects it carries, and the bytes that are repeated. */
  readonly request: string;
  /** `doubt`: it may have been applied. `done`: it was answered whole, and each effect reads its own part. `void`: it was not. */
  readonly state: "doubt" | "done" | "void";
  readonly how: How;
  /** The whole answer in the codec; for `done`. */
  readonly result: string | undefined;
  /** The whole answer as it came, JSON {status, text}, where it breaks `expect`; for `done`. */
  readonly answer: string | undefined;
  readonly why: string | undefined;
  /** First possible send, milliseconds since 1970. */
  readonly firstSentMs: number;
  /** The last moment at which the latest send may have left or still be under way. */
  readonly lastSentMs: number;
  /** The records whose effects it carries. */
  readonly records: readonly RecordId[];
}

/** What several runs write together with the call that carries their effects, in one transaction. */
export interface SharedWrite {
  readonly call: SharedCall;
  readonly runs: readonly RunWrite[];
  /**
   * `all`: nothing is written unless every run still holds its record. `each`: a run that does not is left out.
   */
  readonly of: "all" | "each";
  /** Once all runs have written, the call is not needed any more. */
  readonly settled: boolean;
}

export interface SharedResult {
  /** Records that are not in this worker's hands any more; with `all`, nothing was written then. */
  readonly revoked: readonly RecordId[];
}
