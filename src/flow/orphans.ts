import type { StoredEffect } from "../ledger/ledger.ts";
import type { Run } from "./run.ts";
import { mayBeApplied } from "./step.ts";

// A deploy may rename an effect. Then the code asks for "bill" while the ledger knows a done "invoice", and sending "bill" would make the
// invoice twice. So an effect that is new to a record waits until every stored effect that may have been applied has been asked for in this
// run. If the run ends first, or nothing else moves for a while, a person looks at it; `formerly: "invoice"` says that it was renamed.

const patienceMs = 5_000;

/** Stored effects that may have been applied and that this run has not asked for. */
export function orphansOf(run: Run, entityEffects: Iterable<StoredEffect>): string[] {
  const own = [...run.effects.values()].filter((effect) => isOrphan(run, effect));
  const ofEntity = [...entityEffects].filter(
    (effect) => isOrphan(run, effect) && (effect.madeBy === run.claimed.record || isForgotten(run, effect)),
  );
  return [...own, ...ofEntity].map((effect) => effect.name);
}

function isOrphan(run: Run, effect: StoredEffect): boolean {
  return mayBeApplied(effect) && !effect.uncompared && !run.asked.has(effect.name);
}

/** An entity's records need not all ask for the same effects; but one that another release made and that the code no longer names was renamed. */
function isForgotten(run: Run, effect: StoredEffect): boolean {
  return effect.release !== run.release && !isNamedIn(run.definition.deliver.toString(), effect.name);
}

/** A name stands in quotation marks by itself: the path "/welcome", or a variable of that name, asks for no "welcome". */
function isNamedIn(code: string, name: string): boolean {
  return ['"', "'", "`"].some((mark) => code.includes(mark + name + mark));
}

/** Waits until no stored effect is left unasked for. Throws the verdict "held" when that does not come. */
export async function waitForOrphans(run: Run, name: string, entityEffects: Map<string, StoredEffect>): Promise<void> {
  if (orphansOf(run, entityEffects.values()).length === 0) return;
  run.busy -= 1; // it waits: others decide whether the run moves
  const cameTrue = await new Promise<boolean>((resolve) => {
    let cancelTimer: (() => void) | undefined;
    const look = (): void => {
      if (orphansOf(run, entityEffects.values()).length === 0) return finish(true);
      if (run.ended || run.handle.revoked) return finish(false);
      if (run.busy > 0) {
        cancelTimer?.();
        cancelTimer = undefined;
      } else {
        cancelTimer ??= run.shop.world.clock.after(patienceMs, () => finish(false));
      }
    };
    const stopListening = run.onProgress(look);
    const finish = (answer: boolean): void => {
      cancelTimer?.();
      stopListening();
      resolve(answer);
    };
    look();
  });
  run.busy += 1;
  run.handle.check();
  if (cameTrue) return;
  const orphans = orphansOf(run, entityEffects.values()).join('", "');
  const reason =
    `The code asks for the effect "${name}", which is new to this record, and no longer asks for "${orphans}", which may have been applied. ` +
    `If it was renamed, say so: { formerly: "${orphans}" }.`;
  throw run.halt({ kind: "held", cause: "effect-orphaned", reason }, reason);
}
