import { type Moved, type MoveProgress, moveLedgerTo } from "../assembly/moving.ts";
import { booksOf } from "../flow/books.ts";
import { createWorld } from "../world/world.ts";
import type { ExitCode, GlobalOptions } from "./command.ts";
import { print, printJson, progress, styled, table } from "./output.ts";
import { type PersonOptions, personFrom } from "./person.ts";

export interface MoveCommandOptions extends GlobalOptions, PersonOptions {
  readonly dryRun?: boolean;
}

/** `move FROM TO`: the ledger in a file becomes one in PostgreSQL, and both are compared. */
export async function move(from: string, to: string, options: MoveCommandOptions): Promise<ExitCode> {
  const world = createWorld();
  const dryRun = options.dryRun === true;
  try {
    const beganAt = world.clock.monotonic();
    const moved = await moveLedgerTo({ from, to, dryRun, onProgress: shown, ...personFrom(options) }, world);
    progress("");
    const tookMs = Math.round(world.clock.monotonic() - beganAt);
    if (options.json === true) printJson(viewOf(moved, { dryRun, tookMs }));
    else if (moved.before) printBefore(moved);
    else printMoved(moved, { dryRun, tookMs });
    return 0;
  } finally {
    progress("");
    await world.close();
  }
}

function shown({ step, table: name, rows, of }: MoveProgress): void {
  const part = of === 0 ? 100 : Math.floor((100 * rows) / of);
  progress(`${step} ${name}: ${rows.toLocaleString("en")} of ${of.toLocaleString("en")} rows, ${part}%`);
}

interface How {
  readonly dryRun: boolean;
  readonly tookMs: number;
}

function viewOf({ from, to, tables, books, before }: Moved, { dryRun, tookMs }: How): unknown {
  return {
    ...(dryRun ? { dryRun } : {}),
    from,
    to,
    moved: !dryRun,
    ...(before ? { before } : {}),
    equal: dryRun ? null : true,
    tookMs,
    tables: tables.map(({ table: name, rows, hash }) => ({ table: name, rows, hash: hash ?? null })),
    integrations: booksOf(books).integrations,
  };
}

function printMoved({ from, to, tables, books }: Moved, { dryRun, tookMs }: How): void {
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  const records = tables.find(({ table: name }) => name === "records")?.rows ?? 0;
  const text = `${count(records, "record")} and ${(rows - records).toLocaleString("en")} other rows`;
  print(
    dryRun
      ? `Would move ${text} from ${from} to ${to}. Nothing was changed.`
      : `${styled("green", "✓")} ${from} is now ${to}: ${text}, in ${(tookMs / 1_000).toFixed(1)} s`,
  );
  const integrations = booksOf(books).integrations;
  if (integrations.length > 0)
    print(
      table(integrations, [
        { title: "integration", of: ({ name }) => name },
        { title: "received", of: ({ received }) => received, right: true },
        { title: "duplicate", of: ({ duplicate }) => duplicate, right: true },
        { title: "delivered", of: ({ delivered }) => delivered, right: true },
        { title: "waiting", of: ({ waiting }) => waiting, right: true },
        { title: "for a person", of: ({ quarantined, dead, held }) => quarantined + dead + held, right: true },
      ]),
    );
  if (dryRun) return;
  print(
    "  Read back and compared: every row of every table, and the books as each store adds them up. They are equal.",
  );
  printNext(from, to);
}

function printBefore({ from, to }: Moved): void {
  print(`${styled("green", "✓")} ${to} has it already: the move was whole, only ${from} did not know.`);
  printNext(from, to);
}

function printNext(from: string, to: string): void {
  print("\nIn waybill.config.ts, and DATABASE_URL with the password in the environment:\n");
  print("  ledger: process.env.DATABASE_URL,\n");
  print(
    styled("dim", `  DATABASE_URL is ${to}. ${from} stays as it is and cannot be started; delete it when you like.`),
  );
}

function count(n: number, one: string): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : `${one}s`}`;
}
