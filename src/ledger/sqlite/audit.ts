import { recordNumber } from "../desk/numbers.ts";
import type { Book, RecordId } from "../ledger.ts";
import { balancing, countingUnsettled } from "./balance.ts";
import type { Prepare } from "./cells.ts";

/**
 * What stands in a ledger at a moment, read beside whoever writes it. Nothing is written, and no counter of a process is asked: only what is committed
 * counts.
 */
export interface Audit {
  /** As `balance` answers it. */
  books(): readonly Book[];
  /** As `unsettled` answers it, which counts the queues of the keys, and not the records. */
  unsettled(): number;
  /**
   * How many more were received than are accounted for, in all books together: one short look, for after every commit. 0 where nothing was written since
   * it was last asked.
   */
  astray(): number;
  /** Those that it does not know. */
  unknown(records: Iterable<string>): readonly string[];
}

export function auditing(prepare: Prepare): Audit {
  const books = balancing(prepare);
  const unsettled = countingUnsettled(prepare);
  const astray = prepare(
    "select (select coalesce(sum(received - duplicate - pruned), 0) from books) - (select count(*) from records)",
  );
  const changes = prepare("select total_changes()");
  const known = prepare("select record from records");
  let seen: unknown;
  return {
    books: () => books(undefined),
    unsettled: () => unsettled(undefined),
    astray() {
      const now = changes.get()?.[0];
      if (now === seen) return 0;
      seen = now;
      return astray.get()?.[0] as number;
    },
    unknown(records) {
      // All at once: to ask for each costs more, where there are some dozens.
      const numbers = new Set(known.all().map(([record]) => record as number));
      return [...records].filter((record) => !numbers.has(recordNumber(record as RecordId)));
    },
  };
}
