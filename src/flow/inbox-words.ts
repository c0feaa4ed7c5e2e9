import type { Definition } from "../define/integration.ts";
import type { Edited, Ledger, Reading, RecordId, StoredEffect, Unique } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Cause, Issue, State } from "../model/record.ts";
import type { TimelineWhat } from "../model/timeline.ts";
import type { Clock } from "../world/clock.ts";

/** Who moves a record, and why. */
export interface Person {
  readonly actor: string;
  readonly why: string | undefined;
}

export interface MoveOptions {
  /** Go on although newer records of its key have been delivered since. */
  readonly overtaken?: boolean | undefined;
  /** Only if the record is as it was seen then; a record that has changed since is refused. */
  readonly revision?: number | undefined;
  /** Say what would come of it, and change nothing. */
  readonly dryRun?: boolean | undefined;
  /** In a dry run of many: the ids that those before it would have by then. */
  readonly foreseen?: Foreseen | undefined;
}

/** By the mark of an id: what the record holds that would have it, and which one that is. */
export type Foreseen = Map<string, { readonly record: RecordId; readonly fingerprint: string }>;

export interface ReleaseOptions extends MoveOptions {
  /** Deliver it although another entity has its unique value, which stays that entity's. */
  readonly sameAs?: boolean | undefined;
  /** A conflict is refused: released with everything else, it would be delivered beside the first although nobody meant that. */
  readonly leaveConflicts?: boolean | undefined;
  /** What still breaks the contract stays, with its new reasons; conflicts, and values that another entity has, are left to a person. Nothing is refused. */
  readonly recheck?: boolean | undefined;
}

export interface DiscardOptions extends MoveOptions {
  /** What it made stays as it is, though its code says how it is undone. */
  readonly keepEffects?: boolean | undefined;
}

export interface RedoOptions extends MoveOptions {
  /** A record that has no such effect done stays as it is, and is not refused. */
  readonly ifThere?: boolean | undefined;
}

/** Where a person's move took a record. */
export interface Moved {
  readonly record: RecordId;
  readonly state: State;
  readonly cause?: Cause;
  /** What a person should know about it. */
  readonly note?: string;
  /** Effects that are undone first. */
  readonly undoes?: readonly string[];
}

/** An integration, with the name of this version of its code. */
export interface Known {
  readonly definition: Definition;
  readonly release: string;
}

export interface InboxParts {
  readonly ledger: Ledger;
  readonly integrations: ReadonlyMap<string, Known>;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Replaces every known secret in a text. */
  readonly redact: (text: string) => string;
  /** A record waits for its turn again. */
  readonly onWaiting?: (() => void) | undefined;
}

/** What a person's move comes to, before the ledger has its say. */
export interface Asked {
  readonly what: TimelineWhat;
  readonly to: Exclude<State, "delivering">;
  readonly cause?: Cause | undefined;
  readonly reason?: string | undefined;
  readonly issues?: readonly Issue[] | undefined;
  readonly effects?: readonly StoredEffect[] | undefined;
  readonly identity?: Reading | undefined;
  readonly edited?: Edited | undefined;
  readonly loading?: { readonly key: string; readonly keyHash: number } | undefined;
  readonly salt?: string | undefined;
  readonly sameAs?: boolean | undefined;
  /** Of a record that goes once more without being read again. */
  readonly unique?: Unique | undefined;
  /** Done effects stand uncompared from now on. */
  readonly uncompared?: boolean | undefined;
  readonly freeEntity?: boolean | undefined;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  readonly note?: string | undefined;
  readonly undoes?: readonly string[] | undefined;
}
