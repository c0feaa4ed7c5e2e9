import type { How, Moved, Person } from "../flow/inboxes.ts";
import { groupView } from "../flow/views.ts";
import { said, WaybillError } from "../model/errors.ts";
import { decodeJson } from "../model/json.ts";
import type { Inbox } from "../model/record.ts";
import type { Assembly } from "../waybill.ts";
import { type ExitCode, withDesk } from "./command.ts";
import { ago, plain, print, printJson, say, styled, table } from "./output.ts";
import { type PersonOptions, personFrom } from "./person.ts";
import { filterFrom, type RecordsOptions } from "./records.ts";

export interface ActOptions extends RecordsOptions, PersonOptions {
  readonly overtaken?: boolean;
  readonly dryRun?: boolean;
  readonly all?: boolean;
}

export interface ResolveOptions extends ActOptions {
  readonly applied?: string;
  readonly notApplied?: boolean;
  readonly keep?: boolean;
  readonly redo?: boolean;
  readonly reread?: boolean;
  readonly effect?: string;
}

type Act = (assembly: Assembly, record: string, person: Person) => Promise<Moved>;

/** `quarantine ls`, `dead ls`, `held ls`: grouped by cause. */
export function ls(inbox: Inbox, options: RecordsOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    if (options.integration !== undefined) assembly.known(options.integration);
    const groups = (await assembly.ledger.inbox([inbox], options.integration)).map((group) =>
      groupView(group, assembly.secrets.redact),
    );
    if (json) printJson({ groups });
    else if (groups.length === 0) print(styled("green", `Nothing is ${inbox}.`));
    else {
      const nowMs = assembly.world.clock.now();
      print(
        table(groups, [
          { title: "integration", of: (group) => String(group.integration) },
          { title: "cause", of: (group) => String(group.cause), style: () => "yellow" },
          { title: "records", right: true, of: (group) => String(group.count) },
          { title: "newest", of: (group) => ago(group.lastAt as string | null, nowMs) },
          { title: "sample", of: (group) => String(group.sample) },
          { title: "reason", of: (group) => String(group.reason ?? "") },
        ]),
      );
      print(styled("dim", "npx waybill show RECORD tells all about one."));
    }
    return 0;
  });
}

export function release(record: string | undefined, options: ActOptions): Promise<ExitCode> {
  return act("quarantined", "release", record, options, ({ inboxes }, one, person) =>
    inboxes.release(one, person, moveOptions(options)),
  );
}

/** Dead ones by a filter; by name also filtered, discarded and superseded ones. */
export function replay(record: string | undefined, options: ActOptions): Promise<ExitCode> {
  return act("dead", "replay", record, options, ({ inboxes }, one, person) =>
    inboxes.replay(one, person, moveOptions(options)),
  );
}

export function resolve(record: string | undefined, options: ResolveOptions): Promise<ExitCode> {
  const how = howOf(options);
  return act("held", "resolve", record, options, ({ inboxes }, one, person) =>
    inboxes.resolve(one, person, how, moveOptions(options)),
  );
}

export function discard(inbox: Inbox, record: string | undefined, options: ActOptions): Promise<ExitCode> {
  return act(inbox, "discard", record, options, ({ inboxes }, one, person) => inboxes.discard(one, person));
}

/** `dead RECORD`: ends a retrying one. Without a record it lists, as the other inboxes do. */
export function end(record: string | undefined, options: ActOptions): Promise<ExitCode> {
  if (record === undefined) return ls("dead", options);
  return act("dead", "end", record, options, ({ inboxes }, one, person) => inboxes.end(one, person));
}

/** One record, or all that a filter or a cause selects. */
async function act(
  inbox: Inbox,
  verb: string,
  record: string | undefined,
  options: ActOptions,
  work: Act,
): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const records = record !== undefined ? [record] : await selected(assembly, inbox, options);
    if (options.dryRun === true) {
      if (record !== undefined && (await assembly.ledger.record(record)) === undefined)
        throw new WaybillError("unknown-record", `There is no record "${record}".`, "`waybill records` lists them.");
      if (json) printJson({ dryRun: true, records });
      else print(records.length === 0 ? "Nothing would change." : `Would ${verb}: ${records.join(", ")}`);
      return 0;
    }
    const person = personFrom(options);
    const results: unknown[] = [];
    let failed = 0;
    for (const one of records) {
      try {
        const moved = await work(assembly, one, person);
        results.push(moved);
        if (!json) printMoved(moved);
      } catch (error) {
        if (record !== undefined || !(error instanceof WaybillError)) throw error;
        failed += 1;
        results.push({ record: one, error: { code: error.code, message: error.message } });
        if (!json) say(`${styled("red", "✗")} ${one}: ${said(error)}`);
      }
    }
    if (json) printJson(record === undefined ? { results } : results[0]);
    else if (records.length === 0) print(`Nothing to ${verb}.`);
    return failed > 0 ? 1 : 0;
  });
}

function printMoved({ record, state, cause, note }: Moved): void {
  print(`${styled("green", "✓")} ${record} is ${state}${cause === undefined ? "" : ` (${cause})`}`);
  if (note !== undefined) print(`  ${plain(note)}`);
}

async function selected(assembly: Assembly, inbox: Inbox, options: ActOptions): Promise<readonly string[]> {
  const chosen = [
    options.cause,
    options.integration,
    options.id,
    options.key,
    options.entity,
    options.search,
    options.since,
  ];
  if (options.all !== true && chosen.every((one) => one === undefined)) {
    throw new WaybillError(
      "bad-usage",
      "Which record?",
      "Give one, select some with --cause, --integration or --search, or say --all.",
    );
  }
  const records: string[] = [];
  let before: string | undefined;
  do {
    const filter = filterFrom({ ...options, state: inbox, limit: "1000" }, assembly.world.clock.now());
    const { rows, next } = await assembly.ledger.find({ ...filter, before });
    records.push(...rows.map((row) => row.record));
    before = next;
  } while (before !== undefined);
  // Oldest first: what came first goes first.
  return records.reverse();
}

function moveOptions(options: ActOptions): { overtaken: boolean } {
  return { overtaken: options.overtaken === true };
}

function howOf(options: ResolveOptions): How {
  const effect = options.effect === undefined ? {} : { effect: options.effect };
  const given: How[] = [];
  if (options.applied !== undefined) given.push({ kind: "applied", result: appliedResult(options.applied), ...effect });
  if (options.notApplied === true) given.push({ kind: "not-applied", ...effect });
  for (const kind of ["keep", "redo", "reread"] as const) if (options[kind] === true) given.push({ kind, ...effect });
  const [how] = given;
  if (how !== undefined && given.length === 1) return how;
  throw new WaybillError(
    "bad-usage",
    given.length === 0 ? "resolve has to be told how." : "resolve can be told only one thing.",
    "One of --applied '{…}' (what it answered), --not-applied, --keep, --redo, --reread.",
  );
}

function appliedResult(text: string): unknown {
  try {
    return decodeJson(text);
  } catch (error) {
    throw new WaybillError(
      "bad-usage",
      `--applied is not JSON: ${said(error)}`,
      `Quote it: --applied '{"id": "inv_1"}'.`,
    );
  }
}
