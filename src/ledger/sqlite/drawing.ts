import type { Numbers } from "../desk/keepers.ts";
import { numberAt } from "../desk/numbers.ts";
import type { Prepare } from "./cells.ts";

/** Draws numbers from where the ledger has come to. */
export interface DrawnNumbers extends Numbers {
  /** The last one drawn, in this transaction or before. */
  last(): number;
  /** Writes down how far it went, before the commit. */
  flush(): void;
  /** Forgets what it knows: after a rollback, and before each transaction, because guests draw too. */
  forget(): void;
}

export function drawNumbers(prepare: Prepare): DrawnNumbers {
  const read = prepare("select last_number from ledger");
  const write = prepare("update ledger set last_number = ?");
  let last: number | undefined;
  let stored = 0;
  function known(): number {
    if (last === undefined) {
      stored = read.get()?.[0] as number;
      last = stored;
    }
    return last;
  }
  return {
    next(nowMs) {
      last = Math.max(numberAt(nowMs), known() + 1);
      return last;
    },
    last: known,
    flush() {
      if (last !== undefined && last !== stored) write.run(last);
    },
    forget() {
      last = undefined;
    },
  };
}
