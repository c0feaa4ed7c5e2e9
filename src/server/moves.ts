import { type Extent, type Many, type MoveOne, moveMany, select } from "../flow/inbox-many.ts";
import type { Edit, Inboxes, Moved, MoveOptions, Person } from "../flow/inboxes.ts";
import type { FindOptions, Ledger } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { State } from "../model/record.ts";
import type { Change } from "../model/set-path.ts";
import { checkNames, conditions, filterOf } from "./filter.ts";
import { type Fields, fieldsIn, flagAt, howOf, ofHow, textAt, usage, wholeAt } from "./move-fields.ts";

// A person's moves over HTTP: POST /v1/records/RECORD/release with {"actor": "ann", "why": "the customer exists now"}; POST /v1/quarantine/release with a
// filter beside that, for many. The same fields as the options of the commands.

export const actions = ["release", "replay", "resolve", "redo", "discard", "end", "edit"] as const;
export type Action = (typeof actions)[number];

const always = ["actor", "why", "dryRun"];
const fieldsOf: Readonly<Record<Action, readonly string[]>> = {
  release: ["overtaken", "recheck", "sameAs"],
  replay: ["overtaken"],
  resolve: ["overtaken", "effect", "unchecked", ...ofHow],
  redo: ["overtaken", "effect"],
  discard: ["overtaken", "keepEffects"],
  end: [],
  edit: ["set", "unset"],
};

/** Who asks for something, and why: what else the body of a request says is refused. */
export async function personIn(request: Request, what: string): Promise<Person> {
  return personOf(await fieldsIn(request, what, ["actor", "why"]));
}

function personOf(fields: Fields): Person {
  return { actor: textAt(fields, "actor") ?? "api", why: textAt(fields, "why") };
}

/**
 * Makes the move that a request asks for. With `revision`, as GET /v1/records/RECORD shows it, only if the record has not changed since.
 *
 * @throws {WaybillError} `bad-usage`, `refused-move` or `unknown-record`.
 */
export async function makeMove(inboxes: Inboxes, action: Action, record: string, request: Request): Promise<Moved> {
  const whole = action === "edit" ? ["text"] : [];
  const fields = await fieldsIn(request, action, [...always, ...fieldsOf[action], ...whole, "revision"]);
  return moveBy(inboxes, action, record, fields);
}

/** The same by fields that were read already. */
export function moveBy(inboxes: Inboxes, action: Action, record: string, fields: Fields): Promise<Moved> {
  const options = { dryRun: flagAt(fields, "dryRun"), overtaken: flagAt(fields, "overtaken") };
  return moving(inboxes, action, fields)(record, { ...options, revision: wholeAt(fields, "revision") });
}

/** What each inbox can do with many records. */
export const inboxActions: Readonly<Record<string, { readonly state: State; readonly actions: readonly Action[] }>> = {
  quarantine: { state: "quarantined", actions: ["release", "discard", "edit"] },
  dead: { state: "dead", actions: ["replay", "discard", "edit"] },
  held: { state: "held", actions: ["resolve", "discard", "edit"] },
};

/** Makes a move on everything in one state that a filter selects: `{"filter": {"cause": "contract"}}`, or `{"all": true}`. */
export async function makeManyMoves(
  parts: { readonly inboxes: Inboxes; readonly ledger: Ledger; readonly nowMs: number },
  state: State,
  action: Action,
  request: Request,
): Promise<Many> {
  return manyMovesBy(
    parts,
    state,
    action,
    await fieldsIn(request, action, [...always, ...fieldsOf[action], "filter", "all", "limit", "extent"]),
  );
}

/** The same by fields that were read already. */
export async function manyMovesBy(
  parts: { readonly inboxes: Inboxes; readonly ledger: Ledger; readonly nowMs: number },
  state: State,
  action: Action,
  fields: Fields,
): Promise<Many> {
  const filter = filterIn(fields, state, parts.nowMs);
  const limit = wholeAt(fields, "limit");
  const move = moving(parts.inboxes, action, fields);
  const dryRun = flagAt(fields, "dryRun");
  const overtaken = flagAt(fields, "overtaken");
  const selection = await select(parts.ledger, filter, limit, extentIn(fields));
  return moveMany(parts.ledger, selection, move, { dryRun, overtaken, limit });
}

function moving(inboxes: Inboxes, action: Action, fields: Fields): MoveOne {
  const person = personOf(fields);
  switch (action) {
    case "release": {
      const recheck = flagAt(fields, "recheck");
      const sameAs = flagAt(fields, "sameAs");
      const many = fields.filter !== undefined || fields.all !== undefined;
      const leaveConflicts = many && (fields.filter as { cause?: unknown } | undefined)?.cause !== "conflict";
      return (record, options) => inboxes.release(record, person, { ...options, recheck, sameAs, leaveConflicts });
    }
    case "replay":
      return (record, options) => inboxes.replay(record, person, options);
    case "resolve": {
      const how = howOf(fields);
      return (record, options: MoveOptions) => inboxes.resolve(record, person, how, options);
    }
    case "redo": {
      const effect = effectIn(fields);
      return (record, options) => inboxes.redo(record, person, effect, options);
    }
    case "discard": {
      const keepEffects = flagAt(fields, "keepEffects");
      return (record, options) => inboxes.discard(record, person, { ...options, keepEffects });
    }
    case "end":
      return (record, options) => inboxes.end(record, person, options);
    case "edit": {
      const edit = editIn(fields);
      return (record, options) => inboxes.edit(record, person, edit, options);
    }
  }
}

function effectIn(fields: Fields): string {
  const effect = textAt(fields, "effect");
  if (effect !== undefined) return effect;
  throw usage("redo has to be told which effect.", 'Such as {"effect": "invoice", "why": "it was mapped wrongly"}.');
}

function filterIn(fields: Fields, state: State, nowMs: number): FindOptions {
  const given = fields.filter ?? {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw usage("filter is not an object.", 'Such as {"cause": "contract", "integration": "orders"}.');
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== "string") throw usage(`filter.${name.slice(0, 100)} is not text.`);
    query.set(name, value);
  }
  checkNames(query, conditions);
  if (query.size === 0 && !flagAt(fields, "all") && !flagAt(fields, "recheck")) {
    throw usage("Which records?", 'Select some with "filter", or say "all": true.');
  }
  return { ...filterOf(query, nowMs), states: [state] };
}

/** What a dry run looked at, as it said so. */
function extentIn({ extent }: Fields): Extent | undefined {
  if (extent === undefined) return undefined;
  const { upTo, settledByMs } = (extent ?? {}) as Partial<Record<keyof Extent, unknown>>;
  if (typeof upTo === "string" && Number.isSafeInteger(settledByMs))
    return { upTo, settledByMs: settledByMs as number };
  throw usage("extent is not what a dry run has answered.", "Send it as it came, with the same filter.");
}

function editIn(fields: Fields): Edit {
  const { set = {}, unset = [] } = fields;
  if (typeof fields.text === "string") {
    if (fields.set === undefined && fields.unset === undefined) return { kind: "text", text: fields.text };
    throw usage("text and set are two ways of editing.", "Give one of them.");
  }
  if (typeof set !== "object" || set === null || Array.isArray(set)) {
    throw usage("set is not an object.", 'Such as {"currency": "AUD", "lines.*.price": 0}.');
  }
  if (!Array.isArray(unset) || unset.some((path) => typeof path !== "string")) {
    throw usage("unset is not a list of paths.", 'Such as ["discount"].');
  }
  const changes: Change[] = [
    ...Object.entries(set).map(([path, value]): Change => ({ kind: "set", path, value })),
    ...(unset as string[]).map((path): Change => ({ kind: "unset", path })),
  ];
  if (changes.length > 0) return { kind: "changes", changes };
  throw usage("Which change?", 'Say "set": {"path": value}, "unset": ["path"], or, for one record, "text": "…".');
}

export function isAction(text: string, known: readonly Action[] = actions): text is Action {
  return (known as readonly string[]).includes(text);
}

/** There is no such verb here. */
export function unknownAction(action: string, hint: string): WaybillError {
  return new WaybillError("not-available", `There is no action "${action.slice(0, 100)}".`, hint);
}
