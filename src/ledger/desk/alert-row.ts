import type { AlertNews, AlertState, RuleName, Severity } from "../../model/alert.ts";
import type { AlertRow } from "../ledger.ts";
import { value } from "./stored.ts";

/** Newest first; a person reads no more, and a rule that finds more than this is wrong itself. */
export const alertsMax = 5_000;

export const alertColumns = `id, revision, rule, integration, system, tenant, about, severity, count, message, samples, next, state, since, last_at,
  well_since, muted_until, actor, why, resolved_at, news, news_number, news_at, news_count`;

export function alertCells(row: AlertRow): (string | number | null)[] {
  return [
    row.id,
    row.revision,
    row.rule,
    row.integration ?? "",
    row.system ?? "",
    row.tenant,
    row.about,
    row.severity,
    row.count,
    row.message,
    JSON.stringify(row.samples),
    row.next,
    row.state,
    row.sinceMs,
    row.lastAtMs,
    row.wellSinceMs ?? null,
    row.mutedUntilMs ?? null,
    row.actor ?? null,
    row.why ?? null,
    row.resolvedAtMs ?? null,
    row.news ?? null,
    row.newsNumber,
    row.newsAtMs,
    row.newsCount,
  ];
}

const orNull = (text: unknown): string | null => (text === "" ? null : (text as string));

export function alertRow(cells: readonly unknown[]): AlertRow {
  const [id, revision, rule, integration, system, tenant, about, severity, count, message, samples, next] = cells;
  const [state, since, lastAt, wellSince, mutedUntil, actor, why, resolvedAt, news, newsNumber, newsAt, newsCount] =
    cells.slice(12);
  return {
    id: id as string,
    revision: revision as number,
    rule: rule as RuleName,
    integration: orNull(integration),
    system: orNull(system),
    tenant: tenant as string,
    about: about as string,
    severity: severity as Severity,
    count: count as number,
    message: message as string,
    samples: JSON.parse(samples as string) as string[],
    next: next as string,
    state: state as AlertState,
    sinceMs: since as number,
    lastAtMs: lastAt as number,
    wellSinceMs: value<number>(wellSince),
    mutedUntilMs: value<number>(mutedUntil),
    actor: value<string>(actor),
    why: value<string>(why),
    resolvedAtMs: value<number>(resolvedAt),
    news: value<AlertNews>(news),
    newsNumber: newsNumber as number,
    newsAtMs: newsAt as number,
    newsCount: newsCount as number,
  };
}
