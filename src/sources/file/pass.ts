import { stat } from "node:fs/promises";
import type { FileDefinition } from "../../define/source.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Feed } from "../feeds.ts";
import { codeOf, type FoundFile, faultText, findFiles, markerOf } from "./find.ts";
import { putAway } from "./finish.ts";
import { takeFile } from "./take.ts";
import type { FileTools, TakeControl } from "./tools.ts";

/** What one look at a source's files came to. */
export interface Pass {
  /** Files that are not still yet, have no marker, or could not be read to their end this time. */
  readonly waiting: number;
  /** What a person has to look at: files that stopped, and what stands in the way of others. */
  readonly problems: readonly string[];
}

interface Seen {
  readonly bytes: number;
  readonly changedAtMs: number;
  readonly inode: number;
  readonly sinceMs: number;
  /** Nothing more is to be done about it while it stays as it is. */
  settled: boolean;
}

/** Looks at the files of one source, again and again: which are still, which are read, and what stands in the way. */
export class FilePasses {
  readonly #feed: Feed<FileDefinition>;
  readonly #tools: FileTools;
  readonly #seen = new Map<string, Seen>();
  /** What was told once is told again only when it changes. */
  readonly #told = new Map<string, string>();
  readonly #stopped = new Map<string, string>();

  constructor(feed: Feed<FileDefinition>, tools: FileTools) {
    this.#feed = feed;
    this.#tools = tools;
  }

  get stopped(): readonly { readonly file: string; readonly why: string }[] {
    return [...this.#stopped].map(([file, why]) => ({ file, why }));
  }

  /**
   * Takes every file that is still, one after the other.
   *
   * @throws what the ledger says; what is wrong with one file is told, and the others are taken.
   */
  async pass(control: TakeControl): Promise<Pass> {
    const { files, problems } = await findFiles(this.#feed.source, this.#tools.folder);
    this.#forget(files);
    const found = new Map(problems.map(({ path, why }) => [path, why]));
    let waiting = 0;
    for (const file of files) {
      if (control.isStopping()) break;
      const seen = this.#look(file);
      if (seen.settled) continue;
      const readiness = await this.#readiness(file, seen);
      const why = readiness === "ready" ? await this.#take(file, seen, control) : undefined;
      if (why !== undefined) found.set(file.path, why);
      if (!seen.settled) waiting++;
    }
    this.#tell(found);
    const told = [...found, ...this.#stopped];
    return { waiting, problems: told.map(([path, why]) => `${path}: ${why}`) };
  }

  /** When it was first seen as it is now. */
  #look({ path, bytes, changedAtMs, inode }: FoundFile): Seen {
    const known = this.#seen.get(path);
    if (known?.bytes === bytes && known.changedAtMs === changedAtMs && known.inode === inode) return known;
    const seen = { bytes, changedAtMs, inode, sinceMs: this.#tools.world.clock.monotonic(), settled: false };
    this.#seen.set(path, seen);
    this.#stopped.delete(path);
    return seen;
  }

  /** Whether it is complete: nobody knows when, or whether, a marker comes. */
  async #readiness(file: FoundFile, { sinceMs }: Seen): Promise<"ready" | "settling" | "unmarked"> {
    const { ready, settleMs } = this.#feed.source;
    // An upload begins with an empty file.
    if (file.bytes === 0) return "unmarked";
    if (ready === undefined) return this.#tools.world.clock.monotonic() - sinceMs >= settleMs ? "ready" : "settling";
    try {
      return (await stat(markerOf(file, ready))).isFile() ? "ready" : "unmarked";
    } catch {
      return "unmarked";
    }
  }

  /** Why the operating system does not let it be read; undefined otherwise. */
  async #take(file: FoundFile, seen: Seen, control: TakeControl): Promise<string | undefined> {
    const { source } = this.#feed;
    try {
      const taken = await takeFile(this.#feed, file, this.#tools, control);
      if (taken.kind === "stopped") this.#stopped.set(file.path, taken.why);
      if (taken.kind === "done") await this.#putAway(source, file, taken.hash);
      seen.settled = taken.kind === "done" || taken.kind === "stopped";
      if (taken.kind === "changed") {
        this.#seen.delete(file.path);
        this.#tools.emit({ event: "file.changed", source: this.#feed.name, file: file.path });
      }
      return undefined;
    } catch (error) {
      if (error instanceof WaybillError || codeOf(error) === "") throw error;
      return faultText(error);
    }
  }

  async #putAway(source: FileDefinition, file: FoundFile, hash: string): Promise<void> {
    const to = await putAway(source, file, hash, this.#tools.folder);
    if (to !== undefined) this.#tools.emit({ event: "file.archived", source: this.#feed.name, file: file.path, to });
  }

  #tell(problems: ReadonlyMap<string, string>): void {
    for (const path of this.#told.keys()) if (!problems.has(path)) this.#told.delete(path);
    for (const [path, why] of problems) {
      if (this.#told.get(path) === why) continue;
      this.#told.set(path, why);
      this.#tools.emit({ event: "file.unreadable", source: this.#feed.name, file: path, why });
    }
  }

  /** What is gone is forgotten: whoever comes under its name is looked at anew. */
  #forget(files: readonly FoundFile[]): void {
    const there = new Set(files.map(({ path }) => path));
    for (const path of this.#seen.keys()) {
      if (there.has(path)) continue;
      this.#seen.delete(path);
      this.#stopped.delete(path);
    }
  }
}
