import { absent, instead, type Mess, unfit } from "./mess.ts";

/** Where something should be, nothing is. */
export const nothing: readonly Mess[] = [
  { words: "missing", spoil: () => absent, weight: 2 },
  { words: "null", spoil: (value) => (value === null ? unfit : null), weight: 2 },
  instead("empty text", [""]),
  instead("nothing but spaces", [" ", "   ", "\t", "\n"]),
  instead("a word for nothing", [
    "NULL",
    "null",
    "n/a",
    "N/A",
    "-",
    "\\N",
    "None",
    "nil",
    "undefined",
    "(blank)",
    "?",
    "[object Object]",
  ]),
  instead("zero instead of a value", [0, "0"]),
  { words: "an empty list", spoil: (value) => (Array.isArray(value) && value.length === 0 ? unfit : []) },
  { words: "an empty object", spoil: () => ({}) },
];
