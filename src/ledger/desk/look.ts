import { WaybillError } from "../../model/errors.ts";
import { mayMove } from "../../model/record.ts";
import type { Move, MoveResult } from "../ledger.ts";
import type { Desk } from "./desk.ts";
import type { DueRow } from "./due.ts";
import { recordId, recordNumber } from "./numbers.ts";
import { type Standing, waitsForPerson } from "./records.ts";
import { type Wish, wishOf } from "./uniques.ts";

type Refusal = Exclude<MoveResult, { readonly kind: "moved" }>;

/** A record as a person's move finds it. */
export type Look =
  | { readonly refusal: Refusal }
  | {
      readonly refusal: undefined;
      readonly now: Standing;
      /** Its queue, if it stands in one. */
      readonly row: DueRow | undefined;
    };

/** What the record wants to have that no other entity may have. */
export function wishOfMove(now: Standing, { identity, unique, entity }: Move): Wish | undefined {
  if (identity !== undefined) return wishOf(identity);
  if (entity === undefined || now.entityHash === undefined) return undefined;
  return wishOf({ unique, identity: { entity, entityHash: now.entityHash } });
}

/** What stands in the way of a move. Nothing is written. */
export function looking(desk: Desk): (move: Move) => Look {
  const { records, due, backlog, entities, versions, effects, marks, uniques } = desk;

  const rowOf = (now: Standing): DueRow | undefined =>
    now.state === "waiting" && now.keyHash !== undefined && !(now.ahead && now.record > backlog.line(now.book))
      ? due.of(now.keyHash)
      : undefined;

  const isPruned = (record: number, { to, identity }: Move): boolean =>
    to === "waiting" && identity?.content === undefined && identity?.raw === undefined && !records.hasPayload(record);

  /** Newer records of its key that would be put behind an older one, unless a newer version keeps it back anyway. */
  function blockedBy(now: Standing, move: Move): readonly number[] {
    if (move.to !== "waiting" || move.overtaken) return [];
    // One whose id is known goes nowhere: it ends as a duplicate, or as a conflict.
    const mark = move.identity === undefined || move.salt !== undefined ? undefined : marks.of(move.identity.idMark);
    if (mark !== undefined && mark.record !== now.record) return [];
    const identity = move.identity?.identity;
    const ownKey = identity === undefined ? now.keyHash : (entities.keyNow(identity.entityHash) ?? identity.keyHash);
    const keyHash = move.loading?.keyHash ?? ownKey;
    const entityHash = identity?.entityHash ?? now.entityHash;
    const version = identity?.version ?? now.version;
    if (keyHash === undefined) return [];
    if (entityHash !== undefined && version !== undefined) {
      if (versions.overtaken(now.record, entityHash, version) && !effects.begun(now.record)) return [];
    }
    return desk.overtaken.by(keyHash, now.record, waitsForPerson(now.state) && keyHash === now.keyHash);
  }

  /** Another entity has its value. Where that is not what stopped it, it goes into the quarantine for that; where it is, it stays. */
  function sameAs(now: Standing, move: Move): Refusal | undefined {
    if (move.to !== "waiting" || move.sameAs === true) return undefined;
    if (now.state === "quarantined" && now.cause !== "same-as") return undefined;
    const wish = wishOfMove(now, move);
    const other = uniques.other(wish);
    if (wish === undefined || other === undefined) return undefined;
    const { record, entity } = other;
    return { kind: "same-as", record: recordId(record), entity, value: wish.unique.shown };
  }

  return (move) => {
    const record = recordNumber(move.record);
    const now = records.standing(record);
    if (now === undefined) return { refusal: { kind: "unknown" } };
    const row = rowOf(now);
    const delivering = row?.delivering === true && row.head === record;
    if (delivering || now.revision !== move.revision) {
      return { refusal: { kind: "changed", state: delivering ? "delivering" : now.state, delivering } };
    }
    if (!mayMove(now.state, move.to) && (move.edited === undefined || move.to !== now.state)) {
      throw new WaybillError("refused-move", `A record that is ${now.state} cannot become ${move.to}.`);
    }
    if (isPruned(record, move)) return { refusal: { kind: "pruned" } };
    const by = blockedBy(now, move);
    if (by.length > 0) return { refusal: { kind: "overtaken", by: by.map(recordId) } };
    const same = sameAs(now, move);
    return same === undefined ? { refusal: undefined, now, row } : { refusal: same };
  };
}
