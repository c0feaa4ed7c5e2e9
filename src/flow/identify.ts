import type { Definition } from "../define/integration.ts";
import { said } from "../model/errors.ts";
import type { Issue } from "../model/record.ts";
import { versionText } from "../model/version.ts";
import { issueAt } from "./issues.ts";

/** Ids, entities and keys, in UTF-8 bytes: they stand in indexes of every store. */
export const identityBytesMax = 512;

/** Which record it is, checked. */
export interface Names {
  readonly id: string;
  readonly entity: string;
  readonly key: string;
  /** `identify` named a key itself. */
  readonly keyGiven: boolean;
  readonly version: string | undefined;
}

/** Asks the definition which record this is. What it answers is checked here, because only a record shows it. */
export function identify(
  definition: Definition,
  record: unknown,
  redact: (text: string) => string = (text) => text,
): Names | { readonly issue: Issue } {
  let answer: unknown;
  try {
    answer = definition.identify(record);
  } catch (error) {
    return { issue: issueAt("", `identify threw: ${redact(said(error))}`, record) };
  }
  if (typeof answer !== "object" || answer === null) {
    return { issue: issueAt("", "identify returned no object; it returns { id, entity, key, version }", answer) };
  }
  if ("then" in answer && typeof answer.then === "function") {
    (answer as Promise<unknown>).then(undefined, () => undefined);
    return {
      issue: issueAt("", "identify returned a promise; it has to answer at once, from the record alone", undefined),
    };
  }
  const { id, entity = id, key = entity, version } = answer as Partial<Record<string, unknown>>;
  const idText = nameText("id", id);
  if (typeof idText !== "string") return idText;
  const entityText = entity === id ? idText : nameText("entity", entity);
  if (typeof entityText !== "string") return entityText;
  const keyText = key === entity ? entityText : nameText("key", key);
  if (typeof keyText !== "string") return keyText;
  const versioned = versionOf(definition, version, "entity" in answer && answer.entity !== undefined);
  if (typeof versioned === "object") return versioned;
  const keyGiven = "key" in answer && answer.key !== undefined;
  return { id: idText, entity: entityText, key: keyText, keyGiven, version: versioned };
}

/** Whole numbers are taken as the text they are written as: that loses nothing. */
export function nameText(
  name: "id" | "entity" | "key",
  value: unknown,
  from = "identify",
): string | { readonly issue: Issue } {
  const text = typeof value === "bigint" || Number.isSafeInteger(value) ? String(value) : value;
  const problem = typeof text === "string" ? problemOf(text) : notText(value);
  return problem === undefined
    ? (text as string)
    : { issue: issueAt(name, `the ${name} from ${from} ${problem}`, value) };
}

function problemOf(text: string): string | undefined {
  if (text === "") return "is empty";
  // Only long or unusual text is looked at closely.
  if (text.length * 3 > identityBytesMax && Buffer.byteLength(text) > identityBytesMax) {
    return `has ${Buffer.byteLength(text)} bytes; at most ${identityBytesMax} are kept`;
  }
  if (text === "undefined" || text.includes("[object Object]")) {
    return `is ${JSON.stringify(text)}: something was written into text that is not text`;
  }
  if (text.includes("\0") || !text.isWellFormed()) return "holds NUL or half a character, which no store can look up";
  return undefined;
}

function notText(value: unknown): string {
  if (value === undefined || value === null) return `is ${value}`;
  if (typeof value === "number") return `is ${value}; an id is text or a whole number (did you mean String(…)?)`;
  return `is ${value instanceof Date ? "a Date (did you mean toISOString()?)" : `a ${typeof value}; did you mean String(…)?`}`;
}

function versionOf(
  definition: Definition,
  version: unknown,
  entityGiven: boolean,
): string | undefined | { readonly issue: Issue } {
  if (!definition.latestOnly) {
    if (version === undefined) return undefined;
    return {
      issue: issueAt("version", "identify returned a version, which counts only with latestOnly: true", version),
    };
  }
  if (!entityGiven)
    return { issue: issueAt("entity", "latestOnly needs the entity that the version is of", undefined) };
  if (version === undefined || version === null) {
    return { issue: issueAt("version", "latestOnly needs a version from identify", version) };
  }
  try {
    return versionText(version);
  } catch (error) {
    return { issue: issueAt("version", said(error), version) };
  }
}
