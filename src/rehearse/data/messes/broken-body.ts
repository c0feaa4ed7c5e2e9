import { encodeJson } from "../../../model/json.ts";
import type { Random } from "../../../world/random.ts";
import { between, pick } from "../chance.ts";

// What may come instead of a body of JSON: a delivery that is no record, and of which the boundary has to say so without being hurt.

/** A body that is broken as a whole. */
export interface BrokenBody {
  readonly bytes: Uint8Array;
  /** What is wrong with it, in words for a story. */
  readonly mess: string;
}

interface BodyMess {
  readonly words: string;
  readonly make: (text: string, random: Random) => string | Uint8Array;
}

const bombDepth = 100_000;
const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");

export const bodyMesses: readonly BodyMess[] = [
  { words: "an empty body", make: () => "" },
  { words: "a body of spaces", make: () => " \r\n\t " },
  {
    words: "cut off in the middle",
    make: (text, random) => text.slice(0, between(random, 1, Math.max(1, text.length - 1))),
  },
  { words: "cut off within a character", make: () => utf8('{"name":"Zoë').subarray(0, -1) },
  { words: "the record twice without anything between", make: (text) => text + text },
  { words: "something behind the record", make: (text) => `${text}\n<!-- served in 12 ms -->` },
  { words: "a bare list", make: (text) => `[${text},${text}]` },
  { words: "a page of HTML", make: () => "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>" },
  { words: "XML", make: () => '<?xml version="1.0"?><record><id>1</id></record>' },
  { words: "a form instead of JSON", make: () => "id=A-1001&total=12.50&note=a+b" },
  { words: "CSV instead of JSON", make: () => "id;total\r\nA-1001;12,50\r\n" },
  { words: "single quotation marks", make: (text) => text.replaceAll('"', "'") },
  { words: "a comma behind the last field", make: (text) => text.replace(/[}\]]$/, ",$&") },
  { words: "NaN and undefined, as JavaScript writes them", make: () => '{"id":undefined,"total":NaN}' },
  { words: "a comment in it", make: (text) => `// export of last night\n${text}` },
  { words: "a key twice in one object", make: (text) => text.replace(/^\{/, '{"id":1,"id":2,') },
  { words: "a key __proto__", make: (text) => text.replace(/^\{(?=.)/, '{"__proto__":{"isAdmin":true},') },
  { words: "line breaks inside text", make: () => '{"note":"first\nsecond"}' },
  { words: "a byte order mark in front", make: (text) => `\ufeff${text}` },
  { words: "UTF-16 without a word about it", make: (text) => Buffer.from(text, "utf16le") },
  {
    words: "Latin-1 where UTF-8 is expected",
    make: (text) => Buffer.from(text.replace(/^\{(?=.)/, '{"added":"Zoë Müller",'), "latin1"),
  },
  {
    words: "bytes that are no text",
    make: (_, random) => Uint8Array.from({ length: 64 }, () => between(random, 0, 255)),
  },
  {
    words: "compressed without a word about it",
    make: () => Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56, 0xca, 0x4c, 0x51),
  },
  { words: "NUL bytes behind it", make: (text) => `${text}\0\0\0\0` },
  { words: "lists nested 100,000 deep", make: () => "[".repeat(bombDepth) + "]".repeat(bombDepth) },
  { words: "objects nested 100,000 deep, without an end", make: () => '{"a":'.repeat(bombDepth) },
  { words: "a number of 10,000 digits", make: () => `{"id":${"9".repeat(10_000)}}` },
  {
    words: "100,000 keys",
    make: () => `{${Array.from({ length: 100_001 }, (_, index) => `"k${index}":0`).join(",")}}`,
  },
];

/**
 * A body that is broken as a whole.
 *
 * @param record one that would have been sent: what some of the messes are made of.
 */
export function brokenBody(random: Random, record: unknown): BrokenBody {
  const { words, make } = pick(random, bodyMesses);
  const made = make(encodeJson(record), random);
  return { bytes: typeof made === "string" ? utf8(made) : made, mess: words };
}
