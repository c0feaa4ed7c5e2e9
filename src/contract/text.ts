import type { z } from "zod";
import {
  checkBoolean,
  checkOptions,
  checkText,
  checkWhole,
  type Declared,
  declared,
  refuse,
  shown,
} from "../model/options.ts";
import { garbledIn } from "./garbled.ts";
import { notA, Problem, reads } from "./reads.ts";

export interface TextOptions {
  /** The fewest characters, after trimming; 0 by default. */
  min?: number;
  /** The most characters, after trimming. */
  max?: number;
  /** Line breaks and tabs may stand in it; line breaks become `\n`. False by default. */
  lines?: boolean;
  /** What the whole text is like; needs `like`. */
  pattern?: RegExp;
  /** An example of `pattern` for whoever reads the complaint: `"02134"`. */
  like?: string;
  /** Text that was read in a wrong encoding breaks the contract: `"MÃ¼nchen"`, and the sign for a lost character. False by default. */
  intact?: boolean;
}

const known = { min: true, max: true, lines: true, pattern: true, like: true, intact: true } satisfies Record<
  keyof TextOptions,
  true
>;
const longest = 10_000_000;

/**
 * Text as people mean it: in Unicode's composed form (NFC), trimmed, without control characters. Lengths count characters (code points), as JSON
 * Schema and databases do, so an emoji that JavaScript counts as two is one.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 * @example z.object({ sku: text({ min: 1, max: 64 }), postcode: text({ pattern: /^\d{5}$/, like: "02134" }) })
 */
export function text(options: TextOptions = {}): z.ZodType<string, string> {
  const thing = declared("text()");
  checkTextOptions(thing, options);
  const { min, max } = options;
  const input = {
    type: "string",
    ...(min === undefined ? {} : { minLength: min }),
    ...(max === undefined ? {} : { maxLength: max }),
    ...(options.pattern === undefined ? {} : { pattern: options.pattern.source }),
    examples: [options.like ?? "sample".slice(0, max).padEnd(min ?? 0, "x")],
  } as const;
  const read = textReading(options);
  return reads(input, read);
}

/** For helpers over text: `undefined` stays out of it. */
export function textReading(options: TextOptions): (given: unknown) => string | Problem {
  const { min = 0, max = longest, lines = false, pattern, like, intact = false } = options;
  return (given) => {
    if (typeof given !== "string") return notA("text", given);
    const made = tidied(given, lines);
    const problem = problemIn(made, { min, max, lines, intact });
    if (problem !== undefined) return new Problem(problem);
    if (pattern?.test(made) === false)
      return new Problem(made === "" ? "is empty" : `is not written like ${JSON.stringify(like)}`);
    return made;
  };
}

export function checkTextOptions(
  thing: Declared,
  options: TextOptions,
  more: Readonly<Record<string, true>> = {},
): void {
  checkOptions(thing, options, { ...known, ...more });
  const { min, max, lines, pattern, like, intact } = options;
  if (min !== undefined) checkWhole(thing, "min", min, { min: 0, max: longest });
  if (max !== undefined) checkWhole(thing, "max", max, { min: 0, max: longest });
  if (min !== undefined && max !== undefined && min > max)
    refuse(thing, `min is ${min}, and max is ${max}, which is less.`);
  checkBoolean(thing, "lines", lines);
  checkBoolean(thing, "intact", intact);
  checkPattern(thing, pattern, like);
}

function checkPattern(thing: Declared, pattern: RegExp | undefined, like: string | undefined): void {
  if (pattern === undefined && like === undefined) return;
  const hint = 'Both, such as pattern: /^\\d{5}$/, like: "02134": people read the example, not the pattern.';
  if (!(pattern instanceof RegExp))
    refuse(thing, `pattern is ${shown(pattern)}, and a regular expression is expected.`, hint);
  if (like === undefined) refuse(thing, "pattern needs an example.", hint);
  checkText(thing, "like", like);
  if (pattern.global || pattern.sticky)
    refuse(
      thing,
      `pattern is ${pattern}, and its flags g and y remember where the last look ended.`,
      "Leave them out.",
    );
  if (!pattern.test(like)) refuse(thing, `like is ${shown(like)}, which pattern ${pattern} does not match.`);
}

// Unicode's Cc, written out: the property takes three times as long to look for.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlsButLines = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

const composable = /[\u0300-\uffff]/;

function tidied(given: string, lines: boolean): string {
  // Below U+0300 nothing can be composed, and looking is much cheaper than composing.
  const trimmed = (composable.test(given) ? given.normalize("NFC") : given).trim();
  return lines ? trimmed.replace(/\r\n?/g, "\n") : trimmed;
}

function problemIn(
  made: string,
  { min, max, lines, intact }: { min: number; max: number; lines: boolean; intact: boolean },
): string | undefined {
  if (!made.isWellFormed()) return "holds half of a character (a lone surrogate)";
  const garbled = intact ? garbledIn(made) : undefined;
  if (garbled !== undefined) return garbled;
  const control = (lines ? controlsButLines : controls).exec(made)?.[0];
  if (control !== undefined) return `holds the control character ${nameOf(control)}`;
  // There are at most as many characters as units.
  if (made.length >= min * 2 && made.length <= max) return undefined;
  const length = charactersIn(made);
  if (length === 0 && min > 0) return "is empty";
  if (length < min) return `has ${counted(length)}, and at least ${min} are expected`;
  if (length > max) return `has ${counted(length)}, and at most ${max} are expected`;
  return undefined;
}

const counted = (count: number): string => (count === 1 ? "1 character" : `${count} characters`);

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
