import { below, pick } from "../chance.ts";
import { type Mess, ofText } from "./mess.ts";

/** Somewhere inside, not at the ends. */
function inside(text: string, sign: string, at: number): string {
  const place = 1 + (at % Math.max(1, text.length - 1));
  return `${text.slice(0, place)}${sign}${text.slice(place)}`;
}

/** Spaces and what looks like none. */
export const spaces: readonly Mess[] = [
  ofText("spaces around it", (text, random) => pick(random, [` ${text}`, `${text} `, `  ${text}  `])),
  ofText("a tab and a line break around it", (text) => `\t${text}\r\n`),
  ofText("a space that does not break (U+00A0) behind it", (text) => `${text}\u00a0`),
  ofText("spaces that do not break instead of spaces", (text) => text.replaceAll(" ", "\u00a0")),
  ofText("a space inside", (text, random) => inside(text, " ", below(random, 1_000))),
  ofText("a character without width (U+200B) inside", (text, random) => inside(text, "\u200b", below(random, 1_000))),
  ofText("a soft hyphen (U+00AD) inside", (text, random) => inside(text, "\u00ad", below(random, 1_000))),
  ofText("a byte order mark in front of it", (text) => `\ufeff${text}`),
  ofText("a line break inside", (text, random) =>
    inside(text, pick(random, ["\n", "\r\n", "\u2028"]), below(random, 1_000)),
  ),
  ofText("a wide space (U+3000) around it", (text) => `\u3000${text}\u3000`),
];
