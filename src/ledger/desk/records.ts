import type { Cause, Issue, State } from "../../model/record.ts";
import type { Hash, Identified } from "../ledger.ts";

/** A state as the row holds it: `delivering` stands in the key's due row. */
export type RowState = Exclude<State, "delivering">;

export function waitsForPerson(state: RowState): boolean {
  return state === "quarantined" || state === "dead" || state === "held";
}

/** A record that ended so has nothing that another entity may not have. */
export function givesUp(state: RowState): boolean {
  return state === "superseded" || state === "filtered" || state === "discarded";
}

/** What decides where a record may go. */
export interface Standing {
  readonly record: number;
  readonly book: number;
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly revision: number;
  readonly keyHash: number | undefined;
  readonly entityHash: Hash | undefined;
  readonly version: string | undefined;
  readonly strict: boolean;
  readonly identified: boolean;
  /** It waits in the backlog of its book, and in no queue, where it stands above the line (backlog.ts). */
  readonly ahead: boolean;
}

export interface NewRecord {
  readonly record: number;
  readonly book: number;
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly source: number;
  readonly contract: number;
  readonly payload: number;
  readonly identity: Identified | undefined;
  readonly key: string | undefined;
  readonly keyHash: number | undefined;
  readonly receivedAtMs: number;
  readonly queued: boolean;
  readonly ahead: boolean;
  readonly strict: boolean;
  readonly loading: boolean;
  /** A word. */
  readonly origin: number | undefined;
  readonly line: number | undefined;
}

/** How a run ends for its record. */
export interface RunEnd {
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly atMs: number;
  readonly attempts: number;
  readonly spentMs: number;
  readonly strict: boolean;
}

/** Where a person, a newer version or a passing redelivery puts a record. */
export interface Placed {
  readonly state: RowState;
  readonly cause: Cause | undefined;
  readonly reason: string | undefined;
  readonly issues: readonly Issue[] | undefined;
  readonly atMs: number;
  readonly queued: boolean;
  readonly ahead: boolean;
}

export interface Records {
  insert(record: NewRecord): void;
  insertPayload(payload: number, raw: Uint8Array | string): void;
  /** Content, or raw text of its own; undefined for both takes the content back to the raw text. */
  setContent(record: number, content: string | undefined, raw: string | undefined): void;
  /** By what else it is found from now on, in place of what there was. */
  setSearch(record: number, values: readonly string[]): void;
  setIdentity(record: number, identity: Identified, place: { key: string; keyHash: number }, contract: number): void;
  /** What a changed contract makes of it. */
  reread(record: number, contract: number, content: string | undefined): void;
  /** New content in place of what it has. */
  edit(record: number, contract: number, content: string | undefined, raw: string): void;
  standing(record: number): Standing | undefined;
  /** The state as others see it; pruned records were final. */
  state(record: number): { state: RowState; keyHash: number | undefined; identified: boolean } | undefined;
  endRun(record: number, end: RunEnd): void;
  place(record: number, placed: Placed): void;
  /** It waits behind another record of its key. */
  queue(record: number): void;
  /** What came for it, or stands in its place: undefined when it is pruned. */
  raw(record: number): Uint8Array | string | undefined;
  /** Whether what came for it is still kept. */
  hasPayload(record: number): boolean;
  /** Something of this book waits in the quarantine that has no identity. */
  anyUnread(book: number): boolean;
  /** Of a person's move. */
  mark(record: number, marked: Marked): void;
  /** It is loaded when its turn comes, under this key. */
  setLoading(record: number, place: { readonly key: string; readonly keyHash: number }): void;
  /** Its attempts count from now on. */
  startAnew(record: number): void;
  /** Records of an entity that are held because of an effect of it, oldest first. */
  heldWith(entityHash: Hash): readonly number[];
  /** Its effects, if it has any, are found again by whoever claims it. */
  touch(record: number): void;
  /** Records of an entity that have a version, newest version first: so many, beyond so many. */
  newestVersions(entityHash: Hash, offset: number, limit: number): readonly VersionRow[];
  /** Waiting records of an entity whose version is older than this one, but for those that are being undone. */
  olderWaiting(entityHash: Hash, version: string): readonly WaitingVersion[];
}

/** What a person's move leaves on a record. */
export interface Marked {
  readonly strict: boolean;
  /** Undefined: as it was. */
  readonly salt: string | undefined;
  readonly uncompared: boolean;
  readonly touched: boolean;
}

export interface VersionRow {
  readonly record: number;
  readonly version: string;
  /** It ended dead, quarantined or discarded: unless something of it was begun, it never reached the destination. */
  readonly ended: boolean;
}

export interface WaitingVersion {
  readonly record: number;
  readonly keyHash: number;
  readonly ahead: boolean;
  readonly book: number;
}
