import { alertCells, alertColumns, alertRow, alertsMax } from "../desk/alert-row.ts";
import type { AlertFilter, AlertPut, AlertRow } from "../ledger.ts";
import type { Prepare } from "./cells.ts";
import type { Journal } from "./journal.ts";

/** What is wrong, and what became of it. */
export interface Alerts {
  find(filter: AlertFilter): readonly AlertRow[];
  /** Writes those whose revision is the expected one; answers for each whether it was written. */
  put(puts: readonly AlertPut[]): readonly boolean[];
  /** Lets go of what was resolved before this. */
  forget(resolvedBeforeMs: number): number;
}

const placed = alertColumns
  .split(",")
  .map(() => "?")
  .join(", ");

export function keepAlerts(prepare: Prepare, journal: Journal): Alerts {
  const open = prepare(
    `select ${alertColumns} from alerts where state <> 'resolved' order by since desc limit ${alertsMax}`,
  );
  const closed = prepare(
    `select ${alertColumns} from alerts where state = 'resolved' and resolved_at >= ? order by resolved_at desc limit ${alertsMax}`,
  );
  const one = prepare(`select ${alertColumns} from alerts where id = ?`);
  const revisionOf = prepare("select revision from alerts where id = ?");
  const openOf = prepare(
    `select id from alerts where state <> 'resolved' and rule = ? and integration = ? and system = ? and tenant = ? and about = ?`,
  );
  const replace = prepare(`replace into alerts (${alertColumns}) values (${placed})`);
  const forget = prepare("delete from alerts where state = 'resolved' and resolved_at < ? and news is null");

  function put({ alert, expected, entry, atMs }: AlertPut): boolean {
    const revision = (revisionOf.get(alert.id)?.[0] ?? 0) as number;
    if (revision !== expected) return false;
    const { rule, integration, system, tenant, about } = alert;
    const other = openOf.get(rule, integration ?? "", system ?? "", tenant, about)?.[0];
    if (alert.state !== "resolved" && other !== undefined && other !== alert.id) return false;
    replace.run(...alertCells({ ...alert, revision: expected + 1 }));
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
