import type { RecordWhole } from "../ledger/ledger.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import { nextGeneration } from "./generation.ts";
import type { Asked } from "./inbox-words.ts";

// Redoing: a delivered effect is made once more, as a new generation under a new key, because a person says that what is there now is not what it made
// (the destination was restored, a field was mapped wrongly). The other effects of the record stand as they are, uncompared: the code may have changed.

/** @throws {WaybillError} `refused-move` when the record has no such effect that is done, or another record made it. */
export function redoOf(whole: RecordWhole, name: string): Omit<Asked, "what"> {
  const effect = whole.effects.find((one) => one.name === name);
  if (effect === undefined) {
    const names = whole.effects.map((one) => one.name);
    const hint = didYouMean(name, names, "effects of this record");
    throw new WaybillError("refused-move", `Record ${whole.record} has no effect "${name}".`, hint);
  }
  if (effect.madeBy !== whole.record) {
    throw new WaybillError(
      "refused-move",
      `The effect "${name}" of record ${whole.record} was made once for its entity, by record ${effect.madeBy}.`,
      `Redo it there: waybill redo ${whole.integration} --record ${effect.madeBy} --effect ${name}.`,
    );
  }
  if (effect.state !== "done") {
    throw new WaybillError(
      "refused-move",
      `The effect "${name}" of record ${whole.record} is ${effect.state}, and redo takes what is done.`,
      `Look at it with \`waybill show ${whole.record}\`.`,
    );
  }
  const again = nextGeneration(whole, effect);
  return { to: "waiting", effects: [again], uncompared: true, detail: { effect: name, generation: again.generation } };
}

/** Whether a record has this effect, done by itself. */
export function redoIsThere(whole: RecordWhole, name: string): boolean {
  return whole.effects.some((one) => one.name === name && one.state === "done" && one.madeBy === whole.record);
}
