import type { EffectOptions } from "../define/integration.ts";
import type { AskedChange, Change } from "../define/request.ts";
import { WaybillError } from "../model/errors.ts";
import { nameMax } from "./effect-name.ts";
import type { Run } from "./run.ts";
import { undoName } from "./undoable.ts";

/** A change that says how it is undone is stored as such. */
export function undoing<C extends AskedChange>(
  run: Run,
  name: string,
  change: C,
  options: EffectOptions<never> | undefined,
): C {
  if (options?.undo === undefined) return change;
  const misused = (what: string, hint: string): WaybillError =>
    new WaybillError("effect-misused", `The effect "${name}" in "${run.claimed.integration}" ${what}.`, hint);
  if (typeof options.undo !== "function")
    throw misused(
      "has an undo that is no function",
      "Such as undo: (invoice) => books.delete(`/invoices/` + invoice.id).",
    );
  if (options.per === "entity")
    throw misused(
      "is made per entity and has an undo",
      "Other records of the entity rely on it: undo it by an effect of the record that ends the entity.",
    );
  if (undoName(name).length > nameMax)
    throw misused(
      "has an undo and too long a name",
      `"${undoName("")}" is put behind it: ${nameMax} characters in all.`,
    );
  return { ...change, undoable: true };
}

/** Notes how an effect that is done is undone. */
export function toUndo(run: Run, name: string, value: unknown, options: EffectOptions<never> | undefined): void {
  const undo = options?.undo as ((result: unknown) => Change<unknown>) | undefined;
  if (undo !== undefined) run.undos.set(name, () => undo(value));
}
