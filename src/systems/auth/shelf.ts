import type { AccountOf, Ledger, TokenRow, TokenStep, TokenStepped } from "../../ledger/ledger.ts";

/** Where rows of tokens are: the ledger, or for what can be asked for again at any time, this process's memory. */
export type Shelf = Pick<Ledger, "tokens" | "stepToken">;

/** A shelf for one account in memory. Its process is the only one that refreshes it, one refresh at a time. */
export function memoryShelf({ system, tenant }: AccountOf): Shelf {
  const empty: TokenRow = {
    system,
    tenant,
    generation: 0,
    sealed: undefined,
    expiresAtMs: undefined,
    state: "ok",
    why: undefined,
    changedAtMs: 0,
    refresh: undefined,
  };
  let row = empty;

  function after(step: TokenStep): TokenRow {
    const { atMs } = step;
    switch (step.step) {
      case "begin": {
        const { owner, untilMs } = step;
        return { ...row, refresh: { owner, beganAtMs: atMs, untilMs, tries: (row.refresh?.tries ?? 0) + 1 } };
      }
      case "unsent":
        return { ...row, refresh: undefined };
      case "lost":
        return row;
      case "refused":
        return { ...row, state: "unauthorized", why: step.why, refresh: undefined };
      case "keep":
      case "put": {
        const { sealed, expiresAtMs } = step;
        return { ...empty, generation: row.generation + 1, sealed, expiresAtMs, changedAtMs: atMs };
      }
    }
  }

  return {
    tokens: async () => (row === empty ? [] : [row]),
    async stepToken(step): Promise<TokenStepped> {
      row = after(step);
      return { done: true, row };
    },
  };
}
