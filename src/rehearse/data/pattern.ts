import type { Random } from "../../world/random.ts";
import { below, between, pick } from "./chance.ts";

// Text that a regular expression matches, made by reading the expression and choosing at each fork. Looking ahead and behind is left out: what was made is
// tried against the expression itself by whoever asks, and made again where it does not fit.

/** Makes a part of the text. `reach` is how far repetitions without an end go beyond their least. */
type Piece = (made: Made, random: Random, reach: number) => string;

/** What the groups matched so far, for references back to them. */
interface Made {
  readonly groups: (string | undefined)[];
}

/** First and last code point, both included. */
type Range = readonly [number, number];

const digits: readonly Range[] = [[0x30, 0x39]];
const lower: readonly Range[] = [[0x61, 0x7a]];
const upper: readonly Range[] = [[0x41, 0x5a]];
const letters: readonly Range[] = [...lower, ...upper];
const wordly: readonly Range[] = [...letters, ...digits];
const space: readonly Range[] = [[0x20, 0x20]];
const printable: Range = [0x20, 0x7e];
/** What a dot or a negated class may be, where it can: letters and digits read better in a story than punctuation. */
const preferred: readonly Range[] = wordly;

class Unreadable extends Error {}

/**
 * What makes texts like a pattern (the source of a regular expression, as JSON Schema has it); undefined where it holds what is not read here.
 *
 * @example textLike("^[A-Z]{2}-\\d{4}$")?.(random) // "QX-2081"
 */
export function textLike(pattern: string): ((random: Random, reach?: number) => string) | undefined {
  try {
    const { piece } = new Reader(pattern).whole();
    return (random, reach = 4) => piece({ groups: [] }, random, reach);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** Reads an expression from left to right (ECMA-262, 22.2.1). */
class Reader {
  readonly #source: string;
  #at = 0;
  #groups = 0;
  readonly #names = new Map<string, number>();

  constructor(source: string) {
    this.#source = source;
  }

  whole(): { readonly piece: Piece } {
    const piece = this.#alternatives();
    if (this.#at < this.#source.length) throw new Unreadable();
    return { piece };
  }

  #alternatives(): Piece {
    const ways = [this.#sequence()];
    while (this.#takes("|")) ways.push(this.#sequence());
    return ways.length === 1 ? (ways[0] as Piece) : (made, random, reach) => pick(random, ways)(made, random, reach);
  }

  #sequence(): Piece {
    const pieces: Piece[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#peek())) pieces.push(this.#repeated(this.#atom()));
    return (made, random, reach) => {
      let text = "";
      for (const piece of pieces) text += piece(made, random, reach);
      return text;
    };
  }

  #repeated(piece: Piece): Piece {
    const [least, most] = this.#quantity();
    this.#takes("?");
    if (least === 1 && most === 1) return piece;
    return (made, random, reach) => {
      const count = between(random, least, Math.min(most, least + Math.max(reach, least === 0 ? 1 : 0)));
      let text = "";
      for (let index = 0; index < count; index++) text += piece(made, random, reach);
      return text;
    };
  }

  #quantity(): readonly [least: number, most: number] {
    if (this.#takes("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#takes("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#takes("?")) return [0, 1];
    const [whole, least, comma, most] = this.#match(/\{(\d+)(,?)(\d*)\}/y) ?? [];
    if (whole === undefined) return [1, 1];
    const open = most === "" ? Number.POSITIVE_INFINITY : Number(most);
    return [Number(least), comma === "" ? Number(least) : open];
  }

  #atom(): Piece {
    const character = this.#next();
    switch (character) {
      case "^":
      case "$":
        return () => "";
      case ".":
        return oneOf(preferred);
      case "(":
        return this.#group();
      case "[":
        return oneOf(this.#class());
      case "\\":
        return this.#escape();
      default:
        return () => character;
    }
  }

  #group(): Piece {
    const look = this.#match(/\?(?:<?[=!])/y);
    const plain = look === undefined ? this.#match(/\?(?:[ims]*(?:-[ims]+)?):/y) : undefined;
    const name = this.#match(/\?<([^>]+)>/y)?.[1];
    const number = look === undefined && plain === undefined ? ++this.#groups : undefined;
    if (name !== undefined && number !== undefined) this.#names.set(name, number);
    const piece = this.#alternatives();
    if (!this.#takes(")")) throw new Unreadable();
    if (look !== undefined) return () => "";
    if (number === undefined) return piece;
    return (made, random, reach) => {
      const text = piece(made, random, reach);
      made.groups[number] = text;
      return text;
    };
  }

  #escape(): Piece {
    const back = this.#match(/[1-9]\d*/y)?.[0];
    if (back !== undefined) return (made) => made.groups[Number(back)] ?? "";
    const name = this.#match(/k<([^>]+)>/y)?.[1];
    if (name !== undefined) return (made) => made.groups[this.#names.get(name) ?? 0] ?? "";
    if (this.#takes("b") || this.#takes("B")) return () => "";
    return oneOf(this.#escaped());
  }

  #class(): readonly Range[] {
    const negated = this.#takes("^");
    const ranges: Range[] = [];
    while (!this.#takes("]")) {
      if (this.#at >= this.#source.length) throw new Unreadable();
      const from = this.#classAtom();
      const [first] = from;
      if (first !== undefined && from.length === 1 && first[0] === first[1] && this.#match(/-(?!\])/y) !== undefined) {
        const [to] = this.#classAtom();
        ranges.push([first[0], to?.[1] ?? first[0]]);
      } else ranges.push(...from);
    }
    return negated ? allBut(ranges) : ranges;
  }

  #classAtom(): readonly Range[] {
    const character = this.#next();
    if (character === "\\") return this.#takes("b") ? [[8, 8]] : this.#escaped();
    return just(character);
  }

  /** What stands behind a backslash, in a class and outside. */
  #escaped(): readonly Range[] {
    const code = (this.#match(/x([\da-fA-F]{2})/y) ??
      this.#match(/u([\da-fA-F]{4})/y) ??
      this.#match(/u\{([\da-fA-F]+)\}/y))?.[1];
    if (code !== undefined) return just(String.fromCodePoint(Number.parseInt(code, 16)));
    const property = this.#match(/([pP])\{(?:\w+=)?(\w+)\}/y);
    if (property !== undefined)
      return property[1] === "P" ? allBut(ofProperty(property[2] ?? "")) : ofProperty(property[2] ?? "");
    const control = this.#match(/c([A-Za-z])/y)?.[1];
    if (control !== undefined) return just(String.fromCharCode(control.charCodeAt(0) % 32));
    const character = this.#next();
    return classes[character] ?? just(controls[character] ?? character);
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  #next(): string {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) throw new Unreadable();
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #match(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.#at;
    const found = form.exec(this.#source) ?? undefined;
    if (found !== undefined) this.#at += found[0].length;
    return found;
  }
}

const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", 0: "\0" };

const just = (character: string): readonly Range[] => {
  const code = character.codePointAt(0) ?? 0;
  return [[code, code]];
};

/** Printable ASCII without these; letters and digits where some are left. */
function allBut(ranges: readonly Range[]): readonly Range[] {
  const isOut = (code: number): boolean => ranges.some(([from, to]) => code >= from && code <= to);
  const left = (among: readonly Range[]): Range[] =>
    among.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index).flatMap((code): Range[] =>
        isOut(code) ? [] : [[code, code]],
      ),
    );
  const nice = left(preferred);
  return nice.length > 0 ? nice : left([printable]);
}

const classes: Readonly<Record<string, readonly Range[]>> = {
  d: digits,
  w: [...wordly, [0x5f, 0x5f]],
  s: space,
  D: letters,
  W: [[0x2d, 0x2d]],
  S: wordly,
};

function ofProperty(name: string): readonly Range[] {
  if (/^(Lu|Uppercase)/.test(name)) return upper;
  if (/^(Ll|Lowercase)/.test(name)) return lower;
  if (/^(N|Nd|Number)$/.test(name)) return digits;
  if (/^(L|Letter|Alphabetic|Latin)$/.test(name)) return letters;
  throw new Unreadable();
}

/** Each range is as likely as the others, whatever its length. */
function oneOf(ranges: readonly Range[]): Piece {
  if (ranges.length === 0) throw new Unreadable();
  return (_, random) => {
    const [from, to] = ranges[below(random, ranges.length)] as Range;
    return String.fromCodePoint(between(random, from, to));
  };
}
