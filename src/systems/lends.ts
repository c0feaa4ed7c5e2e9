import type { BudgetName } from "../ledger/budgets.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Clock } from "../world/clock.ts";
import type { Lendable, Lender } from "./lender.ts";
import { LentWindow } from "./lent-window.ts";
import type { Waits } from "./reserve.ts";
import { ServerTime } from "./server-time.ts";

/** Where the limits of a fleet are lent from. */
export interface Lends {
  of(name: BudgetName, limit: Lendable, waits: Waits): LentWindow;
}

/** What was slow is so for some exchanges more. */
const slowFades = 0.9;

/** @param holder names this process. */
export function lendsFrom(ledger: Pick<Ledger, "lend">, clock: Clock, holder: string): Lends {
  const time = new ServerTime();
  let slowMs = 0;
  const lender: Lender = {
    clock,
    time,
    get slowMs() {
      return slowMs;
    },
    async ask(name, ask) {
      const askedMs = clock.monotonic();
      const answer = await ledger.lend({ ...name, ...ask, holder, slowMs });
      const answeredMs = clock.monotonic();
      time.note(askedMs, answer.nowMs, answeredMs);
      slowMs = Math.max(answeredMs - askedMs, slowMs * slowFades);
      return answer;
    },
  };
  return { of: (name, limit, waits) => new LentWindow(lender, name, limit, waits) };
}
