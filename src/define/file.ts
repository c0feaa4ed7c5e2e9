import { checkBoolean, checkOptions, checkRequired, checkText, declared, refuse, shown } from "../model/options.ts";
import type { FileDefinition, Format, Source } from "./source.ts";

export interface FileOptions {
  /** How the file is read: `csv(…)`. */
  format: Format;
}

export interface CsvOptions {
  /** The first line names the fields; true by default. */
  header?: boolean;
  /** One character, or `"auto"` (the default) to find it out. */
  delimiter?: "auto" | (string & {});
  /** A name that `TextDecoder` knows, such as `"windows-1252"`, or `"auto"` (the default) to find it out. */
  encoding?: "auto" | (string & {});
}

/**
 * Records that are rows of files. Declared here and not read by this version: `start` and `check` say so.
 *
 * @param glob which files, relative to the configuration file.
 * @throws {WaybillError} `bad-definition` when the glob is empty or the format is missing.
 * @example file("inbox/*.csv", { format: csv({ header: true }) })
 */
export function file(glob: string, options: FileOptions): Source {
  const thing = declared(`file(${shown(glob)})`);
  checkText(thing, "its glob", glob, 'Such as "inbox/*.csv".');
  checkOptions(thing, options ?? {}, { format: true } satisfies Record<keyof FileOptions, true>);
  checkRequired(thing, options ?? {}, { format: "Say how the files are read: format: csv()." });
  if (options.format.kind !== "csv") refuse(thing, `format is ${shown(options.format)}.`, "Make it with csv(…).");
  return Object.freeze({ kind: "file", glob, format: options.format } satisfies FileDefinition);
}

/**
 * Rows of comma-separated values (RFC 4180).
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 * @example csv({ delimiter: ";", encoding: "windows-1252" })
 */
export function csv(options: CsvOptions = {}): Format {
  const thing = declared("csv()");
  checkOptions(thing, options, { header: true, delimiter: true, encoding: true } satisfies Record<
    keyof CsvOptions,
    true
  >);
  checkBoolean(thing, "header", options.header);
  const { header = true, delimiter = "auto", encoding = "auto" } = options;
  if (typeof delimiter !== "string" || (delimiter !== "auto" && !/^[^\r\n"]$/u.test(delimiter))) {
    refuse(
      thing,
      `delimiter is ${shown(delimiter)}, and one character is expected.`,
      'Such as ",", ";", "\\t", or "auto".',
    );
  }
  if (encoding !== "auto") checkEncoding(encoding);
  return Object.freeze({ kind: "csv", header, delimiter, encoding });
}

function checkEncoding(encoding: unknown): void {
  const thing = declared("csv()");
  checkText(thing, "encoding", encoding);
  try {
    new TextDecoder(encoding as string);
  } catch {
    refuse(
      thing,
      `encoding is ${shown(encoding)}, which nobody here can read.`,
      'Such as "utf-8", "windows-1252", "shift_jis", or "auto".',
    );
  }
}
