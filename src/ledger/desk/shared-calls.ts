import type { RunWrite, SharedResult, SharedWrite, WriteResult } from "../ledger.ts";
import type { Desk } from "./desk.ts";
import { recordNumber } from "./numbers.ts";

/** Writes a call that carries effects of several records, and what their runs write, in the same transaction. */
export function writingShared(
  desk: Desk,
  write: (run: RunWrite) => WriteResult,
  isMine: (run: RunWrite) => boolean = () => true,
): (shared: SharedWrite) => SharedResult {
  const isHeld = (run: RunWrite): boolean => {
    const { record, keyHash } = run;
    const row = desk.due.of(keyHash);
    return isMine(run) && row?.delivering === true && row.head === recordNumber(record);
  };
  return ({ call, runs, of, settled }) => {
    const revoked = runs.filter((run) => !isHeld(run)).map(({ record }) => record);
    if (of === "all" && revoked.length > 0) return { revoked };
    for (const run of runs) write(run);
    if (settled && revoked.length === 0) desk.sharedCalls.remove(call.key);
    else desk.sharedCalls.put(call);
    return { revoked };
  };
}
