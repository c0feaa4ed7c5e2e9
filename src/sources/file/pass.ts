import { stat } from "node:fs/promises";
import type { FileDefinition } from "../../define/source.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Feed } from "../feeds.ts";
import { codeOf, type FoundFile, faultText, findFiles, markerOf, type Problem } from "./find.ts";
import { putAway } from "./finish.ts";
import { takeFile } from "./take.ts";
import type { FileTools, TakeControl } from "./tools.ts";

/** What one look at a source's files came to. */
export interface Pass {
  /** Files that may still be written to, or whose marker is not there. */
  readonly waiting: number;
  /** Files that wait for a person. */
  readonly stopped: number;
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
    this.#tell(problems);
    let waiting = 0;
    for (const file of files) {
      if (control.isStopping()) break;
      const seen = this.#look(file);
      if (seen.settled) continue;
      if (await this.#isReady(file, seen)) {
        if (!(await this.#take(file, seen, control))) waiting++;
      } else waiting++;
    }
    return { waiting, stopped: this.#stopped.size + problems.length };
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

  async #isReady(file: FoundFile, { sinceMs }: Seen): Promise<boolean> {
    const { ready, settleMs } = this.#feed.source;
    // An upload begins with an empty file.
    if (file.bytes === 0) return false;
    if (ready === undefined) return this.#tools.world.clock.monotonic() - sinceMs >= settleMs;
    try {
      return (await stat(markerOf(file, ready))).isFile();
    } catch {
      return false;
    }
  }

  /** False when it has to be looked at again. */
  async #take(file: FoundFile, seen: Seen, control: TakeControl): Promise<boolean> {
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
      if (seen.settled) this.#told.delete(file.path);
      return seen.settled;
    } catch (error) {
      if (error instanceof WaybillError || codeOf(error) === "") throw error;
      this.#tell([{ path: file.path, why: faultText(error) }]);
      return false;
    }
  }

  async #putAway(source: FileDefinition, file: FoundFile, hash: string): Promise<void> {
    const to = await putAway(source, file, hash, this.#tools.folder);
    if (to !== undefined) this.#tools.emit({ event: "file.archived", source: this.#feed.name, file: file.path, to });
  }

  #tell(problems: readonly Problem[]): void {
    for (const { path, why } of problems) {
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
