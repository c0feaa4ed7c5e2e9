import type { Cause, Issue, State } from "../model/record.ts";
import type { TimelineWhat } from "../model/timeline.ts";

// The ledger's port: what the flow needs from a durable store, in the words of the domain. Every method is asynchronous and its work is
// batched: whatever is asked while one commit runs joins the next one. Every method is one transaction, written as a closure that may run
// again (a serialization failure, a lost connection), so it never depends on what an earlier try of it did.
//
// One worker owns a key at a time. In SQLite one process owns the whole ledger; a store for a fleet owns by lanes, inside `claim` and `write`:
// the flow sees only that a write of a stale owner is refused (`revoked`).

/** A record's name in the ledger: short text, opaque, in order of intake when sorted as the store sorts. */
export type RecordId = string;

/** The first 16 bytes of a SHA-256, for identity and comparison. */
export type Hash = Uint8Array;

/** Everything that a store can do that the others may not. Nothing a user can see depends on it. */
export interface LedgerFacts {
  /** For people: `sqlite:.waybill/ledger.db`. */
  readonly address: string;
  /** May dispatch and read sources. A guest may read, and write short compare-and-set transactions. */
  readonly owner: boolean;
  /** Names this ledger and its lineage: a restored backup opens a new epoch. */
  readonly ledgerId: string;
  readonly epoch: number;
}

// ---------------------------------------------------------------------------------------------------------------- intake

/** One thing that came from a source: one payload, and one row for each integration that the source feeds. Taken whole or not at all. */
export interface Arrival {
  readonly source: string;
  readonly raw: Uint8Array | string;
  readonly rows: readonly IntakeRow[];
}

export interface Identified {
  readonly id: string;
  readonly entity: string;
  readonly key: string;
  /** `identify` named a key itself: then the entity keeps the first one it came with. */
  readonly keyGiven: boolean;
  /** 53 bits of the hash of (integration, tenant, key): what is kept in order. Two keys that share it only wait for each other. */
  readonly keyHash: number;
  readonly entityHash: Hash;
  /** Sorts as text; undefined without `latestOnly`. */
  readonly version: string | undefined;
  /** Of what the contract made of it: canonical JSON. */
  readonly fingerprint: Hash;
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
  /** Of (source, content, delivery id, index in the delivery): what marks a row that breaks the contract. */
  readonly contentMark: Hash;
  /** Of (id, content): what marks a conflict. Undefined without identity. */
  readonly conflictMark: Hash | undefined;
  readonly rawHash: Hash;
  /** Of the contract that read it. */
  readonly contract: string;
  /** What the contract made of it, in the codec; undefined when that is the raw text itself, letter for letter. */
  readonly content: string | undefined;
  readonly sameId: "conflict" | "ignore";
  readonly strict: boolean;
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
  /** Nothing was taken: the cursor stands elsewhere. */
  | { readonly kind: "cursor-moved"; readonly cursor: string | undefined };

export interface CompareRow {
  readonly arrival: number;
  readonly row: number;
  readonly record: RecordId;
  /** The first one's raw bytes; undefined when they are pruned: then the fingerprints decide, and they differ. */
  readonly raw: Uint8Array | undefined;
}

// ---------------------------------------------------------------------------------------------------------------- the work

export type EffectState =
  /** The request may be on its way; found after a crash it means in doubt. */
  | "intended"
  /** In doubt, and known to be. */
  | "doubt"
  /** It is there; `result` is what it answered. */
  | "done"
  /** It is there, but the answer breaks `expect`; `answer` holds it. */
  | "unexpected"
  /** Refused for good; thrown again on later runs. */
  | "refused"
  /** Certainly not applied; may be sent again. */
  | "not-applied"
  /** The destination took it and works on it. */
  | "pending";

export type How = "natural" | "byKey" | "byLookup" | "atMostOnce";

/** One effect as stored. `owner` is a record, or an entity's memory for `per: "entity"`. */
export interface StoredEffect {
  readonly name: string;
  readonly per: "record" | "entity";
  readonly generation: number;
  readonly state: EffectState;
  readonly how: How;
  /** StoredRequest as JSON. */
  readonly request: string;
  /** In the codec; for `done`. */
  readonly result: string | undefined;
  /** The answer as far as it is known, JSON {status, text}: for `unexpected`, `refused`. */
  readonly answer: string | undefined;
  readonly why: string | undefined;
  readonly release: string;
  /** The idempotency key that it was, or is, sent with. */
  readonly idempotencyKey: string;
  /** First possible send of this generation, milliseconds since 1970. */
  readonly firstSentMs: number;
  /** The last moment at which the latest send may have left or still be under way. */
  readonly lastSentMs: number;
  readonly doneAtMs: number | undefined;
  readonly attempts: number;
  /** Which record made it (for `per: "entity"`). */
  readonly madeBy: RecordId;
  /** Never compared with the code's request again: a person said so. */
  readonly uncompared: boolean;
}

export interface EntityMemory {
  /** Of `changedOnly` of the last delivered record. */
  readonly fingerprint: Hash | undefined;
  /** A record of this entity began after the last delivered one. */
  readonly begun: boolean;
}

/** A record in a worker's hands. */
export interface Claimed {
  readonly record: RecordId;
  readonly integration: string;
  readonly tenant: string;
  /** Empty while it is loading. */
  readonly id: string;
  readonly entity: string;
  readonly key: string;
  readonly keyHash: number;
  readonly entityHash: Hash | undefined;
  readonly version: string | undefined;
  readonly receivedAtMs: number;
  /** In the codec, or the raw text when `contentIsRaw`. */
  readonly content: string;
  readonly contentIsRaw: boolean;
  readonly contract: string;
  readonly attempts: number;
  /** Sum of its own attempts and pauses: the give-up clock, in milliseconds. */
  readonly spentMs: number;
  /** Times that a worker was lost with this record in its hands, since it last made progress. */
  readonly recovered: number;
  /** Effects of this record; those of its entity come when they are asked for. */
  readonly effects: readonly StoredEffect[];
  readonly memory: EntityMemory | undefined;
  /** A newer version of its entity has come: with nothing begun, it is superseded. */
  readonly overtaken: boolean;
  /** Part of every idempotency key of a released conflict. */
  readonly salt: string | undefined;
  readonly loading: boolean;
  /** A person let it go again in this way, and it has not settled since: done effects stand uncompared. */
  readonly uncompared: boolean;
}

export interface ClaimOptions {
  readonly limit: number;
  readonly nowMs: number;
  /** Integrations that may run now; others stay where they are. Undefined: all. */
  readonly integrations: readonly string[] | undefined;
}

export interface ClaimResult {
  readonly claimed: readonly Claimed[];
  /** When the next record is due, if none is due now that was not claimed; 0 when more are due already. */
  readonly nextAtMs: number | undefined;
}

/** What one run of `deliver` writes. The parts of one run that wait for the same commit are merged by the flow. */
export interface RunWrite {
  readonly record: RecordId;
  readonly keyHash: number;
  readonly integration: string;
  readonly tenant: string;
  /** Written before what they describe is sent. */
  readonly intents: readonly Intent[];
  readonly effects: readonly EffectWrite[];
  readonly timeline: readonly TimelineEntry[];
  /** Marks the entity as begun, for `changedOnly`, before anything is sent. */
  readonly beginEntity: EntityRef | undefined;
  /** After a deploy that changed the contract, what it makes now of a record with nothing begun. Identity stays as marked. */
  readonly reread: { readonly contract: string; readonly content: string | undefined } | undefined;
  readonly settlement: Settlement | undefined;
}

export interface EntityRef {
  readonly entity: string;
  readonly entityHash: Hash;
}

export interface Intent {
  /** Undefined: an effect of the record. */
  readonly entity: EntityRef | undefined;
  /** `fresh`: there should be none yet; if there is, nothing is written and the stored one comes back. `again`: replaces the stored one's state. */
  readonly mode: "fresh" | "again";
  readonly effect: StoredEffect;
}

export interface EffectWrite {
  readonly entity: EntityRef | undefined;
  /** `undefined` drops a stored effect that was certainly not applied and not asked for. */
  readonly effect: StoredEffect | undefined;
  readonly name: string;
}

export interface TimelineEntry {
  readonly atMs: number;
  readonly what: TimelineWhat;
  /** Who: a person's name, or undefined for Waybill itself. */
  readonly actor: string | undefined;
  /** JSON. */
  readonly detail: string | undefined;
}

export interface Settlement {
  readonly to: Exclude<State, "delivering">;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues?: readonly Issue[] | undefined;
  readonly atMs: number;
  /** For `waiting`: when it is due again. */
  readonly nextAtMs: number;
  /** 1 when this run counts as an attempt, else 0. */
  readonly attempts: 0 | 1;
  readonly spentMs: number;
  readonly strict: boolean;
  /** Written when it is delivered, only where the definition uses it. */
  readonly memory:
    | { readonly entity: EntityRef; readonly fingerprint: Hash | undefined; readonly version: string | undefined }
    | undefined;
  /** A loaded or re-read record's identity and content: a known id ends it `discarded` or `quarantined` instead. */
  readonly identity: Reading | undefined;
}

/** What reading a record (again) made of it. */
export interface Reading {
  readonly identity: Identified;
  readonly idMark: Hash;
  readonly conflictMark: Hash;
  readonly rawHash: Hash;
  readonly contract: string;
  readonly content: string | undefined;
  /** A loaded entity replaces what the notice brought. */
  readonly raw: string | undefined;
  /** As in the definition; `conflict` by default. */
  readonly sameId?: "conflict" | "ignore" | undefined;
}

export type WriteResult =
  | {
      readonly kind: "written";
      /** Per intent: the stored effect where a `fresh` one was already there. */
      readonly existing: readonly (StoredEffect | undefined)[];
      /** Where it settled, if it did: a reading of a known id ends elsewhere than asked, and an overtaken retry is superseded. */
      readonly settledAs: { readonly state: State; readonly cause: Cause | undefined } | undefined;
    }
  /** This worker no longer holds the record: nothing was written. */
  | { readonly kind: "revoked"; readonly why: string };

// ---------------------------------------------------------------------------------------------------------------- persons

/** A person's move of one record, by compare-and-set on its revision. */
export interface Move {
  readonly record: RecordId;
  readonly revision: number;
  readonly to: Exclude<State, "delivering">;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly atMs: number;
  readonly timeline: readonly TimelineEntry[];
  readonly effects: readonly EffectWrite[];
  readonly identity: Reading | undefined;
  readonly strict: boolean;
  /** Done effects stand uncompared from now on. */
  readonly uncompared: boolean;
  /** Records of its entity held with it, or waiting for its effect, are freed. */
  readonly freeEntity: boolean;
  /** Allowed although newer records of its key have been delivered since. */
  readonly overtaken: boolean;
  /** A released conflict: its content becomes part of its idempotency keys. */
  readonly salt: string | undefined;
}

export type MoveResult =
  | {
      readonly kind: "moved";
      readonly state: State;
      readonly cause: Cause | undefined;
      readonly duplicateOf: RecordId | undefined;
    }
  /** Somebody or something was there first. */
  | { readonly kind: "changed"; readonly state: State; readonly delivering: boolean }
  /** Newer records of its key were delivered since; ask again with `overtaken`. */
  | { readonly kind: "overtaken"; readonly by: readonly RecordId[] }
  | { readonly kind: "unknown" };

// ---------------------------------------------------------------------------------------------------------------- reading

export interface RecordRow {
  readonly record: RecordId;
  readonly integration: string;
  readonly tenant: string;
  readonly source: string;
  readonly id: string | undefined;
  readonly entity: string | undefined;
  readonly key: string | undefined;
  readonly version: string | undefined;
  readonly state: State;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly receivedAtMs: number;
  readonly settledAtMs: number | undefined;
  /** When it is due, where it is the first of its key. */
  readonly nextAtMs: number | undefined;
  readonly attempts: number;
  readonly revision: number;
  readonly salt: string | undefined;
}

export interface RecordWhole extends RecordRow {
  readonly raw: Uint8Array | undefined;
  readonly content: string | undefined;
  readonly contract: string | undefined;
  readonly timeline: readonly TimelineEntry[];
  /** Its own, and those of its entity that it made or uses. */
  readonly effects: readonly StoredEffect[];
}

export interface RecordFilter {
  readonly integration?: string | undefined;
  readonly tenant?: string | undefined;
  readonly states?: readonly State[] | undefined;
  readonly cause?: Cause | undefined;
  readonly key?: string | undefined;
  readonly id?: string | undefined;
  readonly entity?: string | undefined;
  /** Text in record, id, entity or key. */
  readonly search?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
  /** Newest first, below this record. */
  readonly before?: RecordId | undefined;
}

/** One group of an inbox. */
export interface InboxGroup {
  readonly integration: string;
  readonly tenant: string;
  readonly cause: Cause;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The newest one's reason and record. */
  readonly reason: string | undefined;
  readonly sample: RecordId;
}

/** The books of one integration and tenant. They balance when `received` equals the sum of all that follows but `refused`. */
export interface Book {
  readonly integration: string;
  readonly tenant: string;
  readonly received: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly quarantined: number;
  readonly waiting: number;
  readonly delivering: number;
  readonly delivered: number;
  readonly superseded: number;
  readonly dead: number;
  readonly held: number;
  readonly discarded: number;
  readonly pruned: number;
  readonly refused: number;
}

/** Something that never became a record. */
export interface Refusal {
  readonly source: string;
  readonly integrations: readonly string[];
  readonly tenant: string;
  readonly reason: string;
  readonly atMs: number;
  /** The first bytes of what came, for people; at most 2,000. */
  readonly sample: string;
  /** How many such refusals this stands for; 1 when it is left out. */
  readonly count?: number | undefined;
}

export interface RefusalRow {
  readonly source: string;
  readonly reason: string;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly sample: string;
}

export interface PruneStep {
  /** Payloads and bodies of final records received before this go. */
  readonly payloadsBeforeMs: number;
  readonly historyBeforeMs: number;
  readonly marksBeforeMs: number | undefined;
  readonly limit: number;
}

export interface PruneResult {
  readonly payloads: number;
  readonly records: number;
  readonly marks: number;
  /** There may be more: ask again. */
  readonly more: boolean;
}

// ---------------------------------------------------------------------------------------------------------------- the port

export interface Ledger {
  readonly facts: LedgerFacts;

  /** Turns a guest into the owner; what another owner had in its hands goes back. Rejects with `ledger-owned` while somebody else is. */
  own(nowMs: number): Promise<void>;

  /** Takes what came: dedupe mark and record in one commit, counters with them. */
  intake(batch: IntakeBatch): Promise<IntakeResult>;
  /** Puts due records into this worker's hands, one per key, oldest due first. */
  claim(options: ClaimOptions): Promise<ClaimResult>;
  /** Writes what a run has to write; refused when the record is not in this worker's hands. */
  write(run: RunWrite): Promise<WriteResult>;
  /** Puts claimed records that were never begun back, untouched: for draining. */
  unclaim(records: readonly { readonly record: RecordId; readonly keyHash: number }[]): Promise<void>;

  /** An entity's stored effects, with the first send of each: for `per: "entity"`. */
  entityEffects(integration: string, tenant: string, entityHash: Hash): Promise<readonly StoredEffect[]>;

  move(move: Move): Promise<MoveResult>;

  find(filter: RecordFilter): Promise<{ readonly rows: readonly RecordRow[]; readonly next: RecordId | undefined }>;
  record(record: RecordId): Promise<RecordWhole | undefined>;
  inbox(states: readonly State[], integration: string | undefined): Promise<readonly InboxGroup[]>;
  /** All books in one snapshot. */
  balance(integration: string | undefined): Promise<readonly Book[]>;
  /** How many records are waiting or delivering. */
  unsettled(integration: string | undefined): Promise<number>;

  cursor(source: string): Promise<string | undefined>;
  setCursor(move: CursorMove & { readonly force: boolean }): Promise<boolean>;
  refuse(refusals: readonly Refusal[]): Promise<void>;
  refusals(source: string | undefined): Promise<readonly RefusalRow[]>;

  prune(step: PruneStep): Promise<PruneResult>;

  /** Calls `listener` when somebody else wrote to this ledger. */
  onForeignWrite(listener: () => void): void;
  /** Whether a commit would succeed now; rejects with `ledger-full` or `ledger-failed`. */
  probe(): Promise<void>;
  /** Finishes what was asked and lets go of the file. */
  close(): Promise<void>;
}

/** Everything in a ledger method that may fail for reasons of the machine comes as WaybillError `ledger-full`, `ledger-failed` or `ledger-closed`. */
export interface OpenOptions {
  readonly address: string;
  readonly role: "owner" | "guest";
  /** Refuse to create what is not there. */
  readonly mustExist: boolean;
}
