import { resolve } from "node:path";
import { backupLedger, declareSetBack, type Restored, restoreLedger } from "../assembly/copies.ts";
import { type BookResult, booksOf } from "../flow/books.ts";
import { type Duration, durationMs } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import { createWorld } from "../world/world.ts";
import { type ExitCode, type GlobalOptions, ledgerAddress, withDesk } from "./command.ts";
import { print, printJson, styled } from "./output.ts";
import { type PersonOptions, personFrom, personWithReason } from "./person.ts";
import { loadProject } from "./project.ts";

/** `backup FILE`: a copy of the ledger that is consistent while everything runs. */
export function backup(file: string, options: GlobalOptions): Promise<ExitCode> {
  const path = resolve(file);
  return withDesk(
    options,
    async ({ assembly, json }) => {
      const { books, ...made } = await backupLedger(assembly, path);
      const result = booksOf(books);
      const copy = { ...made, file: path, copiedAt: iso(made.copiedAtMs), ...result };
      if (json) printJson({ file: copy.file, bytes: copy.bytes, copiedAt: copy.copiedAt, balanced: copy.balanced });
      else {
        print(`${styled("green", "✓")} ${path}: ${sizeText(made.bytes)}, looked through from end to end`);
        print(`  ${recordsText(result.integrations)}, as of ${copy.copiedAt}`);
      }
      return result.balanced ? 0 : 1;
    },
    { mustExist: true },
  );
}

export interface RestoreCommandOptions extends GlobalOptions, PersonOptions {
  readonly madeAt?: string;
  readonly doubtNew?: string;
  readonly trustNew?: boolean;
  readonly dryRun?: boolean;
}

const doubtNewDefault = "24h";

/**
 * `restore FILE`: puts a backup in the ledger's place. Without a file, `--made-at` says that PostgreSQL has done so, and `--trust-new` ends the doubt about
 * what is new.
 */
export async function restore(file: string | undefined, options: RestoreCommandOptions): Promise<ExitCode> {
  if (file === undefined && options.madeAt === undefined) return trustNew(options);
  if (options.trustNew === true && options.doubtNew !== undefined)
    throw new WaybillError("bad-usage", "--trust-new and --doubt-new contradict each other.", "Give one of them.");
  const project = await loadProject(options.config);
  const address = ledgerAddress(project, options);
  const path = file === undefined ? undefined : resolve(file);
  process.chdir(project.folder);
  const world = createWorld();
  try {
    const nowMs = world.clock.now();
    const doubtMs =
      options.trustNew === true ? 0 : durationMs((options.doubtNew ?? doubtNewDefault) as Duration, "--doubt-new");
    const lost = { address, nowMs, doubtNewUntilMs: nowMs + doubtMs, dryRun: options.dryRun === true };
    const copiedAtMs = instantMs(options.madeAt);
    if (path === undefined) {
      const person = personWithReason(options, "Saying that the database was set back");
      const { restore, inDoubt } = await declareSetBack({ ...lost, copiedAtMs: copiedAtMs ?? nowMs, ...person }, world);
      if (options.json === true) printJson(restoredView({ restore, inDoubt }, lost.dryRun));
      else printRestored({ restore, inDoubt }, lost.dryRun);
      return 0;
    }
    const restored = await restoreLedger({ ...lost, file: path, copiedAtMs, ...personFrom(options) }, world);
    const result = booksOf(restored.books);
    if (options.json === true) printJson({ ...restoredView(restored, lost.dryRun), balanced: result.balanced });
    else printRestored(restored, lost.dryRun, result.integrations);
    return result.balanced ? 0 : 1;
  } finally {
    await world.close();
  }
}

/** What came of it, in either store. */
type Epoch = Pick<Restored, "restore" | "inDoubt"> & { readonly aside?: string | undefined };

function instantMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const atMs = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new WaybillError("bad-usage", `--made-at is ${text}.`, "Give a date and time: 2026-11-24T02:00:00Z.");
}

function restoredView({ restore, aside, inDoubt }: Epoch, dryRun: boolean): Readonly<Record<string, unknown>> {
  return {
    ...(dryRun ? { dryRun } : {}),
    epoch: restore.epoch,
    restoredAt: iso(restore.atMs),
    copiedAt: iso(restore.copiedAtMs),
    doubtNewUntil: iso(restore.doubtNewUntilMs),
    inDoubt,
    aside: aside ?? null,
  };
}

function printRestored({ restore, aside, inDoubt }: Epoch, dryRun: boolean, books?: readonly BookResult[]): void {
  const { atMs, copiedAtMs, doubtNewUntilMs, epoch } = restore;
  print(
    dryRun
      ? `Would restore the ledger as of ${iso(copiedAtMs)} (nothing was changed):`
      : `${styled("green", "✓")} The ledger is as of ${iso(copiedAtMs)}. This is epoch ${epoch}.`,
  );
  if (books !== undefined) print(`  ${recordsText(books)}`);
  if (aside !== undefined) print(`  What was there is kept: ${aside}`);
  print(`  What was sent since then is not known here. In doubt therefore, and resolved by each effect's own rule:`);
  print(`  - ${inDoubt} ${inDoubt === 1 ? "effect" : "effects"} that were begun and not known to be done`);
  print("  - every other effect of records that wait in it, when their turn comes");
  if (doubtNewUntilMs > atMs) {
    print(`  - effects of new records, until ${iso(doubtNewUntilMs)}: they may be those that were lost, sent again`);
    print(styled("dim", "    npx waybill restore --trust-new --why … ends that sooner."));
  }
  print(
    styled(
      "dim",
      "  Polls read again from where they stood. docs/operating.md says what to expect of each kind of effect.",
    ),
  );
}

/** Ends the doubt about what is new, beside whatever runs. */
function trustNew(options: RestoreCommandOptions): Promise<ExitCode> {
  if (options.trustNew !== true)
    throw new WaybillError(
      "bad-usage",
      "Which backup?",
      "waybill restore FILE; or --trust-new, to end a doubt about new records.",
    );
  const person = personWithReason(options, "Trusting what is new");
  return withDesk(options, async ({ assembly, json }) => {
    const changed = await assembly.ledger.post({ post: "trust-new", atMs: assembly.world.clock.now(), ...person });
    if (json) printJson({ changed });
    else if (changed)
      print(`${styled("green", "✓")} New records are new from now on. What is held already stays so: npx waybill held`);
    else print("There is no doubt about new records.");
    return 0;
  });
}

function recordsText(books: readonly BookResult[]): string {
  const received = books.reduce((sum, book) => sum + book.received - book.duplicate, 0);
  const waiting = books.reduce((sum, book) => sum + book.waiting + book.delivering, 0);
  const off = books.filter(({ balanced }) => !balanced).map(({ name }) => name);
  const books1 = off.length === 0 ? "the books balance" : `the books of ${off.join(", ")} do not balance`;
  return `${received.toLocaleString("en")} records, ${waiting.toLocaleString("en")} of them waiting; ${books1}`;
}

function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
