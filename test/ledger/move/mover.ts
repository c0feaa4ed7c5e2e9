// A process that moves a ledger and is killed on the way: at the first rows of one table, so that its transaction is in the middle.
import { type MoveProgress, moveLedger } from "../../../src/ledger/move/move.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { systemRandom } from "../../../src/world/random.ts";

export interface MoverPlan {
  readonly from: string;
  readonly to: string;
  readonly dieAt: Pick<MoveProgress, "step" | "table">;
}

const { from, to, dieAt } = JSON.parse(process.argv[2] ?? "{}") as MoverPlan;
await moveLedger(
  {
    from,
    to,
    actor: "ann",
    why: undefined,
    dryRun: false,
    onProgress({ step, table }) {
      if (step === dieAt.step && table === dieAt.table) process.kill(process.pid, "SIGKILL");
    },
  },
  { clock: systemClock, random: systemRandom },
);
