import { steppedToken, storedToken, tokenCells, tokenColumns, tokenRow } from "../desk/tokens.ts";
import type { AccountOf, TokenRow, TokenStep, TokenStepped } from "../ledger.ts";
import { cell, type Prepare } from "./cells.ts";

/** The tokens of systems, and the refreshes that were begun. */
export interface Tokens {
  of(account: AccountOf | undefined): readonly TokenRow[];
  step(step: TokenStep): TokenStepped;
  /** The owner before this one is gone: what it has begun will not be answered. */
  recover(): void;
}

export function keepTokens(prepare: Prepare): Tokens {
  const all = prepare(`select ${tokenColumns} from tokens order by system, tenant`);
  const one = prepare(`select ${tokenColumns} from tokens where system = ? and tenant = ?`);
  const put = prepare(`replace into tokens (${tokenColumns}) values (${"?, ".repeat(13)}?)`);
  const recover = prepare("update tokens set until = began_at where guest = 0");

  return {
    of: (account) =>
      (account === undefined ? all.all() : one.all(account.system, account.tenant)).map((row) =>
        tokenRow(storedToken(row)),
      ),
    step(step) {
      const found = one.get(step.system, step.tenant);
      const before = found === undefined ? undefined : storedToken(found);
      const after = steppedToken(step, before);
      if (after !== undefined)
        put.run(...tokenCells(after), cell(after.guest === undefined ? undefined : +after.guest));
      const row = after ?? before;
      return { done: after !== undefined, row: row === undefined ? undefined : tokenRow(row) };
    },
    recover: () => void recover.run(),
  };
}
