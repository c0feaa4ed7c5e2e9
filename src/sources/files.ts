import type { Definition } from "../define/integration.ts";
import type { FileDefinition } from "../define/source.ts";
import { said } from "../model/errors.ts";
import { sleep } from "../world/clock.ts";
import type { World } from "../world/transport.ts";
import { type Feed, fileFeeds } from "./feeds.ts";
import { FilePasses } from "./file/pass.ts";
import type { FileProgress, FileTools } from "./file/tools.ts";

/** What is known of one file source now. */
export interface FileStatus {
  readonly source: string;
  readonly integrations: readonly string[];
  /** The file under way. */
  readonly reading: FileProgress | undefined;
  /** Files that wait for a person, with the reason. */
  readonly stopped: readonly { readonly file: string; readonly why: string }[];
  /** Of the last look, if it failed. */
  readonly lastError: string | undefined;
}

export interface Files {
  status(): readonly FileStatus[];
  /** Takes no further rows, and resolves when those under way are stored. */
  stop(): Promise<void>;
}

export interface FileParts extends Omit<FileTools, "contracts" | "world"> {
  readonly integrations: ReadonlyMap<string, { readonly definition: Definition; readonly release: string }>;
  readonly world: Pick<World, "clock" | "random">;
}

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Reads every file source until it is stopped, each one file at a time. */
export function startFiles(parts: FileParts): Files {
  const sources = fileFeeds([...parts.integrations.values()].map(({ definition }) => definition)).map(
    (feed) => new Watching(feed, parts),
  );
  for (const source of sources) source.start();
  return {
    status: () => sources.map(({ status }) => status),
    async stop() {
      await Promise.all(sources.map((source) => source.stop()));
    },
  };
}

/** Names the contracts of what a feed brings: the releases of its integrations. */
export function contractsIn(integrations: FileParts["integrations"]): FileTools["contracts"] {
  return (feed) => feed.integrations.map(({ name }) => `${name}@${integrations.get(name)?.release ?? ""}`).join(" ");
}

/** One source: looks, takes what is still, and looks again. */
class Watching {
  readonly #feed: Feed<FileDefinition>;
  readonly #parts: FileParts;
  readonly #passes: FilePasses;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #reading: FileProgress | undefined;
  #lastError: string | undefined;
  #failures = 0;

  constructor(feed: Feed<FileDefinition>, parts: FileParts) {
    this.#feed = feed;
    this.#parts = parts;
    this.#passes = new FilePasses(feed, { ...parts, contracts: contractsIn(parts.integrations) });
  }

  get status(): FileStatus {
    return {
      source: this.#feed.name,
      integrations: this.#feed.integrations.map(({ name }) => name),
      reading: this.#reading,
      stopped: this.#passes.stopped,
      lastError: this.#lastError,
    };
  }

  start(): void {
    const { glob } = this.#feed.source;
    this.#parts.emit({ event: "source.started", source: this.#feed.name, what: `looks for ${glob}` });
    this.#loop = this.#keepLooking();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stopped;
    const { clock } = this.#parts.world;
    while (!signal.aborted) await sleep(clock, await this.#look(), signal);
  }

  /** Looks once, and answers how long to wait before the next time. */
  async #look(): Promise<number> {
    const { world, emit } = this.#parts;
    try {
      await this.#passes.pass({
        isStopping: () => this.#stopped.signal.aborted,
        onProgress: (progress) => {
          this.#reading = progress;
        },
      });
      this.#lastError = undefined;
      this.#failures = 0;
      return this.#feed.source.everyMs;
    } catch (error) {
      this.#failures++;
      this.#lastError = said(error);
      const ceilingMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures - 1, 20));
      const pauseMs = Math.round(ceilingMs * (0.5 + world.random.next() / 2));
      if (!this.#stopped.signal.aborted)
        emit({
          event: "source.failed",
          source: this.#feed.name,
          why: said(error),
          nextAtMs: world.clock.now() + pauseMs,
        });
      return pauseMs;
    } finally {
      this.#reading = undefined;
    }
  }
}
