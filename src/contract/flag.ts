import type { z } from "zod";
import { checkOptions, type Declared, declared, refuse, shown } from "../model/options.ts";
import { folded } from "./fold.ts";
import { empty, Problem, reads } from "./reads.ts";

export interface FlagOptions {
  /** The words for yes instead of `yes`, `y`, `true` and `1`: `["ja", "x"]`. Case and accents say nothing. */
  yes?: readonly string[];
  /** The words for no instead of `no`, `n`, `false` and `0`. An empty cell is no only where `""` stands here. */
  no?: readonly string[];
}

const yesWords = ["yes", "y", "true", "1"];
const noWords = ["no", "n", "false", "0"];

/**
 * Yes or no, from text, from `true` and `false`, and from 1 and 0 where those are among the words. Everything else breaks the contract: what an empty cell
 * means, only the declaration knows.
 *
 * @throws {WaybillError} `bad-definition` when a word is both, or none is given.
 * @example z.object({ active: flag(), vip: flag({ yes: ["x"], no: [""] }) })
 */
export function flag(options: FlagOptions = {}): z.ZodType<boolean, string | boolean | number> {
  const thing = declared("flag()");
  checkOptions(thing, options, { yes: true, no: true } satisfies Record<keyof FlagOptions, true>);
  const { yes = yesWords, no = noWords } = options;
  const meanings = new Map([...meaningOf(thing, "yes", yes, true), ...meaningOf(thing, "no", no, false)]);
  const both = no.find((word) => meaningOf(thing, "yes", yes, true).some(([known]) => known === folded(word)));
  if (both !== undefined) refuse(thing, `${shown(both)} is among yes and among no.`);
  const words = [...yes, ...no].map((word) => (word === "" ? "nothing" : word)).join(", ");
  const problem = new Problem(`is none of: ${words}`);
  const missing = new Problem("is missing");

  const input = {
    type: ["string", "boolean", "number"],
    enum: [true, false, ...yes, ...no],
    examples: [true],
  } as const;
  return reads(input, (given) => {
    if (typeof given === "boolean") return given;
    if (typeof given === "string")
      return meanings.get(given) ?? meanings.get(folded(given)) ?? (given.trim() === "" ? empty : problem);
    if (typeof given === "number") return meanings.get(String(given)) ?? problem;
    return given === undefined ? missing : problem;
  });
}

function meaningOf(thing: Declared, name: string, words: unknown, means: boolean): (readonly [string, boolean])[] {
  if (!Array.isArray(words) || words.length === 0 || words.some((word) => typeof word !== "string"))
    refuse(thing, `${name} is ${shown(words)}, and a list of words is expected.`, 'Such as yes: ["ja"], no: ["nein"].');
  return (words as readonly string[]).map((word) => [folded(word), means] as const);
}
