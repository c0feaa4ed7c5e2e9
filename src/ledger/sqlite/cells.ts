import type { DatabaseSync } from "node:sqlite";

/** What a column holds. Rows come as arrays: an object for each row costs more than the row. */
export type Cell = null | number | string | Uint8Array;

/** A prepared statement. Its parameters are never `undefined`: one version of Node refuses that, the next one stores NULL. */
export interface Statement {
  all(...cells: Cell[]): Cell[][];
  get(...cells: Cell[]): Cell[] | undefined;
  /** How many rows changed. */
  run(...cells: Cell[]): number;
  /** The number of the row that it inserted; undefined when it inserted none. */
  insert(...cells: Cell[]): number | undefined;
}

/**
 * Prepares statements once, for the life of the connection.
 *
 * A limit is written `limit ? + 0`. Of a bare parameter there the planner reads the value, so SQLite plans the statement anew each time that it is bound:
 * a claim that finds nothing then takes ten times as long (`sqlite3ExprIsInteger` in SQLite's expr.c).
 */
export type Prepare = (sql: string) => Statement;

export function preparing(database: DatabaseSync): Prepare {
  return (sql) => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return {
      all: (...cells) => statement.all(...cells) as unknown as Cell[][],
      get: (...cells) => statement.get(...cells) as unknown as Cell[] | undefined,
      run: (...cells) => statement.run(...cells).changes as number,
      insert(...cells) {
        const { changes, lastInsertRowid } = statement.run(...cells);
        return changes === 0 ? undefined : (lastInsertRowid as number);
      },
    };
  };
}

export function cell<T extends Cell>(value: T | undefined): T | null {
  return value === undefined ? null : value;
}

export function value<T extends Cell>(found: Cell | undefined): T | undefined {
  return found === null || found === undefined ? undefined : (found as T);
}
