import { pick } from "../chance.ts";
import { copyOf } from "../places.ts";
import { type Mess, ofText, unfit } from "./mess.ts";

const longText = 100_000;
const longList = 10_000;

function nested(depth: number, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { in: value };
  return value;
}

/** Much more of it than anybody expected. Seldom, because each costs as much as a hundred others. */
export const sizes: readonly Mess[] = [
  {
    ...ofText("a text of 100,000 characters", (text) => (text === "" ? "x" : text).repeat(longText).slice(0, longText)),
    weight: 0.1,
  },
  {
    ...ofText("a text of 600 characters", (text) => (text === "" ? "x" : text).repeat(600).slice(0, 600)),
    weight: 0.5,
  },
  {
    words: "a list of 10,000 items",
    weight: 0.1,
    spoil: (value) => Array.from({ length: longList }, () => (typeof value === "object" ? 1 : value)),
  },
  {
    words: "an object of 1,000 fields",
    weight: 0.1,
    spoil: () => Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, index])),
  },
  { words: "lists and objects nested 20 deep", weight: 0.5, spoil: (value) => nested(20, value) },
  { words: "lists and objects nested 200 deep", weight: 0.3, spoil: (value) => nested(200, value) },
  {
    words: "an item twice in its list",
    weight: 3,
    spoil: (value, random) =>
      Array.isArray(value) && value.length > 0 ? [...value, copyOf(pick(random, value as unknown[]))] : unfit,
  },
  {
    words: "a list the other way round",
    spoil: (value) => (Array.isArray(value) && value.length > 1 ? value.toReversed() : unfit),
  },
  {
    words: "nothing between the items of a list",
    spoil: (value) => (Array.isArray(value) && value.length > 0 ? [null, ...value] : unfit),
  },
];
