import { below } from "../chance.ts";
import { type Mess, ofText } from "./mess.ts";

/** UTF-8 read as Latin-1: each byte becomes a character. */
const misread = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
/** Something to garble, where there is none. */
const accented = (text: string): string => (/[^\x20-\x7e]/.test(text) ? text : `${text} Zoë Müller`);

function behindFirst(text: string, sign: string): string {
  const [first = "", ...rest] = [...text];
  return `${first}${sign}${rest.join("")}`;
}

/** What encodings, keyboards and other scripts do to text. */
export const encodings: readonly Mess[] = [
  ofText("UTF-8 read as Latin-1", (text) => misread(accented(text))),
  ofText("UTF-8 read as Latin-1, twice", (text) => misread(misread(accented(text)))),
  ofText("the sign for a lost character (U+FFFD)", (text) => accented(text).replaceAll(/[^\x20-\x7e]/g, "\ufffd")),
  ofText("question marks instead of letters", (text) => accented(text).replaceAll(/[^\x20-\x7e]/g, "?")),
  ofText("half of a character (a lone surrogate)", (text, random) =>
    behindFirst(text, below(random, 2) === 0 ? "\ud83d" : "\udc00"),
  ),
  ofText("accents as signs of their own (NFD)", (text) => accented(text).normalize("NFD")),
  ofText("an accent on every letter", (text) => text.replaceAll(/\p{L}/gu, "$&\u0301\u0323")),
  ofText("text from right to left (U+202E)", (text) => behindFirst(text, "\u202e")),
  ofText("a text in Hebrew and Arabic", (text) => `${text} שלום مرحبا`),
  ofText("an emoji of several characters", (text) => `${text} 👩🏽‍🚀🇦🇺`),
  ofText("NUL inside", (text) => behindFirst(text, "\0")),
  ofText("a control character inside", (text, random) =>
    behindFirst(text, ["\u0001", "\u001b[31m", "\u007f", "\u0085"][below(random, 4)] ?? ""),
  ),
  ofText("letters of another alphabet that look the same", (text) =>
    text.replaceAll("a", "а").replaceAll("e", "е").replaceAll("A", "А").replaceAll("o", "о"),
  ),
  ofText("letters of full width", (text) =>
    text.replaceAll(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0)),
  ),
  ofText("entities of HTML", (text) => `${text.replaceAll("&", "&amp;")} &eacute;&#39;&nbsp;`),
  ofText("percent encoding", (text) => encodeURIComponent(accented(text.toWellFormed()))),
  ofText("escapes written out", (text) => `${text}\\u00e9\\n`),
  ofText("the Turkish i", (text) => text.replaceAll("i", "ı").replaceAll("I", "İ")),
];
