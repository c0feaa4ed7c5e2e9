import type { How } from "../flow/inboxes.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import { decodeJson } from "../model/json.ts";
import { contentTypeOf, wholeBody } from "./body.ts";

/** The body of a request that moves records, its names checked. */
export type Fields = Readonly<Record<string, unknown>>;

const bodyBytesMax = 10_000_000;
const textLengthMax = 1_000;
/** What `resolve` may be told; one of these. */
export const ofHow: readonly string[] = ["applied", "notApplied", "keep", "redo", "reread"];

/** @throws {WaybillError} `bad-usage` for what is no JSON object, and for a field that nobody knows. */
export async function fieldsIn(request: Request, action: string, known: readonly string[]): Promise<Fields> {
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
    if (known.includes(name)) continue;
    throw usage(`${action} has no field ${JSON.stringify(name.slice(0, 100))}.`, didYouMean(name, known, "fields"));
  }
  return fields as Fields;
}

export function howOf(fields: Fields): How {
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
  if (only === "applied") {
    return { kind: "applied", result: fields.applied, unchecked: flagAt(fields, "unchecked"), ...of };
  }
  return { kind: only === "notApplied" ? "not-applied" : (only as "keep" | "redo" | "reread"), ...of };
}

export function textAt(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && value.length <= textLengthMax && !value.includes("\0")) return value;
  throw usage(`${name} is not text of at most ${textLengthMax} characters.`);
}

export function flagAt(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (value === undefined || typeof value === "boolean") return value === true;
  throw usage(`${name} is neither true nor false.`);
}

export function wholeAt(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw usage(`${name} is not a whole number of 1 or more.`);
}

export function usage(message: string, hint?: string): WaybillError {
  return new WaybillError("bad-usage", message, hint);
}
