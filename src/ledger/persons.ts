import type { Cause, State } from "../model/record.ts";
import type { Reading, RecordId } from "./identity.ts";
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
