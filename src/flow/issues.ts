import type { StandardSchemaV1 } from "@standard-schema/spec";
import { encodeJson } from "../model/json.ts";
import { isRawNumber } from "../model/number-text.ts";
import type { Issue } from "../model/record.ts";

/** More are counted, not kept: a list of 10,000 bad items says the same in 50. */
const issuesMax = 50;
const foundMax = 200;
const textMax = 500;

/** What a schema found wrong with a value: where, which rule, and what stood there. */
export function issuesOf(
  value: unknown,
  found: readonly StandardSchemaV1.Issue[],
  redact: (text: string) => string,
): readonly Issue[] {
  const issues = found.slice(0, issuesMax).map(({ message, path = [] }) => {
    const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
    const there = at(value, keys);
    return issueAt(keys.map(String).join("."), ruleFor(redact(String(message)), there), there);
  });
  if (found.length > issuesMax)
    issues.push(issueAt("", `${found.length - issuesMax} more rules are broken`, undefined));
  return issues;
}

export function issueAt(path: string, message: string, there: unknown): Issue {
  return { path: shortened(path, textMax), message: shortened(message, textMax), found: foundText(there) };
}

/** The first issue and how many more there are, as the reason that inboxes group and show. */
export function reasonOf(issues: readonly Issue[]): string {
  const [first] = issues;
  if (first === undefined) return "it breaks the contract";
  const where = first.path === "" ? "" : `${first.path}: `;
  return shortened(`${where}${first.message}${issues.length > 1 ? ` (and ${issues.length - 1} more)` : ""}`, textMax);
}

/** Text that every store can hold: no NUL, no lone surrogates, not longer than it has to be. */
export function shortened(text: string, lengthMax: number = textMax): string {
  const short = text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text;
  return (short.isWellFormed() ? short : short.toWellFormed()).replaceAll("\0", "\\u0000");
}

/** A schema sees a number of too many digits as an object, and says so; a person should read why. */
function ruleFor(message: string, there: unknown): string {
  if (isRawNumber(there)) return `${message} (a number with more digits than a double holds)`;
  return typeof there === "bigint" ? `${message} (a whole number beyond 2^53)` : message;
}

/** A place inside a text (an item of a list that stands in one) shows the text. */
function at(value: unknown, keys: readonly PropertyKey[]): unknown {
  let there = value;
  for (const key of keys) {
    if (typeof there === "string") return there;
    if (typeof there !== "object" || there === null || !Object.hasOwn(there, key)) return undefined;
    there = (there as Record<PropertyKey, unknown>)[key];
  }
  return there;
}

function foundText(there: unknown): string {
  if (there === undefined) return "nothing";
  try {
    return shortened(encodeJson(there), foundMax);
  } catch {
    return shortened(Object.prototype.toString.call(there), foundMax);
  }
}
