import type { AlertRow } from "../../ledger/ledger.ts";
import { type AlertNews, alertId } from "../../model/alert.ts";
import { ledgerFinding } from "../rules/ledger.ts";

// A ledger that fails cannot store that it fails. Its alert lives here until it can: told directly when it is raised and each quarter of an hour, written
// down as raised and resolved when the ledger is back.

const remindsEveryMs = 900_000;

/** One row, not stored: the news it has is to be told directly. */
export interface Unwritable {
  /** It failed; answers with what is to be told now, if anything. */
  failed(address: string, why: string, nowMs: number): AlertRow | undefined;
  /** It is back; answers with what is to be stored and told, if it had failed. */
  back(nowMs: number): AlertRow | undefined;
}

export function unwritable(): Unwritable {
  let row: AlertRow | undefined;
  return {
    failed(address, why, nowMs) {
      const found = ledgerFinding(address, why);
      const since = row ?? { sinceMs: nowMs, newsNumber: 0, newsAtMs: Number.NEGATIVE_INFINITY };
      const isNews = nowMs - since.newsAtMs >= remindsEveryMs || nowMs < since.newsAtMs;
      const news: AlertNews = row === undefined ? "raised" : "reminder";
      row = {
        ...found,
        id: alertId(found, since.sinceMs),
        revision: 0,
        state: "firing",
        sinceMs: since.sinceMs,
        lastAtMs: nowMs,
        wellSinceMs: undefined,
        mutedUntilMs: undefined,
        actor: undefined,
        why: undefined,
        resolvedAtMs: undefined,
        news: isNews ? news : undefined,
        newsNumber: since.newsNumber + (isNews ? 1 : 0),
        newsAtMs: isNews ? nowMs : since.newsAtMs,
        newsCount: 1,
      };
      return isNews ? row : undefined;
    },
    back(nowMs) {
      const over = row;
      row = undefined;
      if (over === undefined) return undefined;
      return { ...over, state: "resolved", resolvedAtMs: nowMs, news: "resolved", newsNumber: over.newsNumber + 1 };
    },
  };
}
