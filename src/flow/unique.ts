import type { Definition } from "../define/integration.ts";
import type { Unique } from "../ledger/ledger.ts";
import { canonicalJson } from "../model/canonical.ts";
import { said } from "../model/errors.ts";
import { uniqueHash } from "../model/identity.ts";
import type { Issue } from "../model/record.ts";
import { issueAt, shortened } from "./issues.ts";

const shownMax = 100;

/** The value that no other entity may have, as the definition says; undefined where there is none. Asked of every record, and checked here. */
export function uniqueOf(
  { name, unique }: Definition,
  tenant: string,
  record: unknown,
  redact: (text: string) => string = (text) => text,
): Unique | undefined | { readonly issue: Issue } {
  if (unique === undefined) return undefined;
  let value: unknown;
  try {
    value = unique(record);
    // Nothing is nobody's.
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "object" && "then" in value)
      throw new Error("it returned a promise; it has to answer at once");
    const text = canonicalJson(value);
    return { hash: uniqueHash(name, tenant, text), shown: shortened(text, shownMax) };
  } catch (error) {
    return { issue: issueAt("", `unique threw: ${redact(said(error))}`, value ?? record) };
  }
}
