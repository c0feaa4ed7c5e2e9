import type { RecordId } from "./identity.ts";

/** Erases what records hold, and keeps the books. In one transaction: all of these records, or those that may not be are named. */
export interface ForgetStep {
  readonly records: readonly RecordId[];
  /** The entity itself, as it may stand in samples and in calls that were made for no record in particular. */
  readonly entity: string;
  readonly atMs: number;
  readonly actor: string;
  readonly why: string | undefined;
  /** Also where an effect is in doubt: nobody can look it up afterwards. */
  readonly anyway: boolean;
  /** Answers what it would do, and writes nothing. */
  readonly dryRun: boolean;
}

export interface Forgotten {
  readonly records: number;
  readonly payloads: number;
  readonly effects: number;
  /** Calls whose address, headers and bodies are gone. */
  readonly calls: number;
  /** Samples of refusals. */
  readonly samples: number;
  /** Sent within transactions, still to be taken in, and may be about it: nobody has read them yet. */
  readonly outbox: number;
  /** Left as they are: not final, or sharing what came with one that is not. */
  readonly notFinal: readonly RecordId[];
  /** Left as they are: an effect of theirs is in doubt. */
  readonly inDoubt: readonly RecordId[];
}
