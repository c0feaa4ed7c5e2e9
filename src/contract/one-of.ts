import type { z } from "zod";
import { closest } from "../model/did-you-mean.ts";
import { checkBoolean, checkOptions, type Declared, declared, refuse, shown } from "../model/options.ts";
import { folded } from "./fold.ts";
import { Problem, readsText } from "./reads.ts";

export interface OneOfOptions {
  /** Case, accents and the width of spaces say nothing: `"PAID "` and `"paid"` are one. False by default. */
  fold?: boolean;
}

/** The words, or each word with what else is written for it. */
export type Choices<C extends string> = readonly C[] | Readonly<Record<C, readonly string[]>>;

const shownMax = 12;

/**
 * One of a few words, as the declaration writes it. With other spellings for a word, the word comes out.
 *
 * @throws {WaybillError} `bad-definition` when there are no words, or a spelling stands for two of them.
 * @example z.object({ status: oneOf(["new", "paid"], { fold: true }), size: oneOf({ S: ["small"], L: ["large", "big"] }) })
 */
export function oneOf<const C extends string>(choices: Choices<C>, options: OneOfOptions = {}): z.ZodType<C, string> {
  const thing = declared("oneOf()");
  checkOptions(thing, options, { fold: true } satisfies Record<keyof OneOfOptions, true>);
  checkBoolean(thing, "fold", options.fold);
  const spelled = spellingsOf(thing, choices);
  const words = [...spelled.keys()] as C[];
  const normal = options.fold === true ? folded : (text: string) => text.normalize("NFC");
  const meanings = new Map<string, C>();
  for (const [word, spellings] of spelled) {
    for (const spelling of spellings) {
      const other = meanings.get(normal(spelling));
      if (other !== undefined && other !== word)
        refuse(
          thing,
          `${shown(spelling)} stands for ${shown(other)} and for ${shown(word)}.`,
          "One spelling, one word.",
        );
      meanings.set(normal(spelling), word as C);
    }
  }
  const listed = words.length > shownMax ? `${words.slice(0, shownMax).join(", ")}, …` : words.join(", ");

  return readsText({ enum: [...new Set([...spelled.values()].flat())], examples: [words[0]] }, (given) => {
    const word = meanings.get(given) ?? meanings.get(normal(given));
    if (word !== undefined) return word;
    const meant = closest(given, words);
    return new Problem(`is none of: ${listed}${meant === undefined ? "" : `; is ${JSON.stringify(meant)} meant?`}`);
  });
}

function spellingsOf(thing: Declared, choices: unknown): ReadonlyMap<string, readonly string[]> {
  const hint = 'Such as oneOf(["new", "paid"]), or with other spellings oneOf({ paid: ["bezahlt"] }).';
  if (typeof choices !== "object" || choices === null)
    refuse(thing, `its words are ${shown(choices)}, and a list is expected.`, hint);
  const entries: [unknown, unknown][] = Array.isArray(choices)
    ? choices.map((word) => [word, []])
    : Object.entries(choices);
  if (entries.length === 0) refuse(thing, "it has no words.", hint);
  return new Map(
    entries.map(([word, others]) => {
      if (typeof word !== "string" || word.trim() === "") refuse(thing, `${shown(word)} is among its words.`, hint);
      if (!Array.isArray(others) || others.some((other) => typeof other !== "string"))
        refuse(
          thing,
          `what else is written for ${shown(word)} is ${shown(others)}, and a list of text is expected.`,
          hint,
        );
      return [word, [word, ...(others as string[])]] as const;
    }),
  );
}
