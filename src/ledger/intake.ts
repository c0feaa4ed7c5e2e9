import type { Cause, Issue, State } from "../model/record.ts";
import type { Hash, Identified, RecordId, Unique } from "./identity.ts";
import type { Claimed } from "./work.ts";

/** One thing that came from a source: one payload, and one row for each integration that the source feeds. Taken whole or not at all. */
export interface Arrival {
  readonly source: string;
  readonly raw: Uint8Array | string;
  readonly rows: readonly IntakeRow[];
  /** Where in a file it stands. */
  readonly origin?: Origin | undefined;
  /** The traceparent of the span that took it, where somebody records: kept with each new record that it makes. */
  readonly trace?: string | undefined;
  /** Its number in the outbox, where it was sent within a transaction: it leaves the outbox as it is taken, and is not taken when it is no longer there. */
  readonly outbox?: number | undefined;
}

/** A place in a file, for the person who looks for a record there. */
export interface Origin {
  /** JSON: the file, and how it was read. The same for all its rows. */
  readonly text: string;
  readonly line: number;
}

export interface IntakeRow {
  readonly integration: string;
  readonly tenant: string;
  readonly receivedAtMs: number;
  readonly state: "waiting" | "filtered" | "quarantined";
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  /** Undefined when it breaks the contract before it has an identity. */
  readonly identity: Identified | undefined;
  /** Of the id: (integration, tenant, id). Undefined without identity. */
  readonly idMark: Hash | undefined;
  /**
   * Of (source, content, delivery id, index in the delivery): what marks a row that breaks the contract. Undefined where the row has an identity and
   * no delivery: the store works it out where it needs it.
   */
  readonly contentMark: Hash | undefined;
  readonly rawHash: Hash;
  /** Of the contract that read it. */
  readonly contract: string;
  /** What the contract made of it, in the codec; undefined when that is the raw text itself, letter for letter. */
  readonly content: string | undefined;
  readonly sameId: "conflict" | "ignore";
  readonly strict: boolean;
  /** What no other entity may have; a waiting record whose value another one has is quarantined, cause `same-as`. */
  readonly unique?: Unique | undefined;
  /** A record with the same id, other raw content and another contract was read again with this contract: is it the same? */
  readonly compared: { readonly record: RecordId; readonly equal: boolean } | undefined;
  /** Thin notices only: waits without identity until it is loaded; its key is its entity's, as the notice names it. */
  readonly loading: { readonly keyHash: number; readonly key: string } | undefined;
}

export interface CursorMove {
  readonly source: string;
  /** What the cursor must be now (JSON text, undefined for none yet): otherwise nothing is taken. */
  readonly from: string | undefined;
  readonly to: string;
  readonly atMs: number;
}

export interface IntakeBatch {
  readonly arrivals: readonly Arrival[];
  readonly cursor: CursorMove | undefined;
  /** How many of the new records may be claimed in this same commit, where their key is idle. */
  readonly claimUpTo: number;
}

/** One row's fate. `duplicate` names the record that was there first, with its state now. */
export interface Taken {
  readonly record: RecordId;
  readonly state: State;
  readonly duplicate: boolean;
}

export type IntakeResult =
  | {
      readonly kind: "taken";
      /** As the batch: per arrival, per row. */
      readonly arrivals: readonly (readonly Taken[])[];
      readonly claimed: readonly Claimed[];
    }
  /** Nothing was taken: these known ids came with other content that another contract had read. Read both with the present one and ask again. */
  | { readonly kind: "compare"; readonly rows: readonly CompareRow[] }
  /** Nothing was taken: the cursor stands elsewhere, or somebody else has taken something of it out of the outbox. */
  | { readonly kind: "cursor-moved"; readonly cursor: string | undefined };

export interface CompareRow {
  readonly arrival: number;
  readonly row: number;
  readonly record: RecordId;
  /** The first one's raw bytes; undefined when they are pruned: then the fingerprints decide, and they differ. */
  readonly raw: Uint8Array | undefined;
}
