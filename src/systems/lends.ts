import type { BudgetName } from "../ledger/budgets.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LendAnswer, LendAsk } from "../ledger/lending.ts";
import type { Clock } from "../world/clock.ts";
import { LentWindow } from "./lent-window.ts";
import type { Waits } from "./reserve.ts";
import { ServerTime } from "./server-time.ts";

/** A limit over time, as it is lent. */
export type Lendable = Pick<LendAsk, "points" | "perMs" | "burst">;

/** Where the limits of a fleet are lent from. */
export interface Lends {
  of(name: BudgetName, limit: Lendable, waits: Waits): LentWindow;
}

/** What a meter asks the ledger, and how it reads the times of its answers. */
export interface Lender {
  readonly clock: Clock;
  readonly time: ServerTime;
  ask(name: BudgetName, ask: Omit<LendAsk, keyof BudgetName | "holder">): Promise<LendAnswer>;
}

/** @param holder names this process. */
export function lendsFrom(ledger: Pick<Ledger, "lend">, clock: Clock, holder: string): Lends {
  const time = new ServerTime();
  const lender: Lender = {
    clock,
    time,
    async ask(name, ask) {
      const askedMs = clock.monotonic();
      const answer = await ledger.lend({ ...name, ...ask, holder });
      time.note(askedMs, answer.nowMs, clock.monotonic());
      return answer;
    },
  };
  return { of: (name, limit, waits) => new LentWindow(lender, name, limit, waits) };
}
