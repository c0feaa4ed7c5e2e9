import type { Issue } from "./record.ts";

// What many records broke alike. Two messages say the same when they differ only in what was found: a quoted value, a number, a name with digits in it.

/** Where a rule is, and what it says. */
export interface Rule {
  readonly path: string;
  readonly message: string;
}

/**
 * The first rule that a record breaks, or the reason for which it stopped, as others share it.
 *
 * @example
 * ruleOf([{ path: "items.3.price", message: "there is no 31 April 2026", found: '"31/04/2026"' }], undefined)
 * // { path: "items.*.price", message: "there is no … April …" }
 */
export function ruleOf(issues: readonly Issue[] | undefined, reason: string | undefined): Rule {
  const first = issues?.[0];
  if (first === undefined) return { path: "", message: foldedMessage(reason ?? "") };
  return { path: foldedPath(first.path), message: foldedMessage(first.message) };
}

/** Places in lists become `*`. */
export function foldedPath(path: string): string {
  return path.replace(/(?<=^|\.)\d+(?=\.|$)/g, "*");
}

/** An HTTP status is what a person looks for, so it stays. */
const differs = /"[^"]*"|'[^']*'|“[^”]*”|‘[^’]*’|\b(?![1-5]\d\d\b(?![.,]\d))[\w.,:/+-]*\d[\w.,:/+-]*\b/g;

/** What differs from record to record becomes `…`. */
export function foldedMessage(message: string): string {
  return message.replace(differs, "…");
}
