import type { FileDefinition } from "../../define/source.ts";
import { digest, hex } from "../../model/identity.ts";
import type { Reading } from "./open.ts";
import type { Place } from "./row-reader.ts";

// How far each file has been read stands in the ledger as a cursor, one for each path, and moves in the commit of the rows that it is about. Which content
// has been read to its end stands there too, by its hash, so that the same content under another name is not read again.

/** How far one file has been read. */
export interface Progress {
  readonly state: "reading" | "done" | "stopped";
  /** Of the whole content. */
  readonly hash: string;
  readonly bytes: number;
  readonly changedAtMs: number;
  /** Where the next row begins. */
  readonly at: number;
  readonly line: number;
  readonly rows: number;
  /** Rows that broke the format or the contract. */
  readonly broken: number;
  /** As far as every row was closed by a line end: where to go on when the file has grown. */
  readonly whole: Place;
  /** The hash of the bytes before that place, where it was worked out. */
  readonly prefix: string | undefined;
  readonly reading: Reading;
  /** Names the format and contracts with which it was read: with others, what was stopped is tried again. */
  readonly settings: string;
  readonly why: string | undefined;
}

export function progressText(progress: Progress): string {
  return JSON.stringify(progress);
}

/** @returns undefined for none, and for what another version wrote in another form. */
export function progressOf(text: string | undefined): Progress | undefined {
  if (text === undefined) return undefined;
  const found = JSON.parse(text) as Partial<Progress>;
  return typeof found.hash === "string" && typeof found.at === "number" ? (found as Progress) : undefined;
}

/** Under which the progress of a path is kept. */
export function pathKey(feed: string, path: string): string {
  return `${feed}\n${path}`;
}

/** Under which it is kept that a content was read to its end. */
export function contentKey(feed: string, hash: string, format: FileDefinition["format"]): string {
  return `${feed}\n#${hash}\n${hex(digest(JSON.stringify(format)))}`;
}
