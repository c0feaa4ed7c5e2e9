import { WaybillError } from "../../model/errors.ts";
import type { ByteFacts } from "./survey.ts";

// Which encoding a file is in. A byte order mark decides, then what only UTF-8 or UTF-16 looks like. What is left is one of many encodings with one byte a
// letter, which nothing in the bytes tells apart for certain: it is taken for Latin-1 or Windows-1252 where everything in it is a letter or sign that
// Western European text uses, and otherwise the file is not read until somebody says what it is.

/** The encoding of a file, by the name under which it is shown. */
export interface Encoding {
  readonly name: string;
  /** How many bytes of a byte order mark come before the text. */
  readonly markBytes: number;
}

/** Of the letters over 127, so many may look as in no Western European text. */
const strangeShareMax = 0.02;
/** Latin-1 may hold, by chance, what is a letter in UTF-8. */
const byChanceMax = 0.05;
/** Of what is over 127, so much may be no UTF-8 in a file that is UTF-8 with a few broken rows. */
const strayShareMax = 0.1;
/** UTF-16 text in Latin letters has a NUL in nearly every second place; binary files have them anywhere. */
const nulShareMin = 0.3;

/**
 * The encoding of a file whose bytes say `facts`.
 *
 * @param declared as in the format; `"auto"` to find it out.
 * @throws {WaybillError} `unreadable` when it cannot be told, or what is declared is contradicted by a byte order mark.
 */
export function encodingOf(facts: ByteFacts, bytes: number, declared: string): Encoding {
  const mark = markOf(facts.head);
  if (declared !== "auto") {
    if (mark === undefined) return { name: declared, markBytes: 0 };
    if (mark.name === declared || declared.startsWith("utf-16") === mark.name.startsWith("utf-16")) return mark;
    throw unclear(
      `it begins with the byte order mark of ${mark.name}, and ${declared} is declared.`,
      'Leave the encoding to be found out ("auto"), or have the file written as declared.',
    );
  }
  if (mark !== undefined) return mark;
  const [even, odd] = facts.nuls;
  if (even + odd > 0) return { name: wideOf(even, odd, bytes), markBytes: 0 };
  if (facts.ascii || facts.utf8) return { name: "utf-8", markBytes: 0 };
  if (facts.utf8Letters > 0 && facts.strayBytes <= strayShareMax * (facts.utf8Letters + facts.strayBytes))
    return { name: "utf-8", markBytes: 0 };
  return { name: singleByteOf(facts), markBytes: 0 };
}

function markOf(head: Uint8Array): Encoding | undefined {
  const [a, b, c, d] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { name: "utf-8", markBytes: 3 };
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return { name: "utf-32le", markBytes: 4 };
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return { name: "utf-32be", markBytes: 4 };
  if (a === 0xff && b === 0xfe) return { name: "utf-16le", markBytes: 2 };
  if (a === 0xfe && b === 0xff) return { name: "utf-16be", markBytes: 2 };
  return undefined;
}

function wideOf(even: number, odd: number, bytes: number): string {
  const places = bytes / 2;
  if (bytes % 2 === 0 && odd >= nulShareMin * places && even * 20 <= odd) return "utf-16le";
  if (bytes % 2 === 0 && even >= nulShareMin * places && odd * 20 <= even) return "utf-16be";
  throw unclear(
    `it holds ${even + odd} NUL bytes, and is neither text with one byte a letter nor plainly UTF-16.`,
    'If it is text, declare its encoding, such as encoding: "utf-8" or "utf-16le".',
  );
}

/** Letters and signs of Western European text, at their places in Windows-1252. */
const western = new Set(
  Array.from({ length: 128 }, (_, at) => at + 128).filter((byte) =>
    "€‚„…‘’“”•–—™Œœ¡£§©ª«®°º»¿½¼¾·´²³ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿ×\u00a0".includes(
      new TextDecoder("windows-1252").decode(Uint8Array.of(byte)),
    ),
  ),
);

function singleByteOf(facts: ByteFacts): string {
  let letters = 0;
  let control = false;
  const odd: string[] = [];
  facts.high.forEach((count, byte) => {
    if (count === 0) return;
    letters += count;
    if (byte < 0xa0) control = true;
    if (!western.has(byte)) odd.push(`0x${byte.toString(16)}`);
  });
  const name = control ? "windows-1252" : "latin1";
  const mixed = facts.utf8Letters > byChanceMax * facts.strayBytes;
  const strange = facts.between + facts.insideWords > strangeShareMax * letters;
  if (odd.length === 0 && !mixed && !strange) return name;
  const why = mixed
    ? `${facts.utf8Letters} letters in it are UTF-8 and ${facts.strayBytes} bytes are not`
    : odd.length > 0
      ? `it is not UTF-8, and ${odd.slice(0, 5).join(", ")} in it is no letter of Western European text`
      : "it is not UTF-8, and its letters stand together as in no Western European text";
  throw unclear(
    `its encoding cannot be told: ${why}.`,
    `Declare it, such as encoding: "${name}", "windows-1250", "windows-1251", "shift_jis" or "gb18030"; rows that are not in it are quarantined.`,
  );
}

function unclear(why: string, hint: string): WaybillError {
  return new WaybillError("unreadable", why, hint);
}
