import type { Cause, Issue, State } from "../model/record.ts";
import type { InHand } from "../model/share.ts";
import type { TimelineWhat } from "../model/timeline.ts";
import type { Hash, Reading, RecordId } from "./identity.ts";

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

/** A record in hand, as it was claimed. */
export interface ClaimRef {
  readonly record: RecordId;
  readonly keyHash: number;
  /** Under which number of its worker, where several share a ledger: what came into hand under a number that ended is in nobody's. */
  readonly holder?: number | undefined;
}

/** A record in a worker's hands. */
export interface Claimed extends ClaimRef {
  readonly integration: string;
  readonly tenant: string;
  /** Empty while it is loading. */
  readonly id: string;
  readonly entity: string;
  readonly key: string;
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
  /** A person has discarded it, and what it made is undone first. */
  readonly undoing: boolean;
  /** The traceparent that it came with, where one was kept and was asked for. */
  readonly trace?: string | undefined;
}

export interface ClaimOptions {
  readonly limit: number;
  readonly nowMs: number;
  /** Integrations that may run now; others stay where they are. Undefined: all. */
  readonly integrations: readonly string[] | undefined;
  /**
   * What this worker has in hand. With it no integration and no tenant gets more than leaves room for others (see `Hands`), and the rest of its records
   * stands aside. Undefined: whoever is due.
   */
  readonly held?: readonly InHand[] | undefined;
  /** Somebody records traces: what was kept of them comes along. */
  readonly traced?: boolean | undefined;
}

export interface ClaimResult {
  readonly claimed: readonly Claimed[];
  /** When the next record is due, if none is due now that was not claimed; 0 when more are due already. */
  readonly nextAtMs: number | undefined;
}

/** What one run of `deliver` writes. The parts of one run that wait for the same commit are merged by the flow. */
export interface RunWrite extends ClaimRef {
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
  /** The entity of a delivered record, where the definition has `unique`: what earlier records of it had is free. */
  readonly uniqueOf?: Hash | undefined;
  /** A loaded or re-read record's identity and content: a known id ends it `discarded` or `quarantined` instead. */
  readonly identity: Reading | undefined;
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
