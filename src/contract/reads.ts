import { z } from "zod";
import { isRawNumber } from "../model/number-text.ts";

// Every helper is one function from what stood there to what it is, or to what is wrong with it, in words that whoever keeps the data understands. Around
// that function stands a schema of zod whose input side is a JSON Schema, so that samples can be made from it. The path to what is wrong is zod's.

/** What is wrong with a value, as the end of a sentence that begins with its name: `is empty`. */
export class Problem {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** What goes in, as JSON Schema. Every example passes: samples and the records of rehearsals are made from them. */
export interface InputSchema {
  readonly type: string | readonly string[];
  readonly examples?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

/** A schema of zod around a function that reads. */
export function reads<Out, In>(input: InputSchema, read: (given: unknown) => Out | Problem): z.ZodType<Out, In> {
  const schema = z
    .unknown()
    .meta({ ...input })
    .transform((given, context): Out => {
      const made = read(given);
      if (!(made instanceof Problem)) return made;
      context.addIssue({ code: "custom", message: made.message });
      return z.NEVER;
    });
  return schema as unknown as z.ZodType<Out, In>;
}

/** Reads text, trimmed; empty text is a problem of its own. */
export function readsText<Out>(
  input: Readonly<Record<string, unknown>>,
  read: (given: string) => Out | Problem,
): z.ZodType<Out, string> {
  return reads<Out, string>({ type: "string", ...input }, (given) => {
    if (typeof given !== "string") return notA("text", given);
    const trimmed = given.trim();
    return trimmed === "" ? empty : read(trimmed);
  });
}

export const empty: Problem = new Problem("is empty");

/** The complaint about a value of another kind than `expected`: text, a number, …. */
export function notA(expected: string, given: unknown): Problem {
  if (given === undefined) return new Problem("is missing");
  return new Problem(`is ${kindOf(given)}, and ${expected} is expected`);
}

function kindOf(given: unknown): string {
  switch (typeof given) {
    case "string":
      return "text";
    case "number":
    case "bigint":
      return "a number";
    case "boolean":
      return String(given);
    default:
      if (given === null) return "null (nothing)";
      if (isRawNumber(given)) return "a number";
      return Array.isArray(given) ? "a list" : "an object";
  }
}
