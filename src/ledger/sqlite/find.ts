import { searchRange, searchText } from "../../model/search.ts";
import { findRowsMax } from "../desk/find.ts";
import { numberAt, recordNumber } from "../desk/numbers.ts";
import { rowColumns, rowOf } from "../desk/record-row.ts";
import type { FindOptions, RecordFilter, RecordId, RecordRow } from "../ledger.ts";
import { ofUsers } from "./books.ts";
import type { Cell } from "./cells.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";
import { rowTables } from "./whole.ts";

/** Records that meet every condition of a filter, a page at a time. */
export function finding(
  desk: SqliteDesk,
): (options: FindOptions) => { readonly rows: readonly RecordRow[]; readonly next: RecordId | undefined } {
  return (options) => {
    const found = conditionsOf(options);
    const oldest = options.order === "oldest";
    if (options.before !== undefined) found.where(`r.record ${oldest ? ">" : "<"} ?`, recordNumber(options.before));
    const limit = Math.max(1, Math.min(options.limit, findRowsMax));
    const sql = `select ${rowColumns} from ${rowTables} ${found.text()} order by r.record ${oldest ? "asc" : "desc"} limit ? + 0`;
    const all = desk
      .prepare(sql)
      .all(...found.cells, limit + 1)
      .map(rowOf);
    const rows = all.slice(0, limit);
    return { rows, next: all.length > limit ? rows.at(-1)?.record : undefined };
  };
}

/** How many records meet every condition of a filter. */
export function counting(desk: SqliteDesk): (filter: RecordFilter) => number {
  return (filter) => {
    const found = conditionsOf(filter);
    return desk.prepare(`select count(*) from ${rowTables} ${found.text()}`).get(...found.cells)?.[0] as number;
  };
}

class Conditions {
  readonly #conditions: string[] = [];
  readonly cells: Cell[] = [];

  where(condition: string, ...values: Cell[]): void {
    this.#conditions.push(condition);
    this.cells.push(...values);
  }

  text(): string {
    return this.#conditions.length === 0 ? "" : `where ${this.#conditions.join(" and ")}`;
  }
}

function conditionsOf(filter: RecordFilter): Conditions {
  const found = new Conditions();
  const { sinceMs, search, path, message } = filter;
  if (filter.integration !== undefined) found.where("b.integration = ?", filter.integration);
  else found.where(ofUsers);
  if (filter.tenant !== undefined) found.where("b.tenant = ?", filter.tenant);
  if (filter.cause !== undefined) found.where("r.cause = ?", filter.cause);
  if (filter.id !== undefined) found.where("r.id = ?", filter.id);
  if (filter.entity !== undefined) found.where("coalesce(r.entity, r.id) = ?", filter.entity);
  if (filter.key !== undefined)
    found.where("(r.key = ? or (r.key is null and coalesce(r.entity, r.id) = ?))", filter.key, filter.key);
  if (sinceMs !== undefined) found.where("r.record >= ? and r.received_at >= ?", numberAt(sinceMs), sinceMs);
  if (filter.upTo !== undefined) found.where("r.record <= ?", recordNumber(filter.upTo));
  if (filter.settledByMs !== undefined) found.where("r.settled_at <= ?", filter.settledByMs);
  if (filter.states !== undefined) whereStates(filter.states, found);
  if (search !== undefined) {
    found.where(
      `(instr(r.id, ?) or instr(r.entity, ?) or instr(r.key, ?) or r.record = ?
        or r.record in (select record from search_values where value >= ? and value < ?))`,
      search,
      search,
      search,
      recordNumber(search),
      ...searchRange(searchText(search)),
    );
  }
  if (path !== undefined || message !== undefined) whereRule(path, message, found);
  return found;
}

function whereStates(states: readonly string[], found: Conditions): void {
  const rows = states.filter((state) => state !== "delivering" && state !== "waiting");
  const either: string[] = [];
  if (rows.length > 0) either.push(`r.state in (${rows.map((state) => `'${state}'`).join(", ")})`);
  if (states.includes("waiting")) either.push("(r.state = 'waiting' and coalesce(d.delivering, 0) = 0)");
  if (states.includes("delivering")) either.push("(r.state = 'waiting' and d.delivering = 1)");
  found.where(either.length === 0 ? "false" : `(${either.join(" or ")})`);
}

/** One rule that it breaks is there, and says so; what breaks no rule has only its reason. */
function whereRule(path: string | undefined, message: string | undefined, found: Conditions): void {
  const there = path === undefined ? "*" : globOf(path, "*");
  const says = message === undefined ? "*" : `*${globOf(message, "…")}*`;
  const rule =
    "exists (select 1 from json_each(r.issues) where value ->> 'path' glob ? and value ->> 'message' glob ?)";
  if (path !== undefined) found.where(rule, there, says);
  else found.where(`case when r.issues is null then r.reason glob ? else ${rule} end`, says, there, says);
}

/** Text as a pattern in which only `any` stands for anything. */
function globOf(text: string, any: "*" | "…"): string {
  return text
    .split(any)
    .map((part) => part.replace(/[[?*]/g, "[$&]"))
    .join("*");
}
