import type { EntityMemory, Hash, Identified, Intent, SharedCall, StoredEffect, TimelineEntry } from "../ledger.ts";

// What the operations ask of those who keep one kind of row each.

/** Draws numbers inside a transaction. */
export interface Numbers {
  next(nowMs: number): number;
}

/** One integration and tenant, as the ledger numbers them. */
export interface BookRow {
  readonly book: number;
  readonly integration: string;
  readonly tenant: string;
  /** Its entities have memory of what was delivered (`changedOnly`). */
  remembers: boolean;
}

export type Counter = "received" | "duplicate" | "pruned" | "refused";

export interface Books {
  /** The book of an integration and tenant, opened when there is none yet. */
  open(integration: string, tenant: string): BookRow;
  byNumber(book: number): BookRow;
  count(book: BookRow, counter: Counter, by: number): void;
  remember(book: BookRow): void;
}

/** Texts that many rows share, by number. */
export interface Words {
  number(text: string): number;
  text(word: number): string;
}

/** Records that wait before they join the queue of their key, where a store keeps them so. */
export interface Backlog {
  /** New records wait in a backlog, unless they are claimed as they come. */
  readonly kept: boolean;
  /** Up to here, what is marked `ahead` has joined the queue of its key. */
  line(book: number): number;
  /** An earlier record of this book stands ahead: one that joined its queue now could overtake it. */
  before(book: number, record: number): boolean;
  /** An earlier record of this book waits for its turn: this one is not to be begun as it comes. */
  waits(book: number, record: number): boolean;
  /** A record of this book is put into the backlog. */
  add(book: number, record: number): void;
}

/** What outlives an entity's records. A row is made only where a definition uses it, and its number owns the effects that are made once per entity. */
export interface Entities {
  /** The number that owns its effects, or undefined when it has no memory of any kind. */
  of(entityHash: Hash): number | undefined;
  open(book: number, entityHash: Hash, nowMs: number): number;
  /** An entity stays with the key it first came with. */
  keyOf(book: number, identity: Identified, nowMs: number): { readonly key: string; readonly keyHash: number };
  /** The hash of the key that it stays with, if one was given. */
  keyNow(entityHash: Hash): number | undefined;
  memory(entityHash: Hash): EntityMemory | undefined;
  /** A record of it begins: until one is delivered, nothing is known to be unchanged. */
  begin(entity: number): void;
  delivered(entity: number, fingerprint: Hash | undefined, version: string | undefined): void;
  /** A version whose record is pruned still counts. */
  settledVersion(entity: number, version: string): void;
  /** The newest version whose record has settled for good. */
  version(entityHash: Hash): string | undefined;
}

/** Effects as stored, by owner: a record, or an entity for those made once per entity. */
export interface Effects {
  of(owner: number): StoredEffect[];
  /** Writes an intent; the stored effect comes back where a fresh one was there already, and nothing is written. */
  intend(owner: number, intent: Intent): StoredEffect | undefined;
  put(owner: number, effect: StoredEffect): void;
  drop(owner: number, name: string): void;
  /** A change that is not harmless to repeat may have been applied for this owner. */
  begun(owner: number): boolean;
}

/** What failed and what persons did. The rest of a record's history is derived from its rows. */
export interface Timeline {
  add(record: number, entries: readonly TimelineEntry[]): void;
}

/** With which traces records came: written only where somebody records them, and gone with the record. */
export interface Traces {
  keep(record: number, traceparent: string): void;
}

/** What a person has paused. */
export interface Pauses {
  /** Whether records of this integration and tenant may not be begun. */
  holds(integration: string, tenant: string): boolean;
}

/** How far each poll source has been read. */
export interface Cursors {
  now(source: string): string | undefined;
  set(source: string, cursor: string, atMs: number): void;
}

/** What was sent within users' own transactions. */
export interface Outbox {
  /** Whether all of them are there. */
  holds(numbers: readonly number[]): boolean;
  take(numbers: readonly number[]): void;
}

/** Calls that carry effects of several records. */
export interface SharedCalls {
  put(call: SharedCall): void;
  remove(key: string): void;
}
