import type { Assembly } from "../assembly/assembly.ts";
import { type Many, moveMany, type Selection, select } from "../flow/inbox-many.ts";
import type { Moved, MoveOptions, Person } from "../flow/inboxes.ts";
import type { RecordFilter } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { State } from "../model/record.ts";
import { canAsk, confirmed } from "./ask.ts";
import { type Desk, type ExitCode, withDesk } from "./command.ts";
import { plain, print, printJson, progress, say, styled } from "./output.ts";
import { type PersonOptions, personFrom } from "./person.ts";
import { filterFrom, type RecordsOptions } from "./records.ts";

// What changes records takes one record, or everything that a filter selects.

export interface ActOptions extends RecordsOptions, PersonOptions {
  readonly overtaken?: boolean;
  readonly dryRun?: boolean;
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** A verb, as it works on one record. */
export interface Verb {
  /** As in the sentence "would … 12 records". */
  readonly name: string;
  /** In which state many records are looked for. */
  readonly from: State;
  /** Selects everything in that state without being told. */
  readonly takesAll?: boolean;
  move(assembly: Assembly, record: string, person: Person, options: MoveOptions): Promise<Moved>;
}

/** More than these are asked about on a terminal. */
const askAbove = 20;

export function act(verb: Verb, record: string | undefined, options: ActOptions): Promise<ExitCode> {
  return withDesk(options, (desk) =>
    record === undefined ? actMany(desk, verb, options) : actOne(desk, verb, record, options),
  );
}

async function actOne({ assembly, json }: Desk, verb: Verb, record: string, options: ActOptions): Promise<ExitCode> {
  const dryRun = options.dryRun === true;
  const overtaken = options.overtaken === true;
  const moved = await verb.move(assembly, record, personFrom(options), { dryRun, overtaken });
  if (json) printJson(dryRun ? { dryRun, ...moved } : moved);
  else printMoved(moved, dryRun);
  return 0;
}

async function actMany({ assembly, json }: Desk, verb: Verb, options: ActOptions): Promise<ExitCode> {
  const { ledger, world } = assembly;
  const filter = selecting(verb, options, assembly);
  const limit = options.limit === undefined ? undefined : wholeLimit(options.limit);
  const selection = await select(ledger, filter, limit);
  const dryRun = options.dryRun === true;
  if (!dryRun && !(await mayGoOn(verb, selection, options))) {
    say("Nothing was changed.");
    return 1;
  }
  const person = personFrom(options);
  const startedMs = world.clock.monotonic();
  const rate = (done: number): number => Math.round((done * 1_000) / Math.max(1, world.clock.monotonic() - startedMs));
  const onProgress = (done: number): void =>
    progress(
      `${done.toLocaleString("en")} of ${selection.count.toLocaleString("en")} records, ${rate(done).toLocaleString("en")}/s`,
    );
  const many = await moveMany(ledger, selection, (one, how) => verb.move(assembly, one, person, how), {
    dryRun,
    overtaken: options.overtaken === true,
    limit,
    onProgress,
  });
  progress("");
  if (json) printJson(many);
  else printMany(verb, many);
  if (!json && !dryRun && many.selected >= askAbove) {
    say(styled("dim", `${numbered(many.selected)}, ${rate(many.selected).toLocaleString("en")}/s`));
  }
  return many.failed > 0 ? 1 : 0;
}

function selecting(verb: Verb, options: ActOptions, assembly: Assembly): RecordFilter {
  const { cause, integration, tenant, id, key, entity, search, since, path, message } = options;
  const chosen = [cause, integration, tenant, id, key, entity, search, since, path, message];
  if (options.all !== true && verb.takesAll !== true && chosen.every((one) => one === undefined)) {
    throw new WaybillError(
      "bad-usage",
      "Which record?",
      "Give one, select some with --cause, --path, --integration or --search, or say --all.",
    );
  }
  if (integration !== undefined) assembly.known(integration);
  const { limit: _, ...filters } = options;
  return filterFrom({ ...filters, state: verb.from }, assembly.world.clock.now());
}

function wholeLimit(given: string): number {
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new WaybillError("bad-usage", `--limit is ${given}.`, "Give a whole number: as many of the oldest are taken.");
}

async function mayGoOn(verb: Verb, { count }: Selection, options: ActOptions): Promise<boolean> {
  if (count <= askAbove || options.yes === true || !canAsk()) return true;
  return confirmed(`${verb.name[0]?.toUpperCase()}${verb.name.slice(1)} ${numbered(count)}?`, false);
}

function numbered(count: number): string {
  return count === 1 ? "1 record" : `${count.toLocaleString("en")} records`;
}

const tick = (): string => styled("green", "✓");

export function printMoved({ record, state, cause, note }: Moved, dryRun = false): void {
  const to = `${state}${cause === undefined ? "" : ` (${cause})`}`;
  print(dryRun ? `${record} would be ${to}` : `${tick()} ${record} is ${to}`);
  if (note !== undefined) print(`  ${plain(note)}`);
}

function printMany(verb: Verb, { dryRun, selected, gone, results, failures }: Many): void {
  if (selected === 0) print(`Nothing to ${verb.name}.`);
  for (const { state, cause, count, samples, undoes } of results) {
    const to = `${state}${cause === null ? "" : ` (${cause})`}`;
    const what = dryRun
      ? `${numbered(count)} would be ${to}`
      : `${tick()} ${numbered(count)} ${count === 1 ? "is" : "are"} ${to}`;
    print(`${what}${styled("dim", `: ${some(samples, count)}`)}`);
    if (undoes !== undefined) print(`  Undone first: ${plain(undoes.join(", "))}`);
  }
  for (const { message, hint, count, records, overtakenBy } of failures) {
    say(`${styled("red", "✗")} ${numbered(count)}: ${plain(message)}`);
    say(styled("dim", `  ${some(records.slice(0, 3), count)}`));
    if (overtakenBy !== undefined) say(`  They are overtaken by ${some(overtakenBy.slice(0, 5), overtakenBy.length)}`);
    if (hint !== null) say(`  ${plain(hint)}`);
  }
  if (gone > 0)
    say(`  ${numbered(gone)} that had been selected changed meanwhile, and ${gone === 1 ? "was" : "were"} left alone.`);
}

function some(records: readonly string[], count: number): string {
  return `${records.join(", ")}${count > records.length ? ", …" : ""}`;
}
