import type { AlertNews, AlertState, RuleName, Severity } from "../../model/alert.ts";
import type { AlertFilter, AlertPut, AlertRow } from "../ledger.ts";
import { type Cell, cell, type Prepare, value } from "./cells.ts";
import type { Journal } from "./journal.ts";

/** What is wrong, and what became of it. */
export interface Alerts {
  find(filter: AlertFilter): readonly AlertRow[];
  /** Writes those whose revision is the expected one; answers for each whether it was written. */
  put(puts: readonly AlertPut[]): readonly boolean[];
  /** Lets go of what was resolved before this. */
  forget(resolvedBeforeMs: number): number;
}

/** Newest first; a person reads no more, and a rule that finds more than this is wrong itself. */
const shownMax = 5_000;

const columns = `id, revision, rule, integration, system, tenant, about, severity, count, message, samples, next, state, since, last_at,
  well_since, muted_until, actor, why, resolved_at, news, news_number, news_at, news_count`;
const placed = columns
  .split(",")
  .map(() => "?")
  .join(", ");

export function keepAlerts(prepare: Prepare, journal: Journal): Alerts {
  const open = prepare(`select ${columns} from alerts where state <> 'resolved' order by since desc limit ${shownMax}`);
  const closed = prepare(
    `select ${columns} from alerts where state = 'resolved' and resolved_at >= ? order by resolved_at desc limit ${shownMax}`,
  );
  const one = prepare(`select ${columns} from alerts where id = ?`);
  const revisionOf = prepare("select revision from alerts where id = ?");
  const openOf = prepare(
    `select id from alerts where state <> 'resolved' and rule = ? and integration = ? and system = ? and tenant = ? and about = ?`,
  );
  const replace = prepare(`replace into alerts (${columns}) values (${placed})`);
  const forget = prepare("delete from alerts where state = 'resolved' and resolved_at < ? and news is null");

  function put({ alert, expected, entry, atMs }: AlertPut): boolean {
    const revision = (revisionOf.get(alert.id)?.[0] ?? 0) as number;
    if (revision !== expected) return false;
    const { rule, integration, system, tenant, about } = alert;
    const other = openOf.get(rule, integration ?? "", system ?? "", tenant, about)?.[0];
    if (alert.state !== "resolved" && other !== undefined && other !== alert.id) return false;
    replace.run(...cellsOf({ ...alert, revision: expected + 1 }));
    if (entry !== undefined) journal.add({ ...entry, atMs, about: alert.id, detail: undefined });
    return true;
  }

  return {
    find({ id, resolvedSinceMs }) {
      if (id !== undefined) return one.all(id).map(alertRow);
      return [...open.all(), ...closed.all(resolvedSinceMs ?? 0)].map(alertRow);
    },
    put: (puts) => puts.map(put),
    forget: (resolvedBeforeMs) => forget.run(resolvedBeforeMs),
  };
}

function cellsOf(row: AlertRow): Cell[] {
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
    cell(row.wellSinceMs),
    cell(row.mutedUntilMs),
    cell(row.actor),
    cell(row.why),
    cell(row.resolvedAtMs),
    cell(row.news),
    row.newsNumber,
    row.newsAtMs,
    row.newsCount,
  ];
}

const orNull = (text: Cell | undefined): string | null => (text === "" ? null : (text as string));

function alertRow(cells: Cell[]): AlertRow {
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
    news: value<string>(news) as AlertNews | undefined,
    newsNumber: newsNumber as number,
    newsAtMs: newsAt as number,
    newsCount: newsCount as number,
  };
}
