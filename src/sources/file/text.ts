import { isAscii, isUtf8 } from "node:buffer";
import { needsIconv } from "../../define/encoding.ts";
import { WaybillError } from "../../model/errors.ts";
import { wholeLetters } from "./survey.ts";

// Bytes of a file as text in which rows are found. Rows are found in one of three ways, so that each row's own bytes stay known:
//
// - UTF-8 is decoded as it comes. A block that is not all UTF-8 is read byte by letter, and each row is decoded by itself, so that only the row with
//   the wrong bytes is stopped.
// - Encodings that agree with ASCII in line ends and quotes are read byte by letter too; each row with other letters is decoded by itself.
// - Everything else (UTF-16, UTF-32) is written as UTF-8 first.

/** A piece of a file, in which rows are found. */
export interface Block {
  readonly text: string;
  /** Undefined where the text is the file's own; otherwise one letter stands for one byte, and a row's true text is this. */
  readonly decode: ((text: string) => string | undefined) | undefined;
  /** How many bytes a piece of `text` has. */
  readonly bytesOf: (text: string) => number;
}

/** How the bytes of a file become blocks. */
export interface TextReader {
  /** A row's place in the text is its place in the file: reading can go on there. */
  readonly seekable: boolean;
  /** Of bytes as they stand in the file, what rows are found in; `last` when no more come. */
  translate(bytes: Buffer, last: boolean): Buffer;
  block(bytes: Buffer): Block;
  /** How many of these bytes are whole letters. */
  wholeLetters(bytes: Buffer): number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Encodings in which a line end or a quote is no part of another letter. */
const overAscii = /^(latin1|windows-|iso-8859-|koi8-|macintosh|x-mac-|ibm866|shift_jis|euc-|gb18030|gbk|big5)/;

/**
 * The reader of an encoding.
 *
 * @throws {WaybillError} `not-available` when the encoding needs iconv-lite and that is not installed.
 */
export async function textReader(encoding: string): Promise<TextReader> {
  if (encoding === "utf-8") return { seekable: true, translate: (bytes) => bytes, block: utf8Block, wholeLetters };
  if (overAscii.test(encoding)) return rowByRow(strictDecoder(encoding));
  if (!needsIconv(encoding)) {
    const decoder = new TextDecoder(encoding, { ignoreBOM: true });
    return translated((bytes, last) => decoder.decode(bytes, { stream: !last }));
  }
  const iconv = await iconvLite(encoding);
  if (/^utf-32/.test(encoding)) {
    const decoder = iconv.getDecoder(encoding, { stripBOM: false });
    return translated((bytes, last) => decoder.write(bytes) + (last ? (decoder.end() ?? "") : ""));
  }
  return rowByRow((bytes) => iconv.decode(bytes, encoding, { stripBOM: false }));
}

function utf8Block(bytes: Buffer): Block {
  if (isAscii(bytes)) return { text: bytes.toString("latin1"), decode: undefined, bytesOf: (text) => text.length };
  if (isUtf8(bytes))
    return { text: bytes.toString("utf8"), decode: undefined, bytesOf: (text) => Buffer.byteLength(text) };
  return byteByLetter(bytes, (row) => (isUtf8(row) ? utf8.decode(row) : undefined));
}

function rowByRow(decode: (bytes: Buffer) => string | undefined): TextReader {
  return {
    seekable: true,
    translate: (bytes) => bytes,
    block: (bytes) => byteByLetter(bytes, decode),
    wholeLetters: (bytes) => bytes.length,
  };
}

function byteByLetter(bytes: Buffer, decode: (bytes: Buffer) => string | undefined): Block {
  const plain = isAscii(bytes);
  return {
    text: bytes.toString("latin1"),
    decode: plain ? undefined : (text) => (isAsciiText(text) ? text : decode(Buffer.from(text, "latin1"))),
    bytesOf: (text) => text.length,
  };
}

function isAsciiText(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

/** What a wide encoding cannot hold comes out as U+FFFD, and stops its row. */
function translated(decode: (bytes: Buffer, last: boolean) => string): TextReader {
  return {
    seekable: false,
    translate: (bytes, last) => Buffer.from(decode(bytes, last)),
    block: (bytes) => ({
      text: bytes.toString("utf8"),
      decode: (text) => (text.includes("\ufffd") ? undefined : text),
      bytesOf: (text) => Buffer.byteLength(text),
    }),
    wholeLetters: (bytes) => bytes.length,
  };
}

function strictDecoder(encoding: string): (bytes: Buffer) => string | undefined {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
}

async function iconvLite(encoding: string): Promise<typeof import("iconv-lite")> {
  try {
    const loaded = await import("iconv-lite");
    return "default" in loaded ? (loaded.default as typeof loaded) : loaded;
  } catch {
    throw new WaybillError(
      "not-available",
      `The encoding ${encoding} is read by iconv-lite, which is not installed.`,
      "npm install iconv-lite",
    );
  }
}
