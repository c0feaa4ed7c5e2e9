import type { Change } from "../define/request.ts";
import { isPermanent, permanent } from "../define/verdict.ts";
import type { Settlement, StoredEffect } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import type { Cause } from "../model/record.ts";
import { deliver } from "./deliver.ts";
import { makeUndo } from "./effect.ts";
import { nextGeneration } from "./generation.ts";
import type { Run } from "./run.ts";
import { type Ending, settle } from "./settle.ts";
import { NotMade, undoable, undoName } from "./undoable.ts";
import { decisive } from "./verdict.ts";

// A person discards a record that is half made: what it made is undone first, the latest first. How an effect is undone stands in `deliver`, beside the
// effect. So `deliver` runs once more, and nothing new is made in it: what is done hands back its stored result, what is in doubt is resolved by its own
// rule, and everything else throws. Then each undo is made as an effect of its own ("invoice/undo"): with an intent, a key, doubt and retries. What was
// undone stands as not made, under a new generation, so that a replay makes it anew. When all is undone the record is discarded; what cannot be undone
// holds it, and a person says how it goes on.

/** One turn of a record that is being undone. */
export async function undoRecord(run: Run): Promise<Settlement> {
  const ending = await deliver(run, decode(run.claimed.content));
  if (decisive(run.verdicts) !== undefined) return settled(run, { ...ending, thrown: undefined });
  const before = [...run.effects.values()];
  const latestFirst = undoable(before, run.claimed.record).sort(
    (a, b) => (b.doneAtMs ?? 0) - (a.doneAtMs ?? 0) || before.indexOf(b) - before.indexOf(a),
  );
  const missed = latestFirst.find(({ name }) => !run.undos.has(name));
  if (missed !== undefined) return notReached(run, missed, ending);
  try {
    for (const effect of latestFirst) await undo(run, effect);
    return settled(run, { ...ending, thrown: undefined });
  } catch (error) {
    return settled(run, { ...ending, thrown: { error } });
  }
}

/** The code did not come to an effect that is to be undone. When it failed on the way, it may come there another time. */
function notReached(run: Run, { name }: StoredEffect, ending: Ending): Settlement {
  const { thrown } = ending;
  const isForGood = thrown === undefined || thrown.error instanceof NotMade || isPermanent(thrown.error);
  if (!isForGood) return settled(run, ending);
  const because = thrown === undefined ? "" : ` (it threw: ${said(thrown.error)})`;
  const reason = `The effect "${name}" is to be undone, and the code does not come to it any more, or does not say how${because}.`;
  return { ...settled(run, ending), ...held("undo-failed", reason) };
}

async function undo(run: Run, effect: StoredEffect): Promise<void> {
  const name = undoName(effect.name);
  await makeUndo(run, name, undoOf(run, effect.name), effect.generation);
  const undone: StoredEffect = { ...nextGeneration(run.claimed, effect), why: "undone" };
  const detail = JSON.stringify({ effect: effect.name, by: name });
  run.remember(undone, { atMs: run.nowMs, what: "undone", actor: undefined, detail });
}

function undoOf(run: Run, name: string): Change<unknown> {
  try {
    return run.undos.get(name)?.() as Change<unknown>;
  } catch (error) {
    throw permanent(`undo of the effect "${name}" threw: ${said(error)}`);
  }
}

type Place = Pick<Settlement, "to" | "cause" | "reason">;

function held(cause: Cause, reason: string): Place {
  return { to: "held", cause, reason };
}

/** Where a record goes that is being undone: never delivered, and never dead, because something of it may stand in other systems. */
function settled(run: Run, ending: Ending): Settlement {
  const common = { memory: undefined, identity: undefined };
  const decided = settle({ ...ending, nowMs: run.nowMs, unseenRefusal: undefined, effects: [] });
  switch (decided.to) {
    case "waiting":
      return { ...decided, ...common, cause: "undoing" };
    case "dead":
      return { ...decided, ...common, ...held("undo-failed", decided.reason ?? "it cannot be undone") };
    case "delivered":
      return {
        ...decided,
        ...common,
        to: "discarded",
        cause: "by-person",
        reason: "discarded; what it had made is undone",
      };
    default:
      return { ...decided, ...common };
  }
}
