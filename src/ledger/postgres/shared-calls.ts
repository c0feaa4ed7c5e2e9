import { recordId } from "../desk/numbers.ts";
import { value } from "../desk/stored.ts";
import type { SharedCall } from "../ledger.ts";
import { type Other, reads } from "./other.ts";

/** A call that carries effects of several records. */
export const sharedCall: Other<"sharedCall"> = reads(async (sql, key) => {
  const [row] = await sql.rows(
    `select key, request, state, how, result, answer, why, first_sent, last_sent, records from waybill.shared_calls where key = $1`,
    key,
  );
  if (row === undefined) return undefined;
  return {
    key: row[0] as string,
    request: row[1] as string,
    state: row[2] as SharedCall["state"],
    how: row[3] as SharedCall["how"],
    result: value<string>(row[4]),
    answer: value<string>(row[5]),
    why: value<string>(row[6]),
    firstSentMs: row[7] as number,
    lastSentMs: row[8] as number,
    records: (row[9] as readonly number[]).map(recordId),
  };
});
