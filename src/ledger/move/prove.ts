import { WaybillError } from "../../model/errors.ts";
import { internalPrefix } from "../../model/internal.ts";
import type { Book } from "../ledger.ts";
import type { Sql } from "../postgres/line.ts";
import type { Leaving } from "../sqlite/moving-out.ts";
import { Digest } from "./digest.ts";
import { movedTables } from "./tables.ts";
import { balanceThere, miscountedKeys, readRows } from "./target.ts";

export interface Compared {
  readonly table: string;
  readonly rows: number;
  /** Of what it holds, the same on both sides; undefined where it was only counted. */
  readonly hash: string | undefined;
}

interface Comparing {
  /** What was read from SQLite, and sent. */
  readonly read: ReadonlyMap<string, Digest>;
  /** What SQLite counts, asked apart. */
  readonly counts: readonly Compared[];
  readonly onRows: (table: string) => (rows: number) => void;
}

const readRowsMax = 4_096;

/**
 * Reads every table back and compares it with what was read from the file.
 *
 * @throws {WaybillError} `ledger-failed` where they differ.
 */
export async function compare(sql: Sql, { read, counts, onRows }: Comparing): Promise<readonly Compared[]> {
  const compared: Compared[] = [];
  for (const table of movedTables) {
    const back = new Digest();
    const tell = onRows(table.name);
    for await (const rows of readRows(sql, table, readRowsMax)) {
      for (const cells of rows) back.add(table.columns, cells);
      tell(rows.length);
    }
    const sent = read.get(table.name) ?? new Digest();
    const counted = counts.find((one) => one.table === table.name)?.rows;
    if (counted !== sent.rows || sent.rows !== back.rows)
      differs(`${table.name}: ${counted} rows in the file, ${sent.rows} were sent, ${back.rows} are there`);
    if (sent.text() !== back.text()) differs(`${table.name}: the rows are not what was sent`);
    compared.push({ table: table.name, rows: back.rows, hash: back.text() });
  }
  const miscounted = await miscountedKeys(sql);
  if (miscounted > 0) differs(`due: ${miscounted} keys count other records than those that wait`);
  return compared;
}

/**
 * Compares the books, as each store adds them up itself.
 *
 * @throws {WaybillError} `ledger-failed` where they differ.
 */
export async function booksOfBoth(from: Leaving, sql: Sql): Promise<void> {
  const internal = [...from.rows("select distinct integration from books")]
    .map(([name]) => name as string)
    .filter((name) => name.startsWith(internalPrefix));
  for (const integration of [undefined, ...internal]) {
    const here = new Map(from.balance(integration).map((book) => [nameOf(book), book]));
    const there = await balanceThere(sql, integration);
    if (here.size !== there.length) differs(`books: ${here.size} in the file, ${there.length} there`);
    for (const book of there) {
      const one = here.get(nameOf(book));
      const unlike = one === undefined ? "its book" : unlikeCounter(one, book);
      if (unlike !== undefined) differs(`the books of ${nameOf(book)}: ${unlike}`);
    }
  }
}

const nameOf = ({ integration, tenant }: Book): string => (tenant === "" ? integration : `${integration}, ${tenant}`);

function unlikeCounter(one: Book, other: Book): string | undefined {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof Book)[];
  const name = names.find((key) => one[key] !== other[key]);
  return name === undefined ? undefined : `${name} is ${one[name]} in the file and ${other[name]} there`;
}

function differs(what: string): never {
  throw new WaybillError(
    "ledger-failed",
    `The two ledgers are not the same (${what}). Nothing was moved.`,
    "This is a fault in Waybill: report it, please. The file is as it was, and can be started.",
  );
}
