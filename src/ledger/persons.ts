import type { Cause, Issue, State } from "../model/record.ts";
import type { Reading, RecordId, Unique } from "./identity.ts";
import type { EffectWrite, TimelineEntry } from "./work.ts";

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
  /** Allowed although another entity has its unique value. */
  readonly sameAs?: boolean | undefined;
  /** Of a record that goes once more without being read again; otherwise its reading has both. */
  readonly unique?: Unique | undefined;
  readonly entity?: string | undefined;
  /** A released conflict: its content becomes part of its idempotency keys. */
  readonly salt: string | undefined;
  /** The rules that it breaks as it stands now; undefined where nobody asked. */
  readonly issues?: readonly Issue[] | undefined;
  /** New content in place of what it has; what came first is kept beside it. Its identity stays as it is. */
  readonly edited?: Edited | undefined;
  /** A thin notice whose entity is known now: it is loaded when its turn comes. */
  readonly loading?: { readonly key: string; readonly keyHash: number } | undefined;
}

/** What a person made of a record's content. */
export interface Edited {
  readonly raw: string;
  /** What the contract makes of it, in the codec; undefined while it is not known. */
  readonly content: string | undefined;
  readonly contract: string;
  /** By what else it is found from now on. */
  readonly search?: readonly string[] | undefined;
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
  /** Another entity has its unique value; ask again with `sameAs`. */
  | { readonly kind: "same-as"; readonly record: RecordId; readonly entity: string; readonly value: string }
  /** Its payload is not kept any more: there is nothing left to deliver. */
  | { readonly kind: "pruned" }
  | { readonly kind: "unknown" };
