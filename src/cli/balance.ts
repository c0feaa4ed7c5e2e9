import { type BookResult, balanceOf, bookCounts, type OutboxResult } from "../flow/books.ts";
import { pauseView } from "../flow/pauses.ts";
import type { Restore } from "../ledger/ledger.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { type Column, plain, print, printJson, styled, table } from "./output.ts";
import { printPauses } from "./pause.ts";

/** While new records count as possibly sent before, whoever looks at the books should know. */
function printDoubt(restores: readonly Restore[], nowMs: number): void {
  const untilMs = Math.max(0, ...restores.map(({ doubtNewUntilMs }) => doubtNewUntilMs));
  if (untilMs <= nowMs) return;
  const until = new Date(untilMs).toISOString();
  print(
    styled(
      "yellow",
      `! This ledger was restored: effects of new records count as possibly sent before, until ${until}`,
    ) + styled("dim", "  npx waybill restore --trust-new --why …"),
  );
}

const forPersons: ReadonlySet<string> = new Set(["quarantined", "dead", "held"]);

export interface BalanceOptions extends GlobalOptions {
  readonly tenant?: string;
}

/** `balance [NAME]`: the books, and whether they balance. */
export function balance(name: string | undefined, options: BalanceOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    if (name !== undefined) assembly.known(name);
    const result = await balanceOf(assembly.ledger, assembly.integrations.keys(), name, options.tenant);
    const { pauses: paused, restores } = await assembly.ledger.bulletin();
    if (json) printJson({ ...result, ...(paused.length === 0 ? {} : { paused: paused.map(pauseView) }) });
    else {
      if (options.tenant !== undefined && result.integrations.length === 0)
        print(`Nothing was received for the tenant ${plain(options.tenant)}.`);
      else printBooks(result.integrations, result.balanced);
      printOutbox(result.outbox ?? []);
      printPauses(paused, assembly.world.clock.now());
      printDoubt(restores, assembly.world.clock.now());
    }
    if (!result.balanced) return 1;
    return result.integrations.some((book) => book.quarantined + book.dead + book.held > 0) ? 3 : 0;
  });
}

/** What is in no book yet. */
function printOutbox(waits: readonly OutboxResult[]): void {
  for (const { name, tenant, count, since } of waits)
    print(
      `  ${count} sent within transactions for ${plain(name)}${tenant === undefined ? "" : ` (${plain(tenant)})`}, still to be taken in, since ${since}`,
    );
}

export function printBooks(books: readonly BookResult[], balanced: boolean): void {
  if (books.length === 0) return print("There are no integrations, and nothing was received.");
  const shown = bookCounts.filter(
    (count) => count === "received" || count === "delivered" || books.some((book) => book[count] > 0),
  );
  print(
    table<BookResult>(books, [
      { title: "integration", of: (book) => (book.tenant === undefined ? book.name : `${book.name} (${book.tenant})`) },
      ...shown.map(
        (count): Column<BookResult> => ({
          title: count,
          right: true,
          of: (book) => book[count],
          style: (book) => (book[count] === 0 ? "dim" : forPersons.has(count) ? "yellow" : undefined),
        }),
      ),
    ]),
  );
  if (!balanced) {
    const off = books.filter((book) => !book.balanced).map(({ name }) => name);
    return print(
      styled("red", `✗ The books of ${off.join(", ")} do not balance. This is a bug in Waybill: please report it.`),
    );
  }
  print(styled("green", "✓ The books balance: every received record is accounted for."));
  for (const [state, command] of [
    ["quarantined", "quarantine"],
    ["dead", "dead"],
    ["held", "held"],
  ] as const) {
    const count = books.reduce((sum, book) => sum + book[state], 0);
    if (count > 0) print(`  ${count} ${state}: npx waybill ${command} ls`);
  }
  const refused = books.reduce((sum, book) => sum + book.refused, 0);
  if (refused > 0) print(`  ${refused} refused, never records: npx waybill refusals`);
}
