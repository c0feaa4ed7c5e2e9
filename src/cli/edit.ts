import { existsSync, readFileSync } from "node:fs";
import type { Assembly } from "../assembly/assembly.ts";
import { type Edit, editableText, refuseEdit } from "../flow/inbox-edit.ts";
import type { Moved, MoveOptions, Person } from "../flow/inboxes.ts";
import { BreaksContract } from "../flow/refused.ts";
import type { RecordWhole } from "../ledger/ledger.ts";
import { said, WaybillError } from "../model/errors.ts";
import { decodeJson } from "../model/json.ts";
import type { Inbox, Issue } from "../model/record.ts";
import type { Change } from "../model/set-path.ts";
import { type ActOptions, act, printMoved, type Verb } from "./act.ts";
import { canAsk, confirmed } from "./ask.ts";
import { type Desk, type ExitCode, withDesk } from "./command.ts";
import { type Draft, openDraft, withoutAbout } from "./editor.ts";
import { plain, print, printJson, say, styled } from "./output.ts";
import { personFrom } from "./person.ts";

export interface EditOptions extends ActOptions {
  readonly from?: string;
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
  /** Let it go as well, once it meets the contract. */
  readonly release?: boolean;
  readonly replay?: boolean;
}

/** `edit`: in an editor, from a file, or at some places; only the last for more than one record. */
export async function edit(inbox: Inbox, record: string | undefined, options: EditOptions): Promise<ExitCode> {
  const changes = changesIn(options);
  if (changes.length > 0) {
    if (options.from !== undefined) throw usage("--from and --set are two ways of editing.", "Give one of them.");
    return act(verbOf(inbox, options, { kind: "changes", changes }), record, options);
  }
  if (record === undefined) {
    throw usage(
      "Which change?",
      "Many records are edited alike: --set path=value (JSON) or --unset path. One is edited whole: name it.",
    );
  }
  if (options.from !== undefined) {
    const text = withoutAbout(await textFrom(options.from));
    return act(verbOf(inbox, options, { kind: "text", text }), record, options);
  }
  return withDesk(options, (desk) => editInEditor(desk, record, options));
}

function verbOf(inbox: Inbox, options: EditOptions, made: Edit): Verb {
  return {
    name: "edit",
    from: inbox,
    move: ({ inboxes }, one, person, how) => store(inboxes, one, person, made, how, options),
  };
}

/** Stores an edit, and lets the record go if that was asked for. */
async function store(
  inboxes: Assembly["inboxes"],
  record: string,
  person: Person,
  made: Edit,
  how: MoveOptions,
  { release, replay }: EditOptions,
): Promise<Moved> {
  const edited = await inboxes.edit(record, person, made, how);
  if (how.dryRun === true) return edited;
  const next = { ...how, revision: undefined };
  if (release === true) return inboxes.release(record, person, next);
  if (replay === true) return inboxes.replay(record, person, next);
  return edited;
}

async function editInEditor({ assembly, json }: Desk, record: string, options: EditOptions): Promise<ExitCode> {
  const whole = await assembly.ledger.record(record);
  if (whole === undefined)
    throw new WaybillError("unknown-record", `There is no record "${record}".`, "`waybill records` lists them.");
  refuseEdit(whole);
  const draft = openDraft(record);
  const { text: offered, isJson } = editableText(whole);
  const how = { revision: whole.revision, dryRun: options.dryRun === true, overtaken: options.overtaken === true };
  let text = offered;
  let issues = whole.issues ?? [];
  for (;;) {
    text = await typedIn(draft, text, aboutOf(whole, issues, isJson));
    if (text === offered) {
      draft.forget();
      say("Nothing was changed: the editor saved the text as it was.");
      return 1;
    }
    try {
      const moved = await store(assembly.inboxes, record, personFrom(options), { kind: "text", text }, how, options);
      draft.forget();
      if (json) printJson(moved);
      else printEdited(whole, moved, how.dryRun);
      return 0;
    } catch (error) {
      if (!(error instanceof BreaksContract)) throw kept(error, draft);
      issues = error.issues;
      for (const line of issueLines(issues)) say(`${styled("red", "✗")} ${line}`);
      if (!canAsk() || !(await confirmed("Reopen the editor?", true))) throw kept(error, draft);
    }
  }
}

/** What was typed stands in the file, whatever comes of it. */
async function typedIn(draft: Draft, text: string, about: readonly string[]): Promise<string> {
  try {
    return await draft.edit(text, about);
  } catch (error) {
    throw kept(error, draft);
  }
}

function kept(error: unknown, { file }: Draft): unknown {
  if (!(error instanceof WaybillError) || error.hint?.includes(file) === true) return error;
  const hint = `${error.hint ?? ""} What you typed is kept in ${file}: --from takes it.`.trim();
  return new WaybillError(error.code, error.message, hint, { cause: error });
}

function aboutOf(
  { record, integration, reason }: RecordWhole,
  issues: readonly Issue[],
  isJson: boolean,
): readonly string[] {
  const text = isJson ? [] : ['It came as text that is not JSON. Write it as JSON, such as {"field": "value"}.'];
  const why = issues.length > 0 ? issueLines(issues) : reason === undefined ? [] : [plain(reason)];
  return [
    `Record ${record} of ${integration}.`,
    ...why,
    ...text,
    "Save and close to store it; close without a change to leave it.",
  ];
}

export function issueLines(issues: readonly Issue[]): readonly string[] {
  return issues.map(
    ({ path, message, found }) =>
      `${plain(path === "" ? "the whole" : path)}: ${plain(message)}; found ${plain(found)}`,
  );
}

function printEdited({ state }: RecordWhole, moved: Moved, dryRun: boolean): void {
  printMoved(moved, dryRun);
  if (dryRun || moved.state !== state) return;
  const next = {
    quarantined: `npx waybill quarantine release ${moved.record}`,
    dead: `npx waybill dead replay ${moved.record}`,
    held: `npx waybill held resolve ${moved.record} …`,
  }[state as Inbox];
  print(styled("dim", `  It waits there until you let it go: ${next}`));
}

async function textFrom(from: string): Promise<string> {
  if (from === "-") {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }
  if (!existsSync(from)) throw usage(`There is no file ${from}.`, "Give a file, or - for standard input.");
  try {
    return readFileSync(from, "utf8");
  } catch (error) {
    throw usage(`${from} cannot be read: ${said(error)}`, "Give a file that holds the new content.");
  }
}

function changesIn({ set = [], unset = [] }: EditOptions): readonly Change[] {
  return [...set.map(setIn), ...unset.map((path): Change => ({ kind: "unset", path }))];
}

function setIn(given: string): Change {
  const at = given.indexOf("=");
  if (at < 1) throw usage(`--set ${given} names no value.`, "Write --set path=value, with the value in JSON.");
  const [path, text] = [given.slice(0, at), given.slice(at + 1)];
  try {
    return { kind: "set", path, value: decodeJson(text) };
  } catch (error) {
    const asText = JSON.stringify(text);
    throw usage(
      `The value of --set ${path} is not JSON: ${said(error)}`,
      `If text is meant, quote it: --set '${path}=${asText}'.`,
    );
  }
}

function usage(message: string, hint: string): WaybillError {
  return new WaybillError("bad-usage", message, hint);
}
