import type { FileHandle } from "node:fs/promises";
import type { Item } from "../item.ts";
import { headKept, type RowFinder, Rows } from "./rows.ts";
import type { Block, TextReader } from "./text.ts";

// Reads a file row by row in bounded memory: as many bytes as one read brings, and at most one row more. What comes out are chunks that one commit takes.

/** Rows of a file that are taken in one commit. */
export interface Chunk {
  readonly items: readonly Item[];
  /** Where the next row begins, in bytes from the beginning of the text. */
  readonly at: number;
  /** The same where the last row had no line end: it may have been cut off, and is read again when the file grows. */
  readonly whole: Place;
  readonly rows: number;
  readonly line: number;
  /** Rows of this chunk that break the format. */
  readonly broken: number;
  readonly last: boolean;
}

/** How far a file has been read. */
export interface Place {
  readonly at: number;
  readonly line: number;
  readonly rows: number;
}

/** Gives the rows of one file, chunk by chunk. */
export interface RowSource {
  /** At most so many rows, and never more than one commit takes. */
  next(rowsMax: number): Promise<Chunk>;
}

export interface RowReaderOptions {
  readonly handle: FileHandle;
  readonly reader: TextReader;
  readonly finder: RowFinder;
  readonly from: Place;
  readonly origin: string;
  readonly rowBytesMax: number;
}

const chunkRows = 1_000;
const chunkBytes = 8_000_000;
const readBytes = 262_144;

export class RowReader implements RowSource {
  readonly #options: RowReaderOptions;
  readonly #rows: Rows;
  /** What has been read and not yet become rows; it begins at this place of the text. */
  #pending: Buffer = Buffer.alloc(0);
  #buffer: Buffer = Buffer.alloc(0);
  #pendingAt: number;
  /** As much of it as whole letters, in which rows are looked for, from `#at` on. */
  #block: Block | undefined;
  #blockBytes = 0;
  #at = 0;
  #fileAt: number;
  /** Of a text that cannot be entered in its middle, what lies before the place to go on from. */
  #toDrop: number;
  #ended = false;
  #last = false;
  #failed: unknown;
  /** A row that is too long is being passed over. */
  #skipping = false;
  #count: number;
  /** Where a last row begins that no line end closes. */
  #tail: Place | undefined;

  constructor(options: RowReaderOptions) {
    const { from, reader, origin } = options;
    this.#options = options;
    this.#rows = new Rows(origin, from.line);
    this.#fileAt = reader.seekable ? from.at : 0;
    this.#toDrop = reader.seekable ? 0 : from.at;
    this.#pendingAt = from.at;
    this.#count = from.rows;
  }

  async next(rowsMax: number): Promise<Chunk> {
    if (this.#failed !== undefined) throw this.#failed;
    const rows = this.#rows;
    try {
      while (!this.#last && rows.items.length < Math.min(rowsMax, chunkRows) && rows.bytes < chunkBytes) {
        if (this.#block === undefined) await this.#readOn();
        else this.#readRow(this.#block);
      }
    } catch (error) {
      // What stands before the fault is good.
      if (rows.items.length === 0) throw error;
      this.#failed = error;
    }
    const { broken } = rows;
    rows.broken = 0;
    const items = rows.collect();
    this.#count += items.length;
    const place = this.#place();
    return { items, ...place, whole: this.#tail ?? place, broken, last: this.#last };
  }

  #place(): Place {
    return {
      at: this.#pendingAt + this.#bytesRead(),
      line: this.#rows.line,
      rows: this.#count + this.#rows.items.length,
    };
  }

  /** How much of the block has become rows. */
  #bytesRead(): number {
    if (this.#block === undefined || this.#at === 0) return 0;
    const { text, bytesOf } = this.#block;
    return this.#at >= text.length ? this.#blockBytes : bytesOf(text.slice(0, this.#at));
  }

  /** Reads one row of the block, or lets go of the block when no whole one is left in it. */
  #readRow(block: Block): void {
    const { finder, rowBytesMax } = this.#options;
    const { text } = block;
    if (this.#at >= text.length) return this.#letGo();
    if (this.#ended && this.#tail === undefined && !text.includes(finder.lineEnd, this.#at)) this.#tail = this.#place();
    const next = finder.next(block, this.#at, this.#ended, this.#rows);
    if (next >= 0) {
      this.#at = next;
      return;
    }
    if (this.#blockBytes - this.#bytesRead() > rowBytesMax) {
      const on = finder.tooLong(block, this.#at, this.#rows);
      if (on < 0) this.#stopLong(block);
      else this.#at = on;
      if (on >= 0) return;
    }
    this.#letGo();
  }

  /** Keeps what the block holds of a row that goes on. */
  #letGo(): void {
    this.#drop(this.#bytesRead());
    this.#block = undefined;
    this.#at = 0;
    if (!this.#ended) return;
    this.#options.finder.ended?.(this.#rows);
    this.#last = true;
  }

  #drop(bytes: number): void {
    this.#pending = this.#pending.subarray(bytes);
    this.#pendingAt += bytes;
  }

  async #readOn(): Promise<void> {
    const { handle, reader, finder } = this.#options;
    // What is pending moves to the front of the one buffer, and what is read comes behind it.
    const kept = this.#pending.length;
    const buffer = kept + readBytes <= this.#buffer.length ? this.#buffer : Buffer.alloc(2 * kept + readBytes);
    buffer.set(this.#pending, 0);
    this.#buffer = buffer;
    const { bytesRead } = await handle.read(buffer, kept, buffer.length - kept, this.#fileAt);
    this.#fileAt += bytesRead;
    this.#ended = bytesRead === 0;
    this.#pending = reader.seekable
      ? buffer.subarray(0, kept + bytesRead)
      : Buffer.concat([this.#pending, this.#translated(buffer.subarray(kept, kept + bytesRead))]);
    if (this.#skipping) this.#passOver(this.#pending.indexOf(finder.lineEnd));
    this.#blockBytes = this.#ended ? this.#pending.length : reader.wholeLetters(this.#pending);
    this.#block = reader.block(this.#pending.subarray(0, this.#blockBytes));
    this.#at = 0;
  }

  /** In the text in which rows are found, from the place on where reading goes on. */
  #translated(bytes: Buffer): Buffer {
    const more = this.#options.reader.translate(bytes, this.#ended);
    const before = Math.min(this.#toDrop, more.length);
    this.#toDrop -= before;
    return more.subarray(before);
  }

  /** A row that is too long: its beginning is kept, and the rest is passed over to the end of its line. */
  #stopLong(block: Block): void {
    const head = block.text.slice(this.#at, this.#at + headKept);
    const why = `it has more than ${this.#options.rowBytesMax} bytes, of which the first ${headKept} are kept`;
    this.#rows.stop(why, block, head);
    this.#skipping = true;
    this.#at = block.text.length;
  }

  #passOver(end: number): void {
    this.#drop(end < 0 ? this.#pending.length : end + 1);
    if (end < 0 && !this.#ended) return;
    this.#skipping = false;
    this.#rows.line++;
  }
}
