import type { Move, MoveResult } from "../ledger.ts";
import type { Desk } from "./desk.ts";
import { looking, wishOfMove } from "./look.ts";
import { recordId } from "./numbers.ts";
import { knownAs } from "./readings.ts";

/** Where a person's move would take a record as things stand. Nothing is written. */
export function foreseeing(desk: Desk): (move: Move) => MoveResult {
  const { versions, effects, uniques } = desk;
  const look = looking(desk);

  return (move) => {
    const seen = look(move);
    if (seen.refusal !== undefined) return seen.refusal;
    const { now } = seen;
    const { identity, to, cause } = move;
    const known =
      identity === undefined || move.salt !== undefined ? undefined : knownAs(desk, now.record, now.book, identity);
    if (known !== undefined) {
      const duplicateOf = known.cause === "duplicate" ? recordId(known.of) : undefined;
      return { kind: "moved", state: known.state, cause: known.cause, duplicateOf };
    }
    const entityHash = identity?.identity.entityHash ?? now.entityHash;
    const version = identity === undefined ? now.version : identity.identity.version;
    const compares = to === "waiting" && cause !== "undoing" && entityHash !== undefined && version !== undefined;
    const late = compares && versions.overtaken(now.record, entityHash, version) && !effects.begun(now.record);
    const wish = to !== "waiting" || move.sameAs === true ? undefined : wishOfMove(now, move);
    if (!late && uniques.other(wish) !== undefined)
      return { kind: "moved", state: "quarantined", cause: "same-as", duplicateOf: undefined };
    return late
      ? { kind: "moved", state: "superseded", cause: "newer-version", duplicateOf: undefined }
      : { kind: "moved", state: to, cause, duplicateOf: undefined };
  };
}
