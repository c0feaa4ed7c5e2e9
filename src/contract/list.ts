import { z } from "zod";
import { checkOptions, checkRequired, checkText, checkWhole, declared, refuse, shown } from "../model/options.ts";
import { notA, Problem, reads } from "./reads.ts";

export interface ListOptions {
  /** What stands between the items: `";"`. */
  separator: string;
  /** The fewest and the most items. Empty text has none. */
  min?: number;
  max?: number;
}

const known = { separator: true, min: true, max: true } satisfies Record<keyof ListOptions, true>;
const itemsMax = 10_000;

/**
 * A list that stands in one text. Each item is trimmed and read by its own schema; what is wrong with one is told with its place, counted from 0. Where
 * the list is one already (JSON), use `z.array`.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown, missing or cannot be.
 * @example z.object({ skus: list(text({ min: 1 }), { separator: ";" }) }) // "A-1; A-2" gives ["A-1", "A-2"]
 */
export function list<T, In>(
  // What an item's schema takes includes text, beside what else it takes.
  item: z.ZodType<T, In> & (string extends In ? unknown : never),
  options: ListOptions,
): z.ZodType<T[], string> {
  const thing = declared("list()");
  if (!(item instanceof z.ZodType))
    refuse(
      thing,
      `its item is ${shown(item)}, and a schema of zod is expected.`,
      'Such as list(text({ min: 1 }), { separator: ";" }).',
    );
  checkOptions(thing, options, known);
  checkRequired(thing, options, { separator: 'What stands between the items: separator: ";".' });
  const { separator, min = 0, max = itemsMax } = options;
  if (separator !== " " && separator !== "\n" && separator !== "\t") checkText(thing, "separator", separator);
  checkWhole(thing, "min", min, { min: 0, max: itemsMax });
  checkWhole(thing, "max", max, { min: 0, max: itemsMax });
  if (min > max) refuse(thing, `min is ${min}, and max is ${max}, which is less.`);

  const split = reads<string[], string>(
    { type: "string", examples: examplesOf(item, separator, { min, max }) },
    (given) => {
      if (typeof given !== "string") return notA("text", given);
      const items = given.trim() === "" ? [] : given.split(separator).map((one) => one.trim());
      if (items.length < min) return new Problem(`has ${items.length} items, and at least ${min} are expected`);
      if (items.length > max) return new Problem(`has ${items.length} items, and at most ${max} are expected`);
      return items;
    },
  );
  return split.pipe(z.array(item as unknown as z.ZodType<T, string>)) as unknown as z.ZodType<T[], string>;
}

/** As few as there may be, and one and two more. */
function examplesOf(item: z.ZodType, separator: string, { min, max }: { min: number; max: number }): readonly string[] {
  const { examples = ["sample"] } = z.toJSONSchema(item, { io: "input", unrepresentable: "any" });
  const lengths = new Set([0, 1, 2].map((more) => Math.min(Math.max(1, min) + more, Math.max(min, max))));
  return [...lengths].map((length) =>
    Array.from({ length }, (_, index) => String(examples[index % examples.length])).join(separator),
  );
}
