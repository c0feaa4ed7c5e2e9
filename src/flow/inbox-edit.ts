import type { Edited, RecordWhole, StoredEffect } from "../ledger/ledger.ts";
import { changedPaths } from "../model/changed-paths.ts";
import { decodeText } from "../model/charset.ts";
import { decode } from "../model/codec.ts";
import { WaybillError } from "../model/errors.ts";
import { decodeJson, encodeJsonLines } from "../model/json.ts";
import type { Issue } from "../model/record.ts";
import { type Change, changedAt } from "../model/set-path.ts";
import { entityOfKept } from "./arrivals.ts";
import { decodeKept, encodeKept, type Reader, readKept } from "./boundary.ts";
import { nextGeneration } from "./generation.ts";
import { identify } from "./identify.ts";
import { refuseUnless } from "./inbox-states.ts";
import type { Asked, Known, Person } from "./inbox-words.ts";
import { issueAt } from "./issues.ts";
import { loadOf } from "./load-of.ts";
import { BreaksContract } from "./refused.ts";
import { isInDoubt } from "./step.ts";

// A person puts a record's content right. It is read with the present contract before anything is stored, and what came first is kept beside it. The
// record stays in its inbox, and says there that it is edited: letting it go is a decision of its own, for one or for all that were edited alike.

/** What a person makes of a record: a whole new text, or changes at some places. */
export type Edit =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "changes"; readonly changes: readonly Change[] };

/** Why it cannot be edited now, whatever the new content is. @throws {WaybillError} `refused-move`. */
export function refuseEdit(whole: RecordWhole): void {
  refuseUnless(whole, "edit", ["quarantined", "dead", "held"]);
  const doubts = whole.effects.filter(isInDoubt);
  if (doubts.length > 0) {
    throw new WaybillError(
      "refused-move",
      `Record ${whole.record} has an effect in doubt: ${doubts.map(({ name }) => `"${name}"`).join(", ")}.`,
      "What may have been applied was made of the content that it has now. Say what came of it first: waybill held resolve.",
    );
  }
  if (whole.raw === undefined) {
    throw new WaybillError(
      "refused-move",
      `What came as record ${whole.record} is not kept any more.`,
      "Have it sent again.",
    );
  }
}

/** What a record holds, as a person edits it: JSON on several lines, or the text as it came where it is not JSON. */
export function editableText({ raw }: Pick<RecordWhole, "raw">): { readonly text: string; readonly isJson: boolean } {
  const text = decodeText(raw ?? new Uint8Array());
  try {
    return { text: `${encodeJsonLines(decodeJson(text))}\n`, isJson: true };
  } catch {
    return { text, isJson: false };
  }
}

/**
 * What an edit comes to.
 *
 * @throws {BreaksContract} with every broken rule.
 * @throws {WaybillError} `refused-move` when it changes nothing, or which record it is; `bad-usage` when a path leads nowhere.
 */
export async function editOf(
  whole: RecordWhole,
  known: Known,
  edit: Edit,
  person: Person,
  reader: Reader,
): Promise<Asked> {
  refuseEdit(whole);
  const raw = textOf(whole, edit);
  const changed = changesMade(whole, raw);
  if (changed.length === 0) {
    throw new WaybillError("refused-move", `Nothing would change in record ${whole.record}.`, "It holds that already.");
  }
  const made = await checked(whole, known, raw, reader);
  const quarantined = whole.state === "quarantined";
  return {
    what: "edited",
    to: whole.state === "delivering" ? "waiting" : whole.state,
    cause: quarantined ? "edited" : whole.cause,
    reason: quarantined ? `edited by ${person.actor}, and it meets the contract now` : whole.reason,
    issues: [],
    // What was refused, or never applied, was made of the old content.
    effects: whole.effects.filter((effect) => isUnmade(whole, effect)).map((effect) => nextGeneration(whole, effect)),
    edited: { raw, ...made, contract: known.release },
    uncompared: true,
    detail: { changed },
  };
}

function isUnmade({ record }: RecordWhole, { madeBy, state }: StoredEffect): boolean {
  return madeBy === record && (state === "refused" || state === "not-applied");
}

function textOf(whole: RecordWhole, edit: Edit): string {
  const { source } = whole;
  if (edit.kind === "text") {
    const given = reading(() => decodeKept(source, edit.text));
    return encodeKept(source, given);
  }
  const before = reading(() => decodeKept(source, whole.raw ?? ""));
  return encodeKept(source, edit.changes.reduce<unknown>(changedAt, before));

  function reading(read: () => unknown): unknown {
    try {
      return read();
    } catch (error) {
      const { message, path } = error as { message: string; path?: string };
      const issue: Issue = issueAt(path ?? "", message, edit.kind === "text" ? edit.text : editableText(whole).text);
      const hint = edit.kind === "text" ? "Write it as JSON." : "Edit it as text: with --from FILE, or in an editor.";
      throw new BreaksContract(edit.kind === "text" ? "The new content" : `Record ${whole.record}`, [issue], hint);
    }
  }
}

function changesMade(whole: RecordWhole, raw: string): readonly string[] {
  try {
    return changedPaths(decodeKept(whole.source, whole.raw ?? ""), decodeKept(whole.source, raw));
  } catch {
    return [""];
  }
}

type Made = Pick<Edited, "content" | "search">;
const unknownYet: Made = { content: undefined, search: undefined };

/** Reads the new content with the present contract, and answers what that makes of it where its identity is known. */
async function checked(whole: RecordWhole, known: Known, raw: string, reader: Reader): Promise<Made> {
  const { definition, release } = known;
  const { source, tenant } = whole;
  if (whole.id === undefined && loadOf(definition, whole.source) !== undefined) {
    const entity = entityOfKept(definition, source, raw);
    if (typeof entity !== "string") throw broken([entity.issue]);
    return unknownYet;
  }
  const read = await readKept({ definition, tenant, contract: release, ...reader }, source, raw);
  if (read.kind === "broken") throw broken(read.issues);
  if (whole.id === undefined) return unknownYet;
  refuseOtherIdentity(whole, known, read.reading.identity);
  return { content: read.reading.content, search: read.reading.identity.search };
}

function broken(issues: readonly Issue[]): BreaksContract {
  return new BreaksContract("The new content", issues, "Nothing is changed. Put that right too.");
}

interface Named {
  readonly id: string;
  readonly entity: string;
  readonly key: string;
  readonly version: string | undefined;
}

/** Other records, effects and keys of other systems know it by its identity. */
function refuseOtherIdentity(whole: RecordWhole, { definition }: Known, now: Named): void {
  const was = namesBefore(whole, definition);
  for (const name of ["id", "entity", "key", "version"] as const) {
    if (was[name] === now[name]) continue;
    throw new WaybillError(
      "refused-move",
      `That would change the ${name} of record ${whole.record} from ${JSON.stringify(was[name])} to ${JSON.stringify(now[name])}.`,
      "An edit leaves a record what it is. Discard it, and send the other one as a record of its own.",
    );
  }
}

/** As `identify` names what it holds now: an entity keeps the key that it first came with, whatever its later records say. */
function namesBefore(whole: RecordWhole, definition: Known["definition"]): Named {
  const { id = "", entity = id, key = entity, version, content } = whole;
  const stored = { id, entity, key, version };
  if (content === undefined) return stored;
  try {
    const names = identify(definition, decode(content));
    return "issue" in names ? stored : { ...stored, key: names.key };
  } catch {
    return stored;
  }
}
