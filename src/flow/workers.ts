import type { Ledger } from "../ledger/ledger.ts";
import type { WorkerRow } from "../ledger/workers.ts";

/** One who works with a ledger, as it is shown everywhere. Times are ISO 8601. */
export interface WorkerView extends Pick<WorkerRow, "name" | "pid" | "release" | "state" | "lanes" | "inHand"> {
  /** When it joined; of one that was lost, when it was last seen. */
  readonly since: string;
}

/** Who shares this ledger, and who was lost within the last days. Nobody where the ledger is a file: that has one owner. */
export async function workersOf(ledger: Pick<Ledger, "overview">): Promise<readonly WorkerView[]> {
  const { workers } = await ledger.overview();
  const shown = workers.filter(({ state }) => state !== "left");
  return shown.map(({ name, pid, release, state, lanes, inHand, joinedAtMs, movedAtMs }) => ({
    name,
    pid,
    release,
    state,
    lanes,
    inHand,
    since: new Date(movedAtMs ?? joinedAtMs).toISOString(),
  }));
}
