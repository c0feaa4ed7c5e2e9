import type { RecordFilter, RecordId, RecordRow } from "../ledger.ts";
import type { Cell } from "./cells.ts";
import type { Desk } from "./desk.ts";
import { numberAt, recordNumber } from "./numbers.ts";
import { rowColumns, rowOf, rowTables } from "./whole.ts";

/** A page of a listing. */
const rowsMax = 1_000;

/** Records that meet every condition of a filter, newest first, a page at a time. */
export function finding(
  desk: Desk,
): (filter: RecordFilter) => { readonly rows: readonly RecordRow[]; readonly next: RecordId | undefined } {
  return (filter) => {
    const conditions: string[] = [];
    const cells: Cell[] = [];
    const where = (condition: string, ...values: Cell[]): void => {
      conditions.push(condition);
      cells.push(...values);
    };
    if (filter.before !== undefined) where("r.record < ?", recordNumber(filter.before));
    if (filter.integration !== undefined) where("b.integration = ?", filter.integration);
    if (filter.tenant !== undefined) where("b.tenant = ?", filter.tenant);
    if (filter.cause !== undefined) where("r.cause = ?", filter.cause);
    if (filter.id !== undefined) where("r.id = ?", filter.id);
    if (filter.entity !== undefined) where("coalesce(r.entity, r.id) = ?", filter.entity);
    if (filter.key !== undefined) where("coalesce(r.key, r.entity, r.id) = ?", filter.key);
    if (filter.sinceMs !== undefined)
      where("r.record >= ? and r.received_at >= ?", numberAt(filter.sinceMs), filter.sinceMs);
    if (filter.states !== undefined) whereStates(filter.states, where);
    if (filter.search !== undefined) {
      const text = filter.search;
      where(
        "(instr(r.id, ?) or instr(r.entity, ?) or instr(r.key, ?) or r.record = ?)",
        text,
        text,
        text,
        recordNumber(text),
      );
    }
    const limit = Math.max(1, Math.min(filter.limit, rowsMax));
    const sql = `select ${rowColumns} from ${rowTables} ${conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`}
      order by r.record desc limit ?`;
    const found = desk
      .prepare(sql)
      .all(...cells, limit + 1)
      .map(rowOf);
    const rows = found.slice(0, limit);
    return { rows, next: found.length > limit ? rows.at(-1)?.record : undefined };
  };
}

function whereStates(states: readonly string[], where: (condition: string, ...values: Cell[]) => void): void {
  const rows = states.filter((state) => state !== "delivering" && state !== "waiting");
  const either: string[] = [];
  if (rows.length > 0) either.push(`r.state in (${rows.map((state) => `'${state}'`).join(", ")})`);
  if (states.includes("waiting")) either.push("(r.state = 'waiting' and coalesce(d.delivering, 0) = 0)");
  if (states.includes("delivering")) either.push("(r.state = 'waiting' and d.delivering = 1)");
  where(either.length === 0 ? "false" : `(${either.join(" or ")})`);
}
