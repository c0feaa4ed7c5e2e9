import type { AlertRow } from "../../ledger/ledger.ts";
import type { Alert } from "../../model/alert.ts";

/**
 * An alert as it is shown everywhere.
 *
 * @param baseUrl where people reach the server; undefined where nobody knows.
 * @param redact takes secrets out of what others wrote.
 */
export function alertView(row: AlertRow, baseUrl: string | undefined, redact: (text: string) => string): Alert {
  const { id, rule, severity, integration, system, tenant, about, state, count, samples, next } = row;
  return {
    id,
    rule,
    severity,
    integration,
    system,
    tenant,
    about,
    state,
    since: iso(row.sinceMs),
    lastAt: iso(row.lastAtMs),
    count,
    message: redact(row.message),
    samples,
    next: redact(next),
    url: baseUrl === undefined ? null : `${baseUrl.replace(/[?#].*$/, "").replace(/\/+$/, "")}/alerts/${id}`,
    mutedUntil: row.mutedUntilMs === undefined ? null : iso(row.mutedUntilMs),
    actor: row.actor ?? null,
    why: row.why ?? null,
    resolvedAt: row.resolvedAtMs === undefined ? null : iso(row.resolvedAtMs),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
