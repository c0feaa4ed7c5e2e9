import { digest } from "../../model/identity.ts";
import type { Item } from "../item.ts";
import type { Block } from "./text.ts";

/** Finds the rows of one format in text. */
export interface RowFinder {
  /**
   * Reads the row that begins at `at` and answers where the next one begins; -1 when the text ends before the row does.
   *
   * @param last nothing comes after this text.
   */
  next(block: Block, at: number, last: boolean, into: Rows): number;
  /** The row at `at` has more bytes than a row may have: stops it, and answers where to go on; -1 for the end of its line, wherever that is. */
  tooLong(block: Block, at: number, into: Rows): number;
  /** The text is at its end. @throws {WaybillError} when it should not be. */
  ended?(into: Rows): void;
  /** Where rows end, as one letter. */
  readonly lineEnd: "\n" | "\r";
}

/** So much is kept of a row that is too long to be kept. */
export const headKept = 65_536;

/** Rows that have been found, on their way to the boundary. */
export class Rows {
  items: Item[] = [];
  /** The line that is read next. */
  line: number;
  /** Rows that break the format, of those found so far. */
  broken = 0;
  bytes = 0;
  readonly #origin: string;

  constructor(origin: string, line: number) {
    this.#origin = origin;
    this.line = line;
  }

  take(value: unknown, raw: string): void {
    this.bytes += raw.length;
    this.items.push({
      value,
      raw,
      rawHash: digest(raw),
      flaw: undefined,
      delivery: undefined,
      index: 0,
      origin: { text: this.#origin, line: this.line },
    });
  }

  add(item: Item): void {
    this.bytes += item.raw.length;
    if (item.flaw !== undefined) this.broken++;
    this.items.push({ ...item, origin: { text: this.#origin, line: this.line } });
  }

  /** A row that breaks the format: kept as it stands there, for a person. */
  stop(why: string, block: Block, text: string): void {
    this.keep(`line ${this.line}: ${why}`, block.decode === undefined ? asText(text) : asBytes(block.decode, text));
  }

  keep(message: string, raw: string | Uint8Array): void {
    this.add({
      value: undefined,
      raw,
      rawHash: digest(raw),
      flaw: { cause: "contract", path: "", message },
      delivery: undefined,
      index: 0,
    });
  }

  /** What has been found since the last time. */
  collect(): Item[] {
    const { items } = this;
    this.items = [];
    this.bytes = 0;
    return items;
  }
}

/** Not every store holds NUL or half a letter in text. */
function asText(text: string): string | Uint8Array {
  const short = text.length > headKept ? text.slice(0, headKept) : text;
  return short.includes("\0") || !short.isWellFormed() ? Uint8Array.from(Buffer.from(short)) : short;
}

function asBytes(decode: (text: string) => string | undefined, text: string): string | Uint8Array {
  const short = text.length > headKept ? text.slice(0, headKept) : text;
  const decoded = decode(short);
  return decoded === undefined ? Uint8Array.from(Buffer.from(short, "latin1")) : asText(decoded);
}
