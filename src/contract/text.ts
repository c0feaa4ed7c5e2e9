import { z } from "zod";
import { checkBoolean, checkOptions, checkWhole, declared, refuse } from "../model/options.ts";

export interface TextOptions {
  /** The fewest characters, after trimming; 0 by default. */
  min?: number;
  /** The most characters, after trimming. */
  max?: number;
  /** Line breaks and tabs may stand in it; line breaks become `\n`. False by default. */
  lines?: boolean;
}

const known = { min: true, max: true, lines: true } satisfies Record<keyof TextOptions, true>;
const longest = 10_000_000;

/**
 * Text as people mean it: in Unicode's composed form (NFC), trimmed, without control characters. Lengths count characters (code points), as JSON
 * Schema and databases do, so an emoji that JavaScript counts as two is one.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 * @example z.object({ sku: text({ min: 1, max: 64 }) })
 */
export function text(options: TextOptions = {}): z.ZodType<string, string> {
  const thing = declared("text()");
  checkOptions(thing, options, known);
  const { min, max, lines } = options;
  if (min !== undefined) checkWhole(thing, "min", min, { min: 0, max: longest });
  if (max !== undefined) checkWhole(thing, "max", max, { min: 0, max: longest });
  if (min !== undefined && max !== undefined && min > max)
    refuse(thing, `min is ${min}, and max is ${max}, which is less.`);
  checkBoolean(thing, "lines", lines);
  return z
    .string()
    .meta({ ...(min === undefined ? {} : { minLength: min }), ...(max === undefined ? {} : { maxLength: max }) })
    .transform((given, context) => {
      const made = tidied(given, lines === true);
      const problem = problemIn(made, min, max, lines === true);
      if (problem === undefined) return made;
      context.addIssue({ code: "custom", message: problem });
      return z.NEVER;
    });
}

function tidied(given: string, lines: boolean): string {
  const trimmed = given.normalize("NFC").trim();
  return lines ? trimmed.replace(/\r\n?/g, "\n") : trimmed;
}

function problemIn(made: string, min = 0, max = longest, lines: boolean): string | undefined {
  if (!made.isWellFormed()) return "holds half of a character (a lone surrogate)";
  const control = (lines ? /[^\P{Cc}\n\t]/u : /\p{Cc}/u).exec(made)?.[0];
  if (control !== undefined) return `holds the control character ${nameOf(control)}`;
  const length = charactersIn(made);
  if (length === 0 && min > 0) return "is empty";
  if (length < min) return `has ${length} characters, and at least ${min} are expected`;
  if (length > max) return `has ${length} characters, and at most ${max} are expected`;
  return undefined;
}

function charactersIn(made: string): number {
  let count = 0;
  for (const _ of made) count++;
  return count;
}

function nameOf(character: string): string {
  const named = { "\n": "line feed", "\r": "carriage return", "\t": "tab", "\0": "NUL" }[character];
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return named === undefined ? code : `${code} (${named})`;
}
