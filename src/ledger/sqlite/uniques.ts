import type { Cause, Issue } from "../../model/record.ts";
import type { Hash, Identified, Unique } from "../ledger.ts";
import type { Prepare } from "./cells.ts";
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
  /** Another process has written. */
  forget(): void;
}

export function keepUniques(prepare: Prepare): Uniques {
  const any = prepare("select 1 from unique_claims where record > 0 limit 1");
  const find = prepare("select entity, record from uniques where value = ?");
  const insert = prepare("insert into uniques (value, entity, record) values (?, ?, ?) on conflict do nothing");
  const claimed = prepare("select value from unique_claims where record = ?");
  const before = prepare("select record, value from unique_claims where entity_hash = ? and record < ?");
  const insertClaim = prepare("insert into unique_claims (record, value, entity_hash) values (?, ?, ?)");
  const remove = prepare("delete from unique_claims where record = ?");
  const letGo = prepare(
    "delete from uniques where value = ?1 and not exists (select 1 from unique_claims where value = ?1)",
  );
  /** Undefined: not known. */
  let used: boolean | undefined;

  function inUse(): boolean {
    used ??= any.get() !== undefined;
    return used;
  }

  function giveUp(record: number, value: Hash): void {
    remove.run(record);
    letGo.run(value);
  }

  function free(record: number): void {
    if (!inUse()) return;
    const value = claimed.get(record)?.[0];
    if (value !== undefined) giveUp(record, value as Hash);
  }

  return {
    other(wish) {
      if (wish === undefined || !inUse()) return undefined;
      const found = find.get(wish.unique.hash) as [string, number] | undefined;
      return found === undefined || found[0] === wish.identity.entity ? undefined : sameAs(wish.unique, ...found);
    },
    claim({ unique, identity }, record) {
      free(record);
      used = true;
      insert.run(unique.hash, identity.entity, record);
      insertClaim.run(record, unique.hash, identity.entityHash);
    },
    delivered(entityHash, record) {
      if (!inUse()) return;
      for (const [earlier, value] of before.all(entityHash, record) as [number, Hash][]) giveUp(earlier, value);
    },
    free,
    forget() {
      used = undefined;
    },
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
