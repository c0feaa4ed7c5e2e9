import type { RecordId } from "../ledger.ts";
import type { Desk } from "./desk.ts";
import { recordNumber } from "./numbers.ts";

/** Puts claimed records that were never begun back, untouched. */
export function unclaiming({
  due,
  records,
}: Desk): (claimed: readonly { readonly record: RecordId; readonly keyHash: number }[]) => void {
  return (claimed) => {
    for (const { record, keyHash } of claimed) {
      const row = due.of(keyHash);
      if (row?.delivering !== true || row.head !== recordNumber(record)) continue;
      // What was begun all the same, and could not be written down, is found again.
      records.touch(row.head);
      due.later(row, row.atMs, row.atMs);
    }
  };
}
