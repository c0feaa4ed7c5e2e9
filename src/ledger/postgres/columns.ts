import type { Value } from "./cells.ts";
import type { Sql } from "./line.ts";
import type { Shelf, WantKey } from "./shelf.ts";

// Many rows in one statement, each column an array.

export type Columns = readonly (readonly [name: string, type: string, values: readonly Value[]])[];

const unnest = (columns: Columns): string => columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ");
const names = (columns: Columns): string => columns.map(([name]) => name).join(", ");
const valuesOf = (columns: Columns): Value[] => columns.map(([, , values]) => values as Value);

/** Columns in which no row has anything are left out. */
export function insert(sql: Sql, table: string, all: Columns, onConflict = ""): void {
  if (all[0]?.[2].length === 0) return;
  const columns = all.filter(([, , values]) => values.some((value) => value !== undefined));
  sql.send(
    `insert into waybill.${table} (${names(columns)}) select * from unnest(${unnest(columns)}) ${onConflict}`,
    ...valuesOf(columns),
  );
}

/** The first columns name the row; of the others, those are set in which any row is another than before. */
export function update(sql: Sql, table: string, before: Columns, now: Columns, keys = 1): void {
  if (now[0]?.[2].length === 0) return;
  const columns = now.filter(
    ([, , values], at) => at < keys || values.some((value, row) => value !== before[at]?.[2][row]),
  );
  if (columns.length === keys) return;
  const set = columns.slice(keys).map(([name]) => `${name} = new.${name}`);
  const where = columns.slice(0, keys).map(([name]) => `old.${name} = new.${name}`);
  sql.send(
    `update waybill.${table} old set ${set.join(", ")} from unnest(${unnest(columns)}) as new (${names(columns)})
     where ${where.join(" and ")}`,
    ...valuesOf(columns),
  );
}

/** Rows that were there, as they were and as they are. */
interface Changed<Row> {
  readonly before: Row[];
  readonly now: Row[];
}

/** Rows that are new, and rows that have changed: by their keys, so that of two who add the same rows one waits for the other, and not both. */
export function sorted<Key extends WantKey, Row>(
  shelf: Shelf<Key, Row>,
): Changed<[Key, Row]> & { readonly added: [Key, Row][] } {
  const added: [Key, Row][] = [];
  const before: [Key, Row][] = [];
  const now: [Key, Row][] = [];
  for (const [key, row] of shelf.changed().sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (row === undefined) continue;
    const stored = shelf.before(key);
    if (stored === undefined) added.push([key, row]);
    else {
      before.push([key, stored]);
      now.push([key, row]);
    }
  }
  return { added, before, now };
}

export function remove(sql: Sql, table: string, key: string, type: string, values: readonly Value[]): void {
  if (values.length > 0) sql.send(`delete from waybill.${table} where ${key} = any($1::${type}[])`, values as Value);
}
