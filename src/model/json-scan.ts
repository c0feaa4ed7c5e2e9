import { UnreadableJson } from "./unreadable.ts";

// One look over the text before it is parsed. On text that is valid JSON its counts are exact; on any other text the parser refuses it afterwards,
// so nothing here has to be.

export interface Scanned {
  /** How many keys stand in it, repeated ones included. */
  readonly keys: number;
  /** A number in it may have more digits than a double holds. */
  readonly longNumbers: boolean;
}

/** Longer ones are no number that anybody meant, and reading digits costs more than linear time. */
const numberLengthMax = 1_000;
/** So many characters, and no exponent, are always exact: a double holds 15 digits. */
const surelyExactLength = 15;

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** @throws {UnreadableJson} `too-deep`, `too-many-keys` or `long-number` */
export function scanJson(text: string, depthMax: number, keysMax: number): Scanned {
  let depth = 0;
  let keys = 0;
  let longNumbers = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
      if (at < 0) break;
    } else if (code === colon) {
      if (++keys > keysMax) {
        throw new UnreadableJson("too-many-keys", `It has more than ${keysMax.toLocaleString("en")} keys.`);
      }
    } else if (code === openBrace || code === openBracket) {
      if (++depth > depthMax) {
        throw new UnreadableJson("too-deep", `It is nested deeper than ${depthMax} levels (at character ${at}).`);
      }
    } else if (code === closeBrace || code === closeBracket) {
      depth--;
    } else if (code >= 0x30 && code <= 0x39) {
      const end = endOfNumber(text, at);
      if (end - at > surelyExactLength || hasExponent(text, at, end)) {
        longNumbers = true;
        if (end - at > numberLengthMax) {
          throw new UnreadableJson("long-number", `A number in it has ${end - at} characters (at character ${at}).`);
        }
      }
      at = end - 1;
    }
  }
  return { keys, longNumbers };
}

/** Where the string that opens at `from` closes, or -1. */
export function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}

function endOfNumber(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && isOfNumber(text.charCodeAt(at))) at++;
  return at;
}

/** Digits, `.`, `e`, `E`, `+` and `-`. */
function isOfNumber(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b || code === 0x2d
  );
}

function hasExponent(text: string, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x65 || code === 0x45) return true;
  }
  return false;
}

/** The dotted path of the first key that stands twice in one object, or is `__proto__`. The text must be valid JSON. */
export function unsafeKey(text: string): { readonly path: string; readonly key: string } | undefined {
  const open: { readonly keys: Set<string> | undefined; last: string; index: number }[] = [];
  for (let at = 0; at < text.length; at++) {
    const here = open.at(-1);
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at);
        if (here?.keys !== undefined && isKey(text, end)) {
          const key = JSON.parse(text.slice(at, end + 1)) as string;
          here.last = key;
          if (here.keys.has(key) || key === "__proto__") return { path: pathOf(open), key };
          here.keys.add(key);
        }
        at = end;
        break;
      }
      case openBrace:
        open.push({ keys: new Set(), last: "", index: 0 });
        break;
      case openBracket:
        open.push({ keys: undefined, last: "", index: 0 });
        break;
      case closeBrace:
      case closeBracket:
        open.pop();
        break;
      case 0x2c:
        if (here !== undefined) here.index++;
        break;
    }
  }
  return undefined;
}

function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === colon;
}

function pathOf(open: readonly { readonly keys: unknown; readonly last: string; readonly index: number }[]): string {
  return open.map(({ keys, last, index }) => (keys === undefined ? String(index) : last)).join(".");
}
