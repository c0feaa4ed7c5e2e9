import { WaybillError } from "../model/errors.ts";
import { shown } from "../model/options.ts";

// The path of a request that is made of a record's values. In a plain template a value may hold "/", "?" or "..", or nothing at all, and then the
// request goes elsewhere: DELETE /orders/ is another request than DELETE /orders/7.

export type PathValue = string | number | bigint;

/** What lenient servers take for the way up, or for here. */
const leadsElsewhere = /(?:^|[/\\])\.{1,2}(?:$|[/\\;])/;

/**
 * A path in which every value is one segment: encoded, and refused where it would lead elsewhere. What follows a "?" is encoded too.
 *
 * @throws {WaybillError} `effect-misused` when a value is empty, dots, not there, or neither text nor a whole number.
 * @example books.get(path`/invoices/${order.id}/lines`) // id "A/1 ?" makes /invoices/A%2F1%20%3F/lines
 */
export function path(texts: TemplateStringsArray, ...values: readonly PathValue[]): string {
  let made = texts[0] ?? "";
  for (const [index, value] of values.entries()) {
    const before = made;
    const why = refused(value, made.includes("?"));
    if (why !== undefined) {
      throw new WaybillError(
        "effect-misused",
        `The path \`${texts.join("…")}\` cannot be made: the value after ${JSON.stringify(before)} ${why}.`,
        "Check the record's values in its contract, so that such a record goes to the quarantine.",
      );
    }
    made += encodeURIComponent(String(value)) + (texts[index + 1] ?? "");
  }
  return made;
}

function refused(value: unknown, inQuery: boolean): string | undefined {
  if (typeof value === "bigint") return undefined;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return `is ${value}`;
    return Number.isInteger(value) && !Number.isSafeInteger(value)
      ? "has lost digits: use text or a bigint"
      : undefined;
  }
  if (typeof value !== "string") return `is ${shown(value)}`;
  if (!value.isWellFormed()) return "is half a letter";
  if (inQuery) return undefined;
  if (value === "") return "is empty";
  if (value.includes("\0")) return "holds a NUL";
  return leadsElsewhere.test(value) ? `is ${shown(value)}, which leads elsewhere` : undefined;
}
