import type { How, Inboxes, Moved, MoveOptions, Person } from "../flow/inboxes.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import { decodeJson } from "../model/json.ts";
import { contentTypeOf, wholeBody } from "./body.ts";

// A person's moves over HTTP: POST /v1/records/RECORD/release with {"actor": "ann", "why": "the customer exists now"}. The same fields as the options
// of the commands.

export const actions = ["release", "replay", "resolve", "discard", "end"] as const;
export type Action = (typeof actions)[number];

type Fields = Readonly<Record<string, unknown>>;

const bodyBytesMax = 10_000_000;
const textLengthMax = 1_000;
const ofPerson = ["actor", "why"];
const ofHow = ["applied", "notApplied", "keep", "redo", "reread"];
const fieldsOf: Readonly<Record<Action, readonly string[]>> = {
  release: [...ofPerson, "overtaken"],
  replay: [...ofPerson, "overtaken"],
  resolve: [...ofPerson, "overtaken", "effect", ...ofHow],
  discard: ofPerson,
  end: ofPerson,
};

/** Who asks for something, and why: what else the body of a request says is refused. */
export async function personIn(request: Request, what: string): Promise<Person> {
  const fields = await fieldsIn(request, what, ofPerson);
  return { actor: textAt(fields, "actor") ?? "api", why: textAt(fields, "why") };
}

/** Makes the move that a request asks for. @throws {WaybillError} `bad-usage`, `refused-move` or `unknown-record`. */
export async function makeMove(inboxes: Inboxes, action: Action, record: string, request: Request): Promise<Moved> {
  const fields = await fieldsIn(request, action, fieldsOf[action]);
  const person: Person = { actor: textAt(fields, "actor") ?? "api", why: textAt(fields, "why") };
  const options: MoveOptions = { overtaken: flagAt(fields, "overtaken") };
  switch (action) {
    case "release":
      return inboxes.release(record, person, options);
    case "replay":
      return inboxes.replay(record, person, options);
    case "resolve":
      return inboxes.resolve(record, person, howOf(fields), options);
    case "discard":
      return inboxes.discard(record, person);
    case "end":
      return inboxes.end(record, person);
  }
}

async function fieldsIn(request: Request, action: string, allowed: readonly string[]): Promise<Fields> {
  const { type, charset } = contentTypeOf(request.headers.get("content-type"));
  const bytes = await wholeBody(request, bodyBytesMax);
  if (bytes.byteLength === 0) return {};
  // A form of another site could send any other type without asking.
  if (type !== "application/json")
    throw usage(`The body of ${action} is JSON.`, "Send Content-Type: application/json.");
  const fields = decodeJson(bytes, { charset });
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    throw usage(`The body of ${action} is a JSON object.`, 'Such as {"why": "the customer exists now"}.');
  }
  for (const name of Object.keys(fields)) {
    if (allowed.includes(name)) continue;
    throw usage(`${action} has no field ${JSON.stringify(name.slice(0, 100))}.`, didYouMean(name, allowed, "fields"));
  }
  return fields as Fields;
}

function howOf(fields: Fields): How {
  const effect = textAt(fields, "effect");
  const of = effect === undefined ? {} : { effect };
  const said = ofHow.filter((name) => name in fields && (name === "applied" || flagAt(fields, name)));
  const [only] = said;
  if (said.length !== 1) {
    throw usage(
      said.length === 0
        ? "resolve has to be told how."
        : `resolve is told ${said.join(" and ")}, and only one can be meant.`,
      'One of {"applied": {…}}, {"notApplied": true}, {"keep": true}, {"redo": true}, {"reread": true}.',
    );
  }
  if (only === "applied") return { kind: "applied", result: fields.applied, ...of };
  return { kind: only === "notApplied" ? "not-applied" : (only as "keep" | "redo" | "reread"), ...of };
}

function textAt(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && value.length <= textLengthMax && !value.includes("\0")) return value;
  throw usage(`${name} is not text of at most ${textLengthMax} characters.`);
}

function flagAt(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (value === undefined || typeof value === "boolean") return value === true;
  throw usage(`${name} is neither true nor false.`);
}

function usage(message: string, hint?: string): WaybillError {
  return new WaybillError("bad-usage", message, hint);
}
