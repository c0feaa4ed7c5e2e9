import type { Value } from "../postgres/cells.ts";
import type { Sql } from "../postgres/line.ts";
import type { Cell } from "../sqlite/cells.ts";
import type { Leaving } from "../sqlite/moving-out.ts";
import { Digest } from "./digest.ts";
import type { MovedTable } from "./tables.ts";
import { writeRows } from "./target.ts";

/** What goes in one statement: so many rows, or so many characters and bytes, whichever comes first. */
const piece = { rows: 4_096, size: 4_194_304 };
/** Statements that are under way while the next rows are read. */
const underWayMax = 2;

/** Copies one table; answers what was read. */
export async function copyTable(
  from: Leaving,
  to: Sql,
  table: MovedTable,
  onRows: (rows: number) => void,
): Promise<Digest> {
  const { columns, select } = table;
  const read = new Digest();
  const underWay: Promise<void>[] = [];
  let values: Value[][] = columns.map(() => []);
  let size = 0;
  async function send(): Promise<void> {
    const rows = values[0]?.length ?? 0;
    if (rows === 0) return;
    const sent = writeRows(to, table, values).then(() => onRows(rows));
    sent.catch(() => undefined);
    underWay.push(sent);
    values = columns.map(() => []);
    size = 0;
    if (underWay.length > underWayMax) await underWay.shift();
  }
  for (const cells of from.rows(select)) {
    read.add(columns, cells);
    columns.forEach(([, type], at) => {
      const cell = cells[at] ?? null;
      values[at]?.push(type === "boolean" && cell !== null ? cell === 1 : cell);
      size += sizeOf(cell);
    });
    if ((values[0]?.length ?? 0) >= piece.rows || size >= piece.size) await send();
  }
  await send();
  await Promise.all(underWay);
  return read;
}

const sizeOf = (cell: Cell): number => (typeof cell === "string" || cell instanceof Uint8Array ? cell.length : 1);
