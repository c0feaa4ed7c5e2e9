import { z } from "zod";
import { checkOptions, type Declared, declared, refuse, shown } from "../model/options.ts";
import { checkTextOptions, type TextOptions, text } from "./text.ts";

// What stands where nothing is: an absent field, null, an empty cell, and what the declaration names. Names only: "NULL" is what a database writes for
// nothing, and a surname; "NA" is not available, and Namibia.

export interface NothingOptions {
  /** Words that stand for nothing, letter for letter, beside the empty text: `["\\N", "NULL", "n/a"]`. */
  nothing?: readonly string[];
}

/** A schema of zod for what may be absent. */
export type Optional<Out, In> = z.ZodOptional<z.ZodType<Out | undefined, In | null | undefined>>;

/**
 * Something, or nothing: an absent field, `null`, an empty cell and the words that are named give `undefined`; everything else is for the schema.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 * @example z.object({ discount: orNothing(decimal({ min: 0 }), { nothing: ["n/a", "-"] }) })
 */
export function orNothing<Out, In>(
  schema: z.ZodType<Out, In>,
  options: NothingOptions = {},
): Optional<Out, In | string> {
  const thing = declared("orNothing()");
  if (!(schema instanceof z.ZodType)) refuse(thing, `its schema is ${shown(schema)}, and a schema of zod is expected.`);
  checkOptions(thing, options, { nothing: true } satisfies Record<keyof NothingOptions, true>);
  return wrapped(schema, wordsOf(thing, options.nothing)) as Optional<Out, In | string>;
}

export interface OptionalTextOptions extends TextOptions, NothingOptions {}

/**
 * Text, or nothing: `undefined` for an absent field, `null`, an empty cell, and the words that are named.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or cannot be.
 * @example z.object({ note: optionalText({ nothing: ["\\N", "NULL", "n/a"], max: 500 }) })
 */
export function optionalText(options: OptionalTextOptions = {}): Optional<string, string> {
  const thing = declared("optionalText()");
  checkTextOptions(thing, options, { nothing: true });
  const { nothing, ...ofText } = options;
  return wrapped(text(ofText), wordsOf(thing, nothing)) as Optional<string, string>;
}

function wrapped(schema: z.ZodType, words: ReadonlySet<string>): z.ZodType {
  const asNothing = (given: unknown): unknown => {
    if (given === null) return undefined;
    return typeof given === "string" && words.has(given.trim()) ? undefined : given;
  };
  return z.preprocess(asNothing, schema.optional()).optional();
}

function wordsOf(thing: Declared, nothing: unknown = []): ReadonlySet<string> {
  if (!Array.isArray(nothing) || nothing.some((word) => typeof word !== "string"))
    refuse(
      thing,
      `nothing is ${shown(nothing)}, and a list of words is expected.`,
      'Such as nothing: ["\\\\N", "NULL", "n/a"].',
    );
  return new Set(["", ...(nothing as readonly string[]).map((word) => word.trim())]);
}
