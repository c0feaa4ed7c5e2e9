import type { Definition } from "../define/integration.ts";
import type { Claimed, Settlement } from "../ledger/ledger.ts";
import { during } from "../model/tracing.ts";
import { begin } from "./begin.ts";
import { conclude, type Settled } from "./conclude.ts";
import { deliver } from "./deliver.ts";
import { Run, type Workshop } from "./run.ts";
import { type Decided, settle } from "./settle.ts";
import { undoRecord } from "./undo.ts";
import { nobodys } from "./whose.ts";

// A record's life, and where each step is told:
//
//   source ─▶ intake ─▶ ledger ─▶ dispatch ─▶ begin ─▶ deliver ─▶ settle ─▶ conclude
//                                               │         │ effect: step, doubt, attempt
//                                               └ reread  └ call
//
// A source hands items to `intake.ts`: contract, identity, one commit with whatever else came meanwhile, and only then the acknowledgement.
// `dispatch.ts` takes what is due, one record per key, and gives each its turn: that is the function below.

export interface Turn {
  readonly claimed: Claimed;
  readonly definition: Definition;
  /** Names this version of the code. */
  readonly release: string;
}

/** One turn of one record: from the worker's hands to a settled state in the ledger. */
export function takeTurn(shop: Workshop, turn: Turn, onRun: (run: Run) => void): Promise<Settled> {
  const span = shop.tracing?.run(turn.claimed);
  const run = new Run(shop, turn.claimed, turn.definition, turn.release, span);
  onRun(run);
  return span === undefined ? lived(run) : during(span, () => lived(run));
}

async function lived(run: Run): Promise<Settled> {
  try {
    // Nobody's: it waits until its tenant is there.
    const waits = nobodys(run);
    if (waits !== undefined) return await conclude(run, run.claimed.undoing ? { ...waits, cause: "undoing" } : waits);
    // A person discarded it half made: what it made is undone, and nothing new is made.
    if (run.claimed.undoing) return await conclude(run, await undoRecord(run));
    // A newer version, a changed contract, nothing changed: some records settle before `deliver` is asked.
    const begun = await begin(run);
    if ("settlement" in begun) return await conclude(run, begun.settlement);
    // The user's code, with every effect made safely repeatable; then one decision from how it ended.
    const decided = settle(await deliver(run, begun.record));
    const memory = memoryOf(run, decided, begun.changed);
    const uniqueOf = run.definition.unique === undefined ? undefined : run.claimed.entityHash;
    return await conclude(run, { ...decided, memory, uniqueOf, identity: undefined });
  } finally {
    run.handle.close();
  }
}

/** What its entity remembers of a delivered record. */
function memoryOf(run: Run, decided: Decided, changed: Uint8Array | undefined): Settlement["memory"] {
  const { claimed, definition } = run;
  if (decided.to !== "delivered" || (!definition.latestOnly && changed === undefined)) return undefined;
  return { entity: run.entity, fingerprint: changed, version: claimed.version };
}
