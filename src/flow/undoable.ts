import type { RecordWhole, StoredEffect } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { requestOf } from "./batch-part.ts";
import { mayBeApplied } from "./step.ts";

/** The effects of a record that may have been applied and that its code undoes. */
export function undoable(effects: Iterable<StoredEffect>, record: string): StoredEffect[] {
  return [...effects].filter(
    (effect) =>
      effect.per === "record" && effect.madeBy === record && mayBeApplied(effect) && requestOf(effect).undo === true,
  );
}

const mark = "/undo";

/** The name of the effect that undoes another. */
export const undoName = (effect: string): string => `${effect}${mark}`;

export function isUndo({ name }: StoredEffect): boolean {
  return name.endsWith(mark);
}

/** Thrown for what is not there while a record is being undone: nothing new is made then. */
export class NotMade extends WaybillError {
  constructor(effect: string) {
    super(
      "unavailable",
      `The effect "${effect}" was not made, and while its record is being undone nothing new is made.`,
    );
  }
}

/** A person has discarded it, and nobody has let it go again since. */
export function isBeingUndone({ timeline }: RecordWhole): boolean {
  const last = timeline.findLast(({ what }) => what === "undo-asked" || what === "replayed" || what === "discarded");
  return last?.what === "undo-asked";
}
