import type { BudgetName } from "../ledger/budgets.ts";
import type { LendAnswer, LendAsk } from "../ledger/lending.ts";
import type { Clock } from "../world/clock.ts";
import type { ServerTime } from "./server-time.ts";

/** A limit over time, as it is lent. */
export type Lendable = Pick<LendAsk, "points" | "perMs" | "burst" | "slots">;

/** What a meter asks the ledger, and how it reads the times of its answers. */
export interface Lender {
  readonly clock: Clock;
  readonly time: ServerTime;
  /** The longest of the last exchanges. */
  readonly slowMs: number;
  ask(name: BudgetName, ask: Omit<LendAsk, keyof BudgetName | "holder" | "slowMs">): Promise<LendAnswer>;
}
