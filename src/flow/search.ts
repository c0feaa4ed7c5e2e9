import type { Definition } from "../define/integration.ts";
import { said } from "../model/errors.ts";
import type { Issue } from "../model/record.ts";
import { searchText } from "../model/search.ts";
import { issueAt } from "./issues.ts";

const valuesMax = 100;

/** By what else a record is found, as the definition says; undefined where it says nothing. Asked of every record, and checked here. */
export function searchOf(
  { search }: Definition,
  record: unknown,
  redact: (text: string) => string = (text) => text,
): readonly string[] | undefined | { readonly issue: Issue } {
  if (search === undefined) return undefined;
  try {
    const answer = search(record);
    const values: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
    if (values.length > valuesMax) throw new Error(`it names ${values.length} values, and ${valuesMax} are the most`);
    const texts = new Set(values.map(textOf));
    texts.delete("");
    return texts.size === 0 ? undefined : [...texts];
  } catch (error) {
    return { issue: issueAt("", `search threw: ${redact(said(error))}`, record) };
  }
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return searchText(value);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const what = typeof value === "object" && "then" in value ? "a promise" : `a value of type ${typeof value}`;
  throw new Error(`it names ${what}; it names texts and numbers`);
}
