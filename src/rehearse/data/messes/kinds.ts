import { isContainer } from "../places.ts";
import { instead, type Mess, unfit } from "./mess.ts";

const numberText = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/;

/** The value is there, as something of another kind. */
export const kinds: readonly Mess[] = [
  {
    words: "a number as text",
    spoil: (value) => (typeof value === "number" || typeof value === "bigint" ? String(value) : unfit),
    weight: 2,
  },
  {
    words: "text of digits as a number",
    spoil: (value) => (typeof value === "string" && numberText.test(value) ? Number(value) : unfit),
    weight: 2,
  },
  { words: "true and false as words", spoil: (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : unfit) },
  { words: "true and false as 1 and 0", spoil: (value) => (typeof value === "boolean" ? Number(value) : unfit) },
  instead("a word for yes or no", ["Yes", "N", "TRUE", "false", "ja", "x", "on", "WAHR", "✓"]),
  instead("true instead of a value", [true, false]),
  { words: "a list around it", spoil: (value) => (Array.isArray(value) ? unfit : [value]), weight: 2 },
  {
    words: "the only item instead of its list",
    spoil: (value) => (Array.isArray(value) && value.length > 0 ? value[0] : unfit),
    weight: 2,
  },
  { words: "an object around it", spoil: (value) => (isContainer(value) ? unfit : { value }) },
  {
    words: "a list as text with commas",
    spoil: (value) => (Array.isArray(value) && value.length > 0 ? value.map(String).join(",") : unfit),
  },
  {
    words: "a list as an object of its places",
    spoil: (value) => (Array.isArray(value) && value.length > 0 ? { ...value } : unfit),
  },
  { words: "JSON as text inside JSON", spoil: (value) => (isContainer(value) ? asText(value) : unfit) },
  {
    words: "text in quotation marks inside the text",
    spoil: (value) => (typeof value === "string" ? `"${value}"` : unfit),
  },
  { words: "[object Object] instead of an object", spoil: (value) => (isContainer(value) ? "[object Object]" : unfit) },
];

function asText(value: unknown): string | typeof unfit {
  try {
    return JSON.stringify(value);
  } catch {
    // A bigint inside.
    return unfit;
  }
}
