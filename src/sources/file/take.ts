import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { FileDefinition } from "../../define/source.ts";
import type { CursorMove } from "../../ledger/ledger.ts";
import { said, WaybillError } from "../../model/errors.ts";
import { digest, hex } from "../../model/identity.ts";
import type { Feed } from "../feeds.ts";
import type { FoundFile } from "./find.ts";
import { type Opened, openFile, readingText } from "./open.ts";
import { contentKey, type Progress, pathKey, progressOf, progressText } from "./progress.ts";
import type { Chunk, Place } from "./row-reader.ts";
import { type Survey, survey } from "./survey.ts";
import type { FileTools, TakeControl, Taken } from "./tools.ts";

// One file, from its first look to its last row. Rows and the progress over them commit together, chunk by chunk, each chunk's progress compared with
// what stands in the ledger: whoever reads beside us, or in our place after a crash, neither repeats a row nor skips one.

/**
 * Takes the rows of a file that is still.
 *
 * @throws what the ledger or the operating system says: it is tried again later.
 */
export async function takeFile(
  feed: Feed<FileDefinition>,
  file: FoundFile,
  tools: FileTools,
  control: TakeControl,
): Promise<Taken> {
  const key = pathKey(feed.name, file.path);
  const text = await tools.ledger.cursor(key);
  const stored = progressOf(text);
  const settings = settingsOf(feed, tools);
  const unchanged = stored?.bytes === file.bytes && stored.changedAtMs === file.changedAtMs;
  if (unchanged && stored.state === "done") return { kind: "done", hash: stored.hash };
  if (unchanged && stored.state === "stopped" && stored.settings === settings)
    return { kind: "stopped", why: stored.why ?? "" };
  // Not blocking: what was a file a moment ago may be a pipe now.
  const handle = await open(file.full, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    return await new Taking({ feed, file, tools, control, key, text, stored, settings, handle }).take();
  } finally {
    await handle.close();
  }
}

interface TakingParts {
  readonly feed: Feed<FileDefinition>;
  readonly file: FoundFile;
  readonly tools: FileTools;
  readonly control: TakeControl;
  readonly key: string;
  readonly text: string | undefined;
  readonly stored: Progress | undefined;
  readonly settings: string;
  readonly handle: FileHandle;
}

const firstRows = 100;
/** Below so many rows a share says nothing. */
const shareFrom = 100;
/** While so few of the rows break, a chunk is read while the one before it is being stored. */
const pipelinedShareMax = 0.01;

class Taking {
  readonly #parts: TakingParts;
  /** What stands in the ledger once all that was asked of it is done. */
  #text: string | undefined;
  #broken = 0;

  constructor(parts: TakingParts) {
    this.#parts = parts;
    this.#text = parts.text;
  }

  async take(): Promise<Taken> {
    const { feed, file, tools, control, stored, handle, settings } = this.#parts;
    const { world, emit } = tools;
    if (!(await this.#isSame())) return { kind: "changed" };
    const grown = stored?.state === "done" && stored.prefix !== undefined ? stored.whole.at : -1;
    const found = await survey(handle, grown);
    if (!(await this.#isSame())) return { kind: "changed" };
    const begun = stored?.hash === found.hash ? stored : undefined;
    if (begun?.state === "done") return this.#finish(begun, undefined);
    const { format } = feed.source;
    if (begun === undefined && (await tools.ledger.cursor(contentKey(feed.name, found.hash, format))) !== undefined)
      return this.#known(found);
    const continues = grown > 0 && stored?.prefix === found.prefix && canGrow(format.kind) ? stored : undefined;
    const from: Place | undefined = begun !== undefined && begun.rows > 0 ? begun : continues?.whole;
    this.#broken = begun?.broken ?? 0;
    const base: Base = {
      hash: found.hash,
      bytes: file.bytes,
      changedAtMs: file.changedAtMs,
      settings,
      prefix: undefined,
    };
    let opened: Opened;
    try {
      opened = await openFile(format, { handle, path: file.full, survey: found, from });
    } catch (error) {
      const { at, line, rows } = from ?? begin;
      return this.#stop(error, {
        ...base,
        at,
        line,
        rows,
        whole: { at, line, rows },
        reading: { format: format.kind },
      });
    }
    const beganMs = world.clock.monotonic();
    emit({
      event: "file.started",
      source: feed.name,
      file: file.path,
      bytes: file.bytes,
      reading: readingText(opened.reading),
      fromLine: from?.line,
    });
    try {
      const end = await this.#rows(opened, base, from ?? begin);
      if (end === undefined || control.isStopping()) return { kind: "left" };
      if (typeof end === "string") return { kind: "changed" };
      if (this.#tooBroken(end.rows)) return this.#stop(this.#brokenWhy(end.rows), end);
      return await this.#finish(end, Math.round(world.clock.monotonic() - beganMs));
    } catch (error) {
      if (error instanceof StopsHere) return this.#stop(error.why, error.progress);
      throw error;
    }
  }

  /** Whether the file is still the one that was found. */
  async #isSame(): Promise<boolean> {
    const { handle, file } = this.#parts;
    const now = await handle.stat();
    return now.isFile() && now.ino === file.inode && now.size === file.bytes && now.mtimeMs === file.changedAtMs;
  }

  /** Takes chunk after chunk; how far it came, or `undefined` when somebody else moved the progress. */
  async #rows({ reading, rows }: Opened, base: Base, from: Place): Promise<Reached | "changed" | undefined> {
    const { file, control } = this.#parts;
    const origin = JSON.stringify({ file: file.path, ...reading });
    let reached: Reached = {
      ...base,
      at: from.at,
      line: from.line,
      rows: from.rows,
      whole: { at: from.at, line: from.line, rows: from.rows },
      reading,
    };
    let source: Awaited<ReturnType<Opened["rows"]>>;
    try {
      source = await rows(origin);
    } catch (error) {
      throw new StopsHere(error, reached);
    }
    let before: Promise<boolean> | undefined;
    for (let limit = firstRows; ; limit = Number.POSITIVE_INFINITY) {
      let chunk: Chunk;
      try {
        chunk = await source.next(limit);
      } catch (error) {
        if ((await before) === false) return undefined;
        throw error instanceof WaybillError ? new StopsHere(error, reached) : error;
      }
      if (!(await this.#isSame())) {
        await before;
        return "changed";
      }
      reached = { ...base, at: chunk.at, line: chunk.line, rows: chunk.rows, whole: chunk.whole, reading };
      const taking = this.#commit(chunk, reached, before);
      if ((await before) === false) {
        await taking.catch(() => false);
        return undefined;
      }
      before = taking;
      const isPipelined = chunk.rows > firstRows && this.#broken <= pipelinedShareMax * chunk.rows;
      if (!isPipelined || chunk.last || control.isStopping()) {
        if ((await before) === false) return undefined;
        before = undefined;
      }
      const { at: bytesRead, rows: count } = chunk;
      control.onProgress({
        file: file.path,
        bytes: file.bytes,
        bytesRead: Math.min(bytesRead, file.bytes),
        rows: count,
        fromRows: from.rows,
        broken: this.#broken,
      });
      if (chunk.last || control.isStopping()) return reached;
      if (this.#tooBroken(chunk.rows)) throw new StopsHere(this.#brokenWhy(chunk.rows), reached);
    }
  }

  /** Stores a chunk with the progress over it; false when the progress stood elsewhere. */
  async #commit(chunk: Chunk, reached: Reached, before: Promise<boolean> | undefined): Promise<boolean> {
    const { feed, tools, key } = this.#parts;
    const to = this.#progress("reading", reached, undefined);
    const cursor: CursorMove = { source: key, from: this.#text, to, atMs: tools.world.clock.now() };
    this.#text = to;
    let taken = await tools.intake.take(feed, chunk.items, { cursor });
    // The one before it took longer than it should have, and came to its end only now.
    if (taken.kind === "cursor-moved" && before !== undefined && (await before))
      taken = await tools.intake.take(feed, chunk.items, { cursor });
    if (taken.kind === "cursor-moved") return false;
    for (const ofItem of taken.items) if (ofItem.every(({ state }) => state === "quarantined")) this.#broken++;
    return true;
  }

  #progress(state: Progress["state"], reached: Reached, why: string | undefined): string {
    return progressText({ ...reached, state, broken: this.#broken, why });
  }

  #tooBroken(rows: number): boolean {
    const { brokenAtMost } = this.#parts.feed.source;
    if ("rows" in brokenAtMost) return this.#broken > brokenAtMost.rows;
    return rows >= shareFrom && this.#broken > brokenAtMost.share * rows;
  }

  #brokenWhy(rows: number): WaybillError {
    const { brokenAtMost } = this.#parts.feed.source;
    const most = "rows" in brokenAtMost ? `${brokenAtMost.rows}` : `${brokenAtMost.share * 100}%`;
    return new WaybillError(
      "unreadable",
      `${this.#broken} of its first ${rows} rows break the format or the contract, and at most ${most} may (brokenAtMost).`,
      "waybill quarantine ls shows why. Correct the definition, or have the file sent again; reading goes on where it stopped.",
    );
  }

  /** The same content was read before, under another name. */
  async #known(found: Survey): Promise<Taken> {
    const { feed, file, tools, settings } = this.#parts;
    const place = { at: found.bytes, line: 1, rows: 0 };
    const reached: Reached = {
      hash: found.hash,
      bytes: file.bytes,
      changedAtMs: file.changedAtMs,
      settings,
      prefix: undefined,
      ...place,
      whole: place,
      reading: { format: feed.source.format.kind },
    };
    tools.emit({ event: "file.known", source: feed.name, file: file.path });
    return this.#finish(reached, undefined);
  }

  /** All rows are taken: the path and the content are marked as read. */
  async #finish(end: Reached, durationMs: number | undefined): Promise<Taken> {
    const { feed, file, tools } = this.#parts;
    const { hash } = end;
    const prefix = await this.#prefixOf(end);
    const done = { ...end, bytes: file.bytes, changedAtMs: file.changedAtMs, prefix };
    if (!(await this.#write("done", done, undefined))) return { kind: "left" };
    const atMs = tools.world.clock.now();
    const source = contentKey(feed.name, hash, feed.source.format);
    await tools.ledger.setCursor({ source, from: undefined, to: JSON.stringify(file.path), atMs, force: true });
    if (durationMs !== undefined)
      tools.emit({
        event: "file.done",
        source: feed.name,
        file: file.path,
        rows: end.rows,
        broken: this.#broken,
        durationMs,
      });
    return { kind: "done", hash };
  }

  /** Of what is closed by a line end: whether a file that has grown begins with it is told by this. */
  async #prefixOf({ whole, hash, reading }: Reached): Promise<string | undefined> {
    const { file, handle, feed } = this.#parts;
    if (feed.source.after !== "keep" || !canGrow(reading.format) || reading.encoding?.startsWith("utf-16"))
      return undefined;
    if (whole.at === file.bytes) return hash;
    return (await survey(handle, whole.at)).prefix;
  }

  async #stop(error: unknown, reached: Reached): Promise<Taken> {
    const { feed, file, tools } = this.#parts;
    const why = said(error);
    const hint = error instanceof WaybillError ? error.hint : undefined;
    await this.#write("stopped", reached, hint === undefined ? why : `${why} ${hint}`);
    tools.emit({ event: "file.stopped", source: feed.name, file: file.path, why, hint, line: reached.line });
    return { kind: "stopped", why };
  }

  async #write(state: "done" | "stopped", reached: Reached, why: string | undefined): Promise<boolean> {
    const { tools, key } = this.#parts;
    const to = this.#progress(state, reached, why);
    const atMs = tools.world.clock.now();
    const moved = await tools.ledger.setCursor({ source: key, from: this.#text, to, atMs, force: false });
    if (moved) this.#text = to;
    return moved;
  }
}

type Reached = Omit<Progress, "state" | "broken" | "why">;
type Base = Omit<Reached, "at" | "line" | "rows" | "whole" | "reading">;

const begin: Place = { at: 0, line: 1, rows: 0 };

/** Reading cannot go on, and a person is needed. */
class StopsHere extends Error {
  readonly why: unknown;
  readonly progress: Reached;
  constructor(why: unknown, progress: Reached) {
    super(said(why));
    this.why = why;
    this.progress = progress;
  }
}

/** What is appended to such a file are further rows. */
function canGrow(format: string): boolean {
  return format === "csv" || format === "jsonl" || format === "fixedWidth";
}

function settingsOf(feed: Feed<FileDefinition>, { contracts }: FileTools): string {
  const { format, brokenAtMost } = feed.source;
  return hex(digest(JSON.stringify([format, brokenAtMost, contracts(feed)])));
}
