import type { Duration } from "../model/duration.ts";
import {
  checkBoolean,
  checkName,
  checkOptions,
  checkRequired,
  checkText,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import type { FileDefinition, Format, Source } from "./source.ts";

export interface FileOptions {
  /** How the files are read: `csv(…)`, `jsonl()`, `json()`, `fixedWidth(…)`, `xlsx()`, `xml(…)`. */
  format: Format;
  /** A file is taken once its size and time have not changed for so long; `"3s"` by default. */
  settle?: Duration;
  /**
   * A file is taken once its marker is there: `".done"` is `prices.csv.done` beside `prices.csv`, `"*.done"` is `prices.done`. The marker goes
   * where the file goes.
   */
  ready?: string;
  /** What becomes of a file that has been read: it stays (the default), is deleted, or moves to a folder. */
  after?: "keep" | "delete" | { readonly archive: string };
  /**
   * More rows than this that break the format or the contract stop the file: a number, or a share such as `"5%"` (counted from 100 rows on).
   * `"50%"` by default.
   */
  brokenAtMost?: number | `${number}%`;
  /** How often is looked for files; `"1s"` by default. */
  every?: Duration;
  /** The files may stand outside the project's folder. */
  outside?: boolean;
  /** Names the source in the ledger; the glob by default. */
  name?: string;
}

const known = {
  format: true,
  settle: true,
  ready: true,
  after: true,
  brokenAtMost: true,
  every: true,
  outside: true,
  name: true,
} satisfies Record<keyof FileOptions, true>;

const formats: readonly unknown[] = ["csv", "jsonl", "json", "fixedWidth", "xlsx", "xml"];

/**
 * Records that are rows of files. A file is read once it is still, each of its rows becomes a record, and how far it has been read commits together
 * with the rows: a crash neither repeats nor skips one. A file whose content was read before is not read again, whatever its name.
 *
 * @param glob which files, relative to the configuration file.
 * @throws {WaybillError} `bad-definition` when the glob cannot be, the format is missing, or an option is unknown or cannot be.
 * @example file("inbox/*.csv", { format: csv({ header: true }), after: { archive: "inbox/done" } })
 */
export function file(glob: string, options: FileOptions): Source {
  const thing = declared(`file(${shown(glob)})`);
  checkText(thing, "its glob", glob, 'Such as "inbox/*.csv".');
  checkOptions(thing, options ?? {}, known);
  checkRequired(thing, options ?? {}, { format: "Say how the files are read: format: csv()." });
  const { format, name, ready, outside = false, after = "keep", brokenAtMost = "50%" } = options;
  if (!formats.includes(format?.kind)) {
    const called =
      typeof format === "function"
        ? "Call it: csv()."
        : "Make it with csv(…), jsonl(), json(), fixedWidth(…), xlsx() or xml(…).";
    refuse(thing, `format is ${shown(format)}.`, called);
  }
  if (name !== undefined) checkName(thing, name);
  checkBoolean(thing, "outside", outside);
  if (!outside) checkInside(thing, "its glob", glob);
  if (ready !== undefined) checkReady(thing, ready);
  return Object.freeze({
    kind: "file",
    glob,
    format,
    settleMs: durationOption(thing, "settle", options.settle, "3s", { min: "0s", max: "1d" }),
    ready,
    after: checkAfter(thing, after, outside),
    brokenAtMost: checkBroken(thing, brokenAtMost),
    everyMs: durationOption(thing, "every", options.every, "1s", { min: "10ms", max: "1d" }),
    outside,
    name,
  } satisfies FileDefinition);
}

/** A glob by mistake in another folder reads somebody else's files, and deletes them if it is told so. */
function checkInside(thing: Declared, what: string, path: string): void {
  if (!/^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/.test(path)) return;
  refuse(thing, `${what} leads outside the project's folder.`, "outside: true, if that is meant.");
}

function checkReady(thing: Declared, ready: unknown): void {
  checkText(thing, "ready", ready, 'Such as ".done", for prices.csv.done beside prices.csv.');
  const text = ready as string;
  if (!/[/\\]/.test(text) && text !== "*" && text.split("*").length <= 2) return;
  refuse(thing, `ready is ${shown(ready)}, and the marker stands beside its file.`, 'Such as ".done", or "*.done".');
}

function checkAfter(thing: Declared, after: unknown, outside: boolean): FileDefinition["after"] {
  if (after === "keep" || after === "delete") return after;
  const hint = 'It is "keep", "delete" or { archive: "inbox/done" }.';
  if (typeof after !== "object" || after === null) refuse(thing, `after is ${shown(after)}.`, hint);
  checkOptions(thing, after, { archive: true }, "after");
  const { archive } = after as { archive?: unknown };
  checkText(thing, "after.archive", archive, hint);
  if (!outside) checkInside(thing, "after.archive", archive as string);
  return Object.freeze({ archive: archive as string });
}

function checkBroken(thing: Declared, most: unknown): FileDefinition["brokenAtMost"] {
  if (typeof most === "number" && Number.isInteger(most) && most >= 0) return Object.freeze({ rows: most });
  const percent = typeof most === "string" ? /^(\d+(?:\.\d+)?)%$/.exec(most)?.[1] : undefined;
  if (percent !== undefined && Number(percent) <= 100) return Object.freeze({ share: Number(percent) / 100 });
  refuse(thing, `brokenAtMost is ${shown(most)}.`, 'A number of rows, or a share of them such as "5%".');
}
