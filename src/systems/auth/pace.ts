import type { Refresh } from "../../ledger/ledger.ts";

// How fast a token endpoint is asked again. It is asked by whoever needs a token, so without a pause a thousand waiting records would be a loop.

const firstMs = 5_000;
const longestMs = 300_000;

/** The pause after so many failures in a row: 5 s, doubling up to 5 minutes. */
export function pauseMs(failures: number): number {
  return failures <= 0 ? 0 : Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
}

/**
 * How long a refresh whose answer was lost waits before it is tried again: the first time not at all, because most servers have not exchanged the
 * token, or answer the same once more. It is counted on disk, so that a process that dies over and over keeps to it.
 */
export function waitAfterLost(refresh: Refresh | undefined, nowMs: number): number {
  if (refresh === undefined || refresh.beganAtMs > nowMs) return 0;
  return Math.max(0, refresh.beganAtMs + pauseMs(refresh.tries - 1) - nowMs);
}

const marginMs = 30_000;

/** Whether a token may still be sent: it would not expire on its way. Of one that lives for less than 5 minutes, the last tenth is not used. */
export function isFresh(expiresAtMs: number | undefined, givenAtMs: number, nowMs: number): boolean {
  if (expiresAtMs === undefined) return true;
  return expiresAtMs - nowMs > Math.min(marginMs, Math.max(0, expiresAtMs - givenAtMs) / 10);
}
