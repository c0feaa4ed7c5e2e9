import type { BudgetName } from "../ledger/budgets.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LendAnswer, LendAsk } from "../ledger/lending.ts";
import type { Clock } from "../world/clock.ts";
import { LentWindow } from "./lent-window.ts";
import type { Waits } from "./reserve.ts";
import { ServerTime } from "./server-time.ts";

/** A limit over time, as it is lent. */
export type Lendable = Pick<LendAsk, "points" | "perMs" | "burst" | "slots">;

/** Where the limits of a fleet are lent from. */
export interface Lends {
  of(name: BudgetName, limit: Lendable, waits: Waits): LentWindow;
}

/** What a meter asks the ledger, and how it reads the times of its answers. */
export interface Lender {
  readonly clock: Clock;
  readonly time: ServerTime;
  /** The longest of the last exchanges. */
  readonly slowMs: number;
  ask(name: BudgetName, ask: Omit<LendAsk, keyof BudgetName | "holder" | "slowMs">): Promise<LendAnswer>;
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
