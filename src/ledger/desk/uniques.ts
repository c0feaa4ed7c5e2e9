import type { Cause, Issue } from "../../model/record.ts";
import type { Hash, Identified, Unique } from "../ledger.ts";
import { recordId } from "./numbers.ts";

// `unique`: no two entities have the same value. An entity has the values of its records from when they are taken. When one of them is delivered, those of
// the records before it are let go: until then the destination has them still. A record that ends superseded, filtered or discarded gives up its own. What
// waits in the quarantine has none.
//
// Where no definition uses it, nothing of this costs a statement: the tables are known to be empty.

/** What a record wants to have, and for whom. */
export interface Wish {
  readonly unique: Unique;
  readonly identity: Pick<Identified, "entity" | "entityHash">;
}

/** Another entity has it: into the quarantine, in these words. */
export interface SameAs {
  readonly state: "quarantined";
  readonly cause: Cause & "same-as";
  readonly reason: string;
  readonly issues: readonly Issue[];
  readonly record: number;
  readonly entity: string;
}

export interface Uniques {
  /** The other entity that has it, if there is one. Nothing is written. */
  other(wish: Wish | undefined): SameAs | undefined;
  /** The record has it from now on, and nothing else. Nobody else does. */
  claim(wish: Wish, record: number): void;
  /** What the records of this entity before this one had is free, unless later ones have it too. */
  delivered(entityHash: Hash, record: number): void;
  /** The record gives up what it has. */
  free(record: number): void;
}

/** The rows behind it, as a store has them. */
export interface UniqueTable {
  /** Whether any definition uses it: any record has a value. */
  inUse(): boolean;
  /** Who has a value. */
  holder(value: Hash): { readonly entity: string; readonly record: number } | undefined;
  /** Whose it is, if it is nobody's. */
  take(value: Hash, entity: string, record: number): void;
  valueOf(record: number): Hash | undefined;
  /** What the records of this entity before this one have. */
  before(entityHash: Hash, record: number): readonly { readonly record: number; readonly value: Hash }[];
  claim(record: number, value: Hash, entityHash: Hash): void;
  /** The record's claim goes, and with the last claim to a value goes whose it is. */
  giveUp(record: number, value: Hash): void;
}

export function keepUniques(table: UniqueTable): Uniques {
  function free(record: number): void {
    if (!table.inUse()) return;
    const value = table.valueOf(record);
    if (value !== undefined) table.giveUp(record, value);
  }

  return {
    other(wish) {
      if (wish === undefined || !table.inUse()) return undefined;
      const found = table.holder(wish.unique.hash);
      return found === undefined || found.entity === wish.identity.entity
        ? undefined
        : sameAs(wish.unique, found.entity, found.record);
    },
    claim({ unique, identity }, record) {
      free(record);
      table.take(unique.hash, identity.entity, record);
      table.claim(record, unique.hash, identity.entityHash);
    },
    delivered(entityHash, record) {
      if (!table.inUse()) return;
      for (const earlier of table.before(entityHash, record)) table.giveUp(earlier.record, earlier.value);
    },
    free,
  };
}

/** What a row or reading with an identity wants to have. */
export function wishOf(from: {
  readonly unique?: Unique | undefined;
  readonly identity: Wish["identity"] | undefined;
}): Wish | undefined {
  const { unique, identity } = from;
  return unique === undefined || identity === undefined ? undefined : { unique, identity };
}

function sameAs({ shown }: Unique, entity: string, record: number): SameAs {
  const message = `the entity ${JSON.stringify(entity)} has the same value, since record ${recordId(record)}`;
  const issue: Issue = { path: "", message, found: shown };
  return { state: "quarantined", cause: "same-as", reason: `${message}: ${shown}`, issues: [issue], record, entity };
}
