import type { Settlement } from "../ledger/ledger.ts";
import { type Cause, mayMove, type State } from "../model/record.ts";
import type { Run } from "./run.ts";

/** Where a record went after its turn. */
export interface Settled {
  readonly state: State;
  readonly cause: Cause | undefined;
  readonly nextAtMs: number | undefined;
}

/** Writes down where a record went, in one transaction with its effects and its key's queue, and says so. */
export async function conclude(run: Run, settlement: Settlement): Promise<Settled> {
  const { shop, claimed } = run;
  shop.world.passing("before-settlement");
  if (!mayMove("delivering", settlement.to)) throw new Error(`A run may not end as ${settlement.to}.`);
  if (settlement.to === "held" || settlement.to === "dead") {
    run.writer.note(undefined, {
      atMs: settlement.atMs,
      what: settlement.to,
      actor: undefined,
      detail: JSON.stringify({ cause: settlement.cause, reason: settlement.reason }),
    });
  }
  const settledAs = (await run.writer.settle(settlement)) ?? { state: settlement.to, cause: settlement.cause };
  const nextAtMs = settledAs.state === "waiting" ? settlement.nextAtMs : undefined;
  shop.emit({
    event: "record.settled",
    integration: claimed.integration,
    tenant: claimed.tenant,
    record: claimed.record,
    state: settledAs.state,
    cause: settledAs.cause,
    reason: settlement.reason,
    nextAtMs,
    run: claimed.attempts + 1,
    durationMs: Math.round(run.handle.spentMs()),
    // On a clock that was set back since, it is no younger than new.
    ageMs: Math.max(0, run.nowMs - claimed.receivedAtMs),
  });
  run.span?.settled({ ...settledAs, reason: settlement.reason });
  return { state: settledAs.state, cause: settledAs.cause, nextAtMs };
}
