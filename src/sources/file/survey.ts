import { isAscii, isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

// A file is looked at once as a whole before any of its rows is taken: what its content is (its hash), and what its bytes say about their encoding. Only
// the whole tells: the first letter that is not ASCII may stand in the last line.

/** What the bytes of a whole file say. */
export interface Survey {
  /** SHA-256 of the content, hexadecimal. */
  readonly hash: string;
  readonly bytes: number;
  /** The hash of the first `prefixBytes` bytes, where that was asked and there are so many. */
  readonly prefix: string | undefined;
  readonly facts: ByteFacts;
}

export interface ByteFacts {
  /** The first bytes: a byte order mark, a signature. */
  readonly head: Uint8Array;
  readonly ascii: boolean;
  readonly utf8: boolean;
  /** Letters of several bytes that are good UTF-8, and bytes over 127 that are not; counted only where it is not all good. */
  readonly utf8Letters: number;
  readonly strayBytes: number;
  /** NUL bytes at even and at odd places. */
  readonly nuls: readonly [even: number, odd: number];
  /** How often each byte over 127 stands there, by value; counted only where it is not all UTF-8. */
  readonly high: Uint32Array;
  /** Of them, those between two others: rare in Western European text, and usual in every other. */
  readonly between: number;
  /** Signs from 0xa1 to 0xbf between two letters of ASCII: no Western European word is written so. */
  readonly insideWords: number;
  readonly hasLineFeed: boolean;
  readonly hasReturn: boolean;
}

const chunkBytes = 1_048_576;

/**
 * Reads a whole file once.
 *
 * @param prefixBytes also hash so many first bytes: whether the file begins with what was read of it before.
 */
export async function survey(
  handle: FileHandle,
  prefixBytes: number,
  onBytes?: (bytes: number) => void,
): Promise<Survey> {
  const hash = createHash("sha256");
  const look = new ByteLook();
  let prefix: string | undefined = prefixBytes === 0 ? hash.copy().digest("hex") : undefined;
  let at = 0;
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, at);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    if (at < prefixBytes && prefixBytes <= at + bytesRead) {
      hash.update(chunk.subarray(0, prefixBytes - at));
      prefix = hash.copy().digest("hex");
      hash.update(chunk.subarray(prefixBytes - at));
    } else hash.update(chunk);
    look.at(chunk);
    at += bytesRead;
    onBytes?.(at);
  }
  return { hash: hash.digest("hex"), bytes: at, prefix, facts: look.facts() };
}

/** What is known of bytes that came so far. A letter may be cut in two by the end of a chunk. */
export class ByteLook {
  #head = new Uint8Array(0);
  #ascii = true;
  #utf8 = true;
  #utf8Letters = 0;
  #strayBytes = 0;
  readonly #nuls: [number, number] = [0, 0];
  readonly #high = new Uint32Array(256);
  #between = 0;
  #insideWords = 0;
  #hasLineFeed = false;
  #hasReturn = false;
  #offset = 0;
  /** The beginning of a letter whose rest comes with the next chunk. */
  #cut = Buffer.alloc(0);

  at(chunk: Buffer): void {
    if (this.#offset === 0) this.#head = Uint8Array.from(chunk.subarray(0, 4));
    if (!this.#hasLineFeed) this.#hasLineFeed = chunk.includes(10);
    if (!this.#hasReturn) this.#hasReturn = chunk.includes(13);
    if (chunk.includes(0)) this.#countNuls(chunk);
    if (this.#cut.length > 0 || !isAscii(chunk)) this.#lookClosely(chunk);
    this.#offset += chunk.length;
  }

  facts(): ByteFacts {
    if (this.#cut.length > 0) {
      this.#utf8 = false;
      this.#strayBytes += this.#cut.length;
    }
    return {
      head: this.#head,
      ascii: this.#ascii,
      utf8: this.#utf8,
      utf8Letters: this.#utf8Letters,
      strayBytes: this.#strayBytes,
      nuls: this.#nuls,
      high: this.#high,
      between: this.#between,
      insideWords: this.#insideWords,
      hasLineFeed: this.#hasLineFeed,
      hasReturn: this.#hasReturn,
    };
  }

  #countNuls(chunk: Buffer): void {
    for (let at = chunk.indexOf(0); at >= 0; at = chunk.indexOf(0, at + 1)) {
      if (((this.#offset + at) & 1) === 0) this.#nuls[0]++;
      else this.#nuls[1]++;
    }
  }

  #lookClosely(chunk: Buffer): void {
    this.#ascii = false;
    const bytes = this.#cut.length > 0 ? Buffer.concat([this.#cut, chunk]) : chunk;
    const end = wholeLetters(bytes);
    this.#cut = Buffer.from(bytes.subarray(end));
    const whole = bytes.subarray(0, end);
    if (isUtf8(whole)) {
      this.#utf8Letters += lettersIn(whole);
      return;
    }
    this.#utf8 = false;
    this.#count(whole);
  }

  #count(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte < 128) continue;
      this.#high[byte] = (this.#high[byte] as number) + 1;
      const before = bytes[at - 1] ?? 0;
      const after = bytes[at + 1] ?? 0;
      if (before >= 128 && after >= 128) this.#between++;
      if (byte > 0xa0 && byte < 0xc0 && byte !== middleDot && isLetter(before) && isLetter(after)) this.#insideWords++;
    }
    for (let at = 0; at < bytes.length; ) {
      const length = letterBytes(bytes, at);
      if (length === 0) this.#strayBytes++;
      if (length > 1) this.#utf8Letters++;
      at += Math.max(1, length);
    }
  }
}

/** Catalan writes it inside words. */
const middleDot = 0xb7;

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** How many bytes the UTF-8 letter at `at` has; 0 when there is none. */
function letterBytes(bytes: Buffer, at: number): number {
  const byte = bytes[at] as number;
  if (byte < 128) return 1;
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
  return byte >= 0xc2 && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** Letters of more than one byte in good UTF-8: as many as there are bytes that begin one. */
function lettersIn(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte >= 0xc0) count++;
  return count;
}

/** Where the last letter ends that is there whole. */
export function wholeLetters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
