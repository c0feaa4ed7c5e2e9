import type { Ledger, RecordRow } from "../../ledger/ledger.ts";

/** Everything that a ledger holds. */
export async function recordsIn(ledger: Pick<Ledger, "find"> | undefined): Promise<readonly RecordRow[]> {
  const records: RecordRow[] = [];
  for (let before: RecordRow["record"] | undefined; ledger !== undefined; ) {
    const page = await ledger.find({ limit: 100, before });
    records.push(...page.rows);
    before = page.next;
    if (before === undefined) break;
  }
  return records;
}
