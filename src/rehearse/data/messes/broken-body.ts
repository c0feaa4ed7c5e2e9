import type { Random } from "../../../world/random.ts";
import { between } from "../chance.ts";

// What may come instead of a body of JSON: of some of it nobody can say which record it is, and the boundary has to say so without being hurt; some looks
// broken, and by the documents is not (docs/sources.md, "Webhooks" and "The boundary").

/**
 * What the documents say is to become of a body.
 *
 * - `unreadable`: it is refused with 400; nothing is kept as a record.
 * - `unsupported-type`: its headers say that it is no JSON, and it is refused with 415.
 * - `unsafe`: readers disagree about what it means, so it is kept, and goes to the quarantine as what breaks the contract.
 * - `same`: it says what it says without the mess.
 * - `twice`: it is a list, of what would have stood alone.
 */
export type BodyVerdict = "unreadable" | "unsupported-type" | "unsafe" | "same" | "twice";

/** One way in which a body is broken as a whole. */
export interface BodyMess {
  /** What is wrong with it, for a story. */
  readonly words: string;
  readonly verdict: BodyVerdict;
  /** What is said about it beside it; that it is JSON where nothing else is. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @param text an object, or a list of one, as JSON. */
  readonly make: (text: string, random: Random) => string | Uint8Array;
}

const bombDepth = 100_000;
const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");
const typed = (type: string) => ({ "content-type": type });
const firstField = /\{(?=")/;
const html = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>";
const xml = '<?xml version="1.0"?><record><id>1</id></record>';
const zipped = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56, 0xca, 0x4c, 0x51);

/** The same bytes each time: making them costs more than a whole night. */
function once(make: () => string): () => Uint8Array {
  let made: Uint8Array | undefined;
  return () => {
    made ??= utf8(make());
    return made;
  };
}

const unreadable: readonly (readonly [words: string, make: BodyMess["make"]])[] = [
  ["an empty body", () => ""],
  ["a body of spaces", () => " \r\n\t "],
  ["cut off in the middle", (text, random) => text.slice(0, between(random, 1, Math.max(1, text.length - 1)))],
  ["cut off within a character", () => utf8('{"name":"Zoë').subarray(0, -1)],
  ["the record twice without anything between", (text) => text + text],
  ["something behind the record", (text) => `${text}\n<!-- served in 12 ms -->`],
  ["a page of HTML", () => html],
  ["XML", () => xml],
  ["a form instead of JSON", () => "id=A-1001&total=12.50&note=a+b"],
  ["CSV instead of JSON", () => "id;total\r\nA-1001;12,50\r\n"],
  ["single quotation marks", (text) => text.replaceAll('"', "'")],
  ["a comma behind the last field", (text) => text.replace(/[}\]]$/, ",$&")],
  ["NaN and undefined, as JavaScript writes them", () => '{"id":undefined,"total":NaN}'],
  ["a comment in it", (text) => `// export of last night\n${text}`],
  ["line breaks inside text", () => '{"note":"first\nsecond"}'],
  ["UTF-16 without a word about it", (text) => Buffer.from(text, "utf16le")],
  [
    "Latin-1 where UTF-8 is expected",
    (text) => Buffer.from(text.replace(firstField, '{"added":"Zoë Müller",'), "latin1"),
  ],
  ["bytes that are no text", (_, random) => Uint8Array.from({ length: 64 }, () => between(random, 0, 255))],
  ["compressed without a word about it", () => zipped],
  ["NUL bytes behind it", (text) => `${text}\0\0\0\0`],
  ["lists nested 100,000 deep", once(() => "[".repeat(bombDepth) + "]".repeat(bombDepth))],
  ["objects nested 100,000 deep, without an end", once(() => '{"a":'.repeat(bombDepth))],
  ["a number of 10,000 digits", once(() => `{"id":${"9".repeat(10_000)}}`)],
  ["100,000 keys", once(() => `{${Array.from({ length: 100_001 }, (_, index) => `"k${index}":0`).join(",")}}`)],
];

export const bodyMesses: readonly BodyMess[] = [
  ...unreadable.map(([words, make]): BodyMess => ({ words, verdict: "unreadable", make })),
  {
    words: "a page of HTML that says so",
    verdict: "unsupported-type",
    headers: typed("text/html"),
    make: () => html,
  },
  { words: "XML that says so", verdict: "unsupported-type", headers: typed("application/xml"), make: () => xml },
  {
    words: "compressed, and it says so",
    verdict: "unsupported-type",
    headers: { ...typed("application/json"), "content-encoding": "gzip" },
    make: () => zipped,
  },
  {
    words: "a charset that nobody knows",
    verdict: "unsupported-type",
    headers: typed("application/json; charset=klingon"),
    make: (text) => text,
  },
  {
    words: "a key twice in one object",
    verdict: "unsafe",
    make: (text) => text.replace(firstField, '{"id":1,"id":2,'),
  },
  {
    words: "a key __proto__",
    verdict: "unsafe",
    make: (text) => text.replace(firstField, '{"__proto__":{"isAdmin":true},'),
  },
  { words: "a bare list", verdict: "twice", make: (text) => `[${text},${text}]` },
  { words: "a byte order mark in front", verdict: "same", make: (text) => `\ufeff${text}` },
  {
    words: "UTF-16, and it says so",
    verdict: "same",
    headers: typed("application/json; charset=utf-16le"),
    make: (text) => Buffer.from(text, "utf16le"),
  },
];

/** The bytes of a body that is broken as a whole. */
export function brokenBytes({ make }: BodyMess, text: string, random: Random): Uint8Array {
  const made = make(text, random);
  return typeof made === "string" ? utf8(made) : made;
}
