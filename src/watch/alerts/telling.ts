import type { Ledger } from "../../ledger/ledger.ts";
import type { Alert, AlertNews } from "../../model/alert.ts";

/** One thing that somebody is to be told. (alert.id, number) names it: told twice, it is the same message. */
export interface Telling {
  readonly alert: Alert;
  readonly news: AlertNews;
  readonly number: number;
}

/**
 * Takes news over for good: when it resolves, they are durable with whoever delivers them, and the alert forgets that it has news. When it rejects, or the
 * process dies first, the same news come again with the same numbers.
 */
export type Tell = (tellings: readonly Telling[]) => Promise<void>;

/** Marks as told what was handed over, unless it has other news by now. */
export async function markTold(ledger: Ledger, told: readonly Telling[], nowMs: number): Promise<void> {
  const puts = await Promise.all(
    told.map(async ({ alert, number }) => {
      const [row] = await ledger.alerts({ id: alert.id });
      return row?.newsNumber === number && row.news !== undefined
        ? [{ alert: { ...row, news: undefined }, expected: row.revision, atMs: nowMs }]
        : [];
    }),
  );
  const flat = puts.flat();
  if (flat.length > 0) await ledger.putAlerts(flat);
}
