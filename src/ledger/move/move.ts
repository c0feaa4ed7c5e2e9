import { said, WaybillError } from "../../model/errors.ts";
import type { Clock } from "../../world/clock.ts";
import type { Random } from "../../world/random.ts";
import type { Book } from "../ledger.ts";
import { isPostgresAddress, postgresAddress } from "../postgres/address.ts";
import { ledgerFault } from "../postgres/faults.ts";
import { type Line, openLine, type Sql } from "../postgres/line.ts";
import { refuseServer } from "../postgres/open.ts";
import { type Leaving, leaveSqlite } from "../sqlite/moving-out.ts";
import { copyTable } from "./copy.ts";
import { booksOfBoth, type Compared, compare } from "./prove.ts";
import { movedTables } from "./tables.ts";
import { analyze, clearLedgerRow, ledgerThere, makePlace, noteMove, type Place } from "./target.ts";

// Moves a ledger from a SQLite file into PostgreSQL, whole, and proves that both hold the same.
//
// Everything is written in one transaction there, schema and all, and read back in it: so a move that is broken off has left nothing, and is begun again.
// Two stores cannot commit at once. The file gets its mark first, from which on nobody writes into it; then PostgreSQL commits; then the mark says that it
// is so. A process that dies between these says to whoever starts the file next that the move was broken off at its last step, and the next move looks
// which it was. Keys of idempotency, ids, tokens and epoch are what they were: no time is lost in between, so nothing is in doubt that was not before.

export interface MoveOptions {
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly why: string | undefined;
  /** Looks whether it could be done and says what would be moved; changes nothing. */
  readonly dryRun: boolean;
  readonly onProgress?: (so: MoveProgress) => void;
}

export interface MoveProgress {
  readonly step: "copying" | "comparing";
  readonly table: string;
  /** Rows so far, of all tables. */
  readonly rows: number;
  readonly of: number;
}

export interface Moved {
  /** Without passwords. */
  readonly from: string;
  readonly to: string;
  readonly tables: readonly Compared[];
  readonly books: readonly Book[];
  /** It had been done already: only its last step was missing. */
  readonly before: boolean;
}

/**
 * @throws {WaybillError} `bad-usage` where the target is not empty or an address is not one of these two stores, `ledger-owned` while something runs on either,
 *   `ledger-moved`, `ledger-newer`, `bad-configuration`, or `ledger-failed` where the two differ.
 * @example await moveLedger({ from: "sqlite:.waybill/ledger.db", to: "postgres://app@localhost/shop", actor: "kim", why: undefined, dryRun: false }, world);
 */
export async function moveLedger(
  options: MoveOptions,
  world: { readonly clock: Clock; readonly random: Random },
): Promise<Moved> {
  const place = placeOf(options.to, options.from);
  const { clock, random } = world;
  const worker = 1 + Math.floor(random.next() * (Number.MAX_SAFE_INTEGER - 1));
  const from = leaveSqlite({ address: options.from, nowMs: clock.now() });
  const line = openLine({
    url: place.url,
    schema: place.schema,
    clock,
    writer: { worker, slot: 0 },
    check: (sql) => refuseServer(sql, place.shown),
  });
  try {
    return await moving(from, line, place, options, clock);
  } catch (fault) {
    throw ledgerFault(fault, place.shown);
  } finally {
    from.close();
    await line.close();
  }
}

function placeOf(to: string, from: string): Place & { readonly url: string } {
  if (isPostgresAddress(to) && !isPostgresAddress(from)) return postgresAddress(to);
  throw new WaybillError(
    "bad-usage",
    "A ledger is moved from a SQLite file to PostgreSQL, and no other way.",
    "waybill move sqlite:.waybill/ledger.db postgres://USER:PASSWORD@HOST:5432/DATABASE",
  );
}

/** The tables in which a transaction is noted come with it: what became of it is asked of the ledger itself. */
const beforeTables = { unnumbered: true } as const;

async function moving(from: Leaving, line: Line, place: Place, options: MoveOptions, clock: Clock): Promise<Moved> {
  const { dryRun } = options;
  const shown = { from: options.from, to: place.shown };
  if (from.brokenOff !== undefined) {
    const before = await lookAgain(from, line, place, options, clock);
    if (before) return { ...shown, tables: [], books: from.balance(), before };
  }
  if (dryRun) {
    await undone(line, (sql) => makePlace(sql, place, movedTables));
    return { ...shown, tables: countsOf(from), books: from.balance(), before: false };
  }
  let proven: readonly Compared[] | undefined;
  const work = async (sql: Sql): Promise<readonly Compared[]> => {
    // The answer to a commit was lost, and this runs again.
    if (proven !== undefined && (await ledgerThere(sql, place)) === from.ledgerId) return proven;
    await makePlace(sql, place, movedTables);
    const tables = await fill(from, sql, options);
    await noteMove(sql, { ...options, ...shown, atMs: clock.now() });
    proven = tables;
    from.mark(place.shown);
    return tables;
  };
  let tables: readonly Compared[];
  try {
    tables = await line.transaction(work, beforeTables);
  } catch (fault) {
    if (proven !== undefined) await takeBack(from, line, place, fault);
    throw fault;
  }
  from.confirm(place.shown, clock.now());
  return { ...shown, tables, books: from.balance(), before: false };
}

async function fill(from: Leaving, sql: Sql, { onProgress }: MoveOptions): Promise<readonly Compared[]> {
  const counts = countsOf(from);
  const of = counts.reduce((sum, { rows }) => sum + rows, 0);
  const telling = (step: MoveProgress["step"]) => {
    let rows = 0;
    return (table: string) => (more: number) => {
      rows += more;
      onProgress?.({ step, table, rows, of });
    };
  };
  await clearLedgerRow(sql);
  const copying = telling("copying");
  const read = new Map<string, Awaited<ReturnType<typeof copyTable>>>();
  for (const table of movedTables) read.set(table.name, await copyTable(from, sql, table, copying(table.name)));
  await analyze(
    sql,
    movedTables.filter(({ name }) => read.get(name)?.rows !== 0),
  );
  const compared = await compare(sql, { read, counts, onRows: telling("comparing") });
  await booksOfBoth(from, sql);
  return compared;
}

const countsOf = (from: Leaving): readonly Compared[] =>
  movedTables.map(({ name, select }) => {
    const [row] = from.rows(`select count(*) from (${select})`);
    return { table: name, rows: row?.[0] as number, hash: undefined };
  });

/** Does it, and then not. */
async function undone(line: Line, work: (sql: Sql) => Promise<void>): Promise<void> {
  const done = Symbol("undone");
  try {
    await line.transaction(async (sql) => {
      await work(sql);
      throw Object.assign(new Error("undone"), { done, code: "00000" });
    }, beforeTables);
  } catch (fault) {
    if ((fault as { done?: symbol }).done !== done) throw fault;
  }
}

/** A move to this place was broken off at its last step. Answers whether PostgreSQL had it. */
async function lookAgain(
  from: Leaving,
  line: Line,
  place: Place,
  { from: address, dryRun }: MoveOptions,
  clock: Clock,
): Promise<boolean> {
  if (from.brokenOff !== place.shown) {
    throw new WaybillError(
      "ledger-moved",
      `A move of ${address} to ${from.brokenOff} was broken off at its last step: it may be there already.`,
      "Name that address: it is looked there first.",
    );
  }
  const there = await line.transaction((sql) => ledgerThere(sql, place), beforeTables);
  if (there !== from.ledgerId) return false;
  if (!dryRun) from.confirm(place.shown, clock.now());
  return true;
}

/** The commit failed, or nobody knows whether it did: that is looked at, and where it cannot be, the file keeps its mark. */
async function takeBack(from: Leaving, line: Line, place: Place, fault: unknown): Promise<void> {
  try {
    const there = await line.transaction((sql) => ledgerThere(sql, place), beforeTables);
    if (there !== from.ledgerId) from.unmark();
  } catch {
    throw new WaybillError(
      "ledger-failed",
      `The connection to ${place.shown} was lost as the move was committed, and whether it was nobody knows: ${said(fault)}.`,
      "Say the same again when it can be reached: it looks, and goes on from there. Until then nobody may start the old ledger.",
      { cause: fault },
    );
  }
}
