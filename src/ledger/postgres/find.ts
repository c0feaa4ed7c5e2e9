import type { State } from "../../model/record.ts";
import { searchRange, searchText } from "../../model/search.ts";
import { findRowsMax } from "../desk/find.ts";
import { numberAt, recordNumber } from "../desk/numbers.ts";
import { rowColumns, rowOf } from "../desk/record-row.ts";
import type { RecordFilter } from "../ledger.ts";
import { ofUsers } from "./books.ts";
import { Conditions, holding, likeOf } from "./conditions.ts";
import { type Other, reads } from "./other.ts";
import { rowTables } from "./whole.ts";

/** Records that meet every condition of a filter, a page at a time. */
export const find: Other<"find"> = reads(async (sql, options) => {
  const found = conditionsOf(options);
  const oldest = options.order === "oldest";
  if (options.before !== undefined) found.where(`r.record ${oldest ? ">" : "<"} ?`, recordNumber(options.before));
  const limit = Math.max(1, Math.min(options.limit, findRowsMax));
  const text = `select ${rowColumns} from ${rowTables} ${found.text()} order by r.record ${oldest ? "asc" : "desc"} limit ${limit + 1}`;
  const all = (await sql.rows(text, ...found.values)).map(rowOf);
  const rows = all.slice(0, limit);
  return { rows, next: all.length > limit ? rows.at(-1)?.record : undefined };
});

/** How many records meet every condition of a filter. */
export const count: Other<"count"> = reads(async (sql, filter) => {
  const found = conditionsOf(filter);
  const [row] = await sql.rows(`select count(*) from ${rowTables} ${found.text()}`, ...found.values);
  return row?.[0] as number;
});

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
    const pattern = found.value(holding(search));
    const inOne = (column: string): string => `${column} like ${pattern}`;
    found.where(
      `(${inOne("r.id")} or ${inOne("r.entity")} or ${inOne("r.key")} or r.record = ?
        or r.record in (select record from waybill.search_values where value >= ?::text and value < ?::text))`,
      recordNumber(search),
      ...searchRange(searchText(search)),
    );
  }
  if (path !== undefined || message !== undefined) whereRule(path, message, found);
  return found;
}

function whereStates(states: readonly State[], found: Conditions): void {
  const rows = states.filter((state) => state !== "delivering" && state !== "waiting");
  const either: string[] = [];
  if (rows.length > 0) either.push(`r.state = any(${found.value(rows)})`);
  if (states.includes("waiting")) either.push("(r.state = 'waiting' and not coalesce(d.delivering, false))");
  if (states.includes("delivering")) either.push("(r.state = 'waiting' and d.delivering)");
  found.where(either.length === 0 ? "false" : `(${either.join(" or ")})`);
}

/**
 * The issues of a record, with a character in place of what PostgreSQL does not take as text: NUL, and halves of surrogate pairs, which stand in JSON as
 * escapes. A quoted backslash before such letters stays one.
 */
const issues = String.raw`json_array_elements(regexp_replace(r.issues, '\\u(0000|d[89a-f][0-9a-f]{2})', '\\ue0f00', 'g')::json)`;

/** One rule that it breaks is there, and says so; what breaks no rule has only its reason. */
function whereRule(path: string | undefined, message: string | undefined, found: Conditions): void {
  const there = found.value(path === undefined ? "%" : likeOf(path, "*"));
  const says = found.value(message === undefined ? "%" : `%${likeOf(message, "…")}%`);
  const rule = `exists (select 1 from ${issues} as issue where issue ->> 'path' like ${there} and issue ->> 'message' like ${says})`;
  found.where(path !== undefined ? rule : `case when r.issues is null then r.reason like ${says} else ${rule} end`);
}
