import type { Random } from "../../../world/random.ts";
import { below, pick } from "../chance.ts";
import { copyOf, isContainer, put } from "../places.ts";
import { type Mess, unfit } from "./mess.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A mess of the fields of an object: entries in, entries out. */
function ofFields(
  words: string,
  spoil: (
    fields: [string, unknown][],
    random: Random,
    object: Fields,
  ) => readonly (readonly [string, unknown])[] | typeof unfit,
): Mess {
  return {
    words,
    spoil(value, random) {
      if (!isContainer(value) || Array.isArray(value)) return unfit;
      const entries = spoil(Object.entries(value), random, value);
      if (entries === unfit) return unfit;
      const object: Record<string, unknown> = {};
      for (const [key, field] of entries) put(object, key, field);
      return object;
    },
  };
}

/** One field under another name, at its place. */
const renamed = (words: string, rename: (name: string) => string): Mess =>
  ofFields(words, (fields, random) => {
    const at = below(random, fields.length);
    const name = rename(fields[at]?.[0] ?? "");
    if (fields.some(([key]) => key === name)) return unfit;
    return fields.map(([key, field], index) => [index === at ? name : key, field] as const);
  });

/** What happens to the columns of a table and the fields of an object. */
export const fields: readonly Mess[] = [
  ofFields("two neighbouring fields swapped", (entries, random) => {
    if (entries.length < 2) return unfit;
    const at = below(random, entries.length - 1);
    const [one, other] = [entries[at], entries[at + 1]] as [[string, unknown], [string, unknown]];
    return entries.with(at, [one[0], other[1]]).with(at + 1, [other[0], one[1]]);
  }),
  ofFields("all fields moved on by one", (entries) =>
    entries.length < 2 ? unfit : entries.map(([key], index) => [key, entries.at(index - 1)?.[1]] as const),
  ),
  ofFields("the fields in another order", (entries) => (entries.length < 2 ? unfit : entries.toReversed())),
  ofFields("an unknown field more", (entries) => [...entries, ["addedLastNight", "unannounced"]]),
  ofFields("many unknown fields more", (entries) => [
    ...entries,
    ...Array.from({ length: 40 }, (_, index) => [`x_${index}`, null] as const),
  ]),
  ofFields("a field __proto__", (entries) => [...entries, ["__proto__", { isAdmin: true }]]),
  ofFields("fields constructor and toString", (entries) => [
    ...entries,
    ["constructor", { prototype: { isAdmin: true } }],
    ["toString", "x"],
  ]),
  ofFields("a field without a name", (entries) => [...entries, ["", "x"]]),
  ofFields("a field then, which only promises have", (entries) => [...entries, ["then", "x"]]),
  ofFields("a field toJSON", (entries) => [...entries, ["toJSON", "x"]]),
  ofFields("everything one level deeper, under data", (_, __, object) => [["data", copyOf(object)]]),
  renamed("a field's name in capitals", (name) => name.toUpperCase()),
  renamed("a space behind a field's name", (name) => `${name} `),
  renamed("a byte order mark in front of a field's name", (name) => `\ufeff${name}`),
  renamed("a field's name with underscores", (name) =>
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ),
  renamed("a field's name mistyped", (name) =>
    name.length < 2 ? `${name}${name}` : `${name.slice(0, -2)}${name.at(-1)}${name.at(-2)}`,
  ),
];

/** What may come instead of a whole record. */
export const wholes: readonly Mess[] = [
  { words: "a list around the record", spoil: (value) => [value] },
  { words: "the record twice in a list", spoil: (value) => [value, copyOf(value)] },
  { words: "an empty object instead of a record", spoil: () => ({}) },
  { words: "an empty list instead of a record", spoil: () => [] },
  {
    words: "something else instead of a record",
    spoil: (_, random) => pick(random, [null, "", "OK", 0, true, "null", []]),
  },
  { words: "an error instead of a record", spoil: () => ({ error: { code: 500, message: "Internal Server Error" } }) },
  {
    words: "the record as text inside JSON",
    spoil: (value) =>
      String(JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? Number(part) : part))),
  },
];
