import type { AlertRow } from "../../ledger/ledger.ts";
import { type AlertNews, alertId, type Finding, identityText, isWorse, type Severity } from "../../model/alert.ts";

// From what is stored and what is found to what is to be written. Nothing here asks for the time or the ledger, so that it can be shown by tables and
// properties that an incident is one alert, that flapping makes no noise, and that nothing that is wrong is forgotten.
//
//   nothing ──found──▶ firing ──well for a while──▶ resolved ──found soon after──▶ firing, with the same id
//                        │ ▲
//          a person says │ │ it got worse, or the mute is over
//                        ▼ │
//              acknowledged, muted ──well for a while──▶ resolved

/** It has to be well so long before it is over: what comes and goes is one incident. */
export const wellForMs = 120_000;
/** What comes back within this is the same incident. */
export const reopensForMs = 1_800_000;
/** That a count grew is told when it has doubled, and not more often than this. */
const growsEveryMs = 900_000;
const remindsAfterMs: Readonly<Record<Severity, number | undefined>> = {
  critical: 4 * 3_600_000,
  warning: 24 * 3_600_000,
  info: undefined,
};

export interface Difference {
  readonly alert: AlertRow;
  /** The revision that is stored; 0 for none. */
  readonly expected: number;
}

/**
 * What has to be written, given what is found now.
 *
 * @param stored alerts that are open, and those that were resolved within `reopensForMs`.
 * @param unknown rules that could not say anything this time: their alerts stay as they are.
 */
export function differences(
  stored: readonly AlertRow[],
  found: readonly Finding[],
  nowMs: number,
  unknown: ReadonlySet<string> = new Set(),
): readonly Difference[] {
  const open = new Map<string, AlertRow>();
  const lately = new Map<string, AlertRow>();
  for (const row of stored) {
    const into = row.state === "resolved" ? lately : open;
    const text = identityText(row);
    if ((row.resolvedAtMs ?? 0) >= (into.get(text)?.resolvedAtMs ?? 0)) into.set(text, row);
  }
  const changed: Difference[] = [];
  const seen = new Set<string>();
  for (const finding of found) {
    const text = identityText(finding);
    if (seen.has(text)) continue;
    seen.add(text);
    const row = open.get(text);
    const alert = row === undefined ? raised(finding, lately.get(text), nowMs) : stillSo(row, finding, nowMs);
    if (alert !== row) changed.push({ alert, expected: alert.revision });
  }
  for (const [text, row] of open) {
    if (seen.has(text) || unknown.has(row.rule)) continue;
    const alert = well(row, nowMs);
    if (alert !== row) changed.push({ alert, expected: row.revision });
  }
  return changed;
}

function raised(finding: Finding, before: AlertRow | undefined, nowMs: number): AlertRow {
  const again = before !== undefined && nowMs - (before.resolvedAtMs ?? 0) <= reopensForMs ? before : undefined;
  const muted = again?.mutedUntilMs !== undefined && again.mutedUntilMs > nowMs;
  const row: AlertRow = {
    ...finding,
    id: again?.id ?? alertId(finding, nowMs),
    revision: again?.revision ?? 0,
    state: muted ? "muted" : "firing",
    sinceMs: again?.sinceMs ?? nowMs,
    lastAtMs: nowMs,
    wellSinceMs: undefined,
    mutedUntilMs: muted ? again?.mutedUntilMs : undefined,
    actor: muted ? again?.actor : undefined,
    why: muted ? again?.why : undefined,
    resolvedAtMs: undefined,
    news: undefined,
    newsNumber: again?.newsNumber ?? 0,
    newsAtMs: nowMs,
    newsCount: finding.count,
  };
  return muted ? row : withNews(row, "raised", nowMs);
}

/** A row is not written each time that it is looked at: that it is still so is written when it is news, or once in a while. */
const touchedEveryMs = 60_000;

function stillSo(row: AlertRow, finding: Finding, nowMs: number): AlertRow {
  const muteOver = row.state === "muted" && (row.mutedUntilMs ?? 0) <= nowMs;
  const worse = isWorse(finding.severity, row.severity) && row.state !== "muted";
  const state = muteOver || worse ? "firing" : row.state;
  const now: AlertRow = {
    ...row,
    ...finding,
    state,
    lastAtMs: nowMs,
    wellSinceMs: undefined,
    ...(state === "firing" && row.state !== "firing"
      ? { mutedUntilMs: undefined, actor: undefined, why: undefined }
      : {}),
  };
  if (worse) return withNews(now, "grew", nowMs);
  if (muteOver) return withNews(now, "reminder", nowMs);
  if (state === "firing" && row.news === undefined) {
    const grown = finding.count >= 2 * Math.max(1, row.newsCount);
    if (grown && nowMs - row.newsAtMs >= growsEveryMs) return withNews(now, "grew", nowMs);
    const remindsAfter = remindsAfterMs[finding.severity];
    if (remindsAfter !== undefined && nowMs - row.newsAtMs >= remindsAfter) return withNews(now, "reminder", nowMs);
  }
  const same =
    row.wellSinceMs === undefined &&
    row.count === finding.count &&
    row.severity === finding.severity &&
    row.next === finding.next;
  return same && nowMs - row.lastAtMs < touchedEveryMs ? row : now;
}

function well(row: AlertRow, nowMs: number): AlertRow {
  // A clock that was set back must not keep an alert open for ever.
  if (row.wellSinceMs === undefined || row.wellSinceMs > nowMs) return { ...row, wellSinceMs: nowMs };
  if (nowMs - row.wellSinceMs < wellForMs) return row;
  const over: AlertRow = { ...row, state: "resolved", resolvedAtMs: nowMs };
  // Who asked not to be told is not told of its end either.
  return row.state === "muted" ? { ...over, news: undefined } : withNews(over, "resolved", nowMs);
}

/** What nobody was told of yet is raised, however it has grown since. */
function withNews(row: AlertRow, news: AlertNews, nowMs: number): AlertRow {
  const untold = row.news === "raised" && news !== "resolved";
  return {
    ...row,
    news: untold ? "raised" : news,
    newsNumber: untold ? row.newsNumber : row.newsNumber + 1,
    newsAtMs: nowMs,
    newsCount: row.count,
  };
}
