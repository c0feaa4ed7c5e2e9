import type { Definition } from "../define/integration.ts";
import type { FileDefinition } from "../define/source.ts";
import { said, WaybillError } from "../model/errors.ts";
import { fired, sleep } from "../world/clock.ts";
import type { World } from "../world/transport.ts";
import type { Exhaustible, ReadProgress } from "./exhaust.ts";
import { type Feed, fileFeeds } from "./feeds.ts";
import { FilePasses, type Pass } from "./file/pass.ts";
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
  readonly sources: readonly Exhaustible[];
  /** Takes no further rows, and resolves when those under way are stored. */
  stop(): Promise<void>;
}

export interface FileParts extends Omit<FileTools, "contracts" | "world"> {
  readonly integrations: ReadonlyMap<string, { readonly definition: Definition; readonly release: string }>;
  readonly world: Pick<World, "clock" | "random">;
  /** Only what feeds this integration, and only when it is asked for. */
  readonly only?: string | undefined;
}

/** Somebody who waits for everything that is there to be read. */
interface Asker {
  readonly onProgress: (progress: ReadProgress) => void;
  readonly resolve: (left: readonly string[]) => void;
  readonly reject: (why: unknown) => void;
  /** When something happened last, or it was asked. */
  stirredMs: number;
  /** Rows of the files that it has seen being read. */
  readonly rows: Map<string, number>;
}

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Reads every file source until it is stopped, each one file at a time. */
export function startFiles(parts: FileParts): Files {
  const { only } = parts;
  const sources = fileFeeds([...parts.integrations.values()].map(({ definition }) => definition))
    .filter((feed) => only === undefined || feed.integrations.some(({ name }) => name === only))
    .map((feed) => new Watching(feed, parts));
  for (const source of sources) source.start(only === undefined);
  return {
    status: () => sources.map(({ status }) => status),
    sources,
    async stop() {
      await Promise.all(sources.map((source) => source.stop()));
    },
  };
}

function isStopping(): WaybillError {
  return new WaybillError("revoked", "Waybill is stopping.");
}

/** What a person has to look at. */
function leftOver(waiting: number, problems: readonly string[]): readonly string[] {
  if (waiting === 0) return problems;
  const files = waiting === 1 ? "1 file is" : `${waiting} files are`;
  return [...problems, `${files} not ready: empty, still written to, unreadable, or without a marker`];
}

/** Names the contracts of what a feed brings: the releases of its integrations. */
export function contractsIn(integrations: FileParts["integrations"]): FileTools["contracts"] {
  return (feed) => feed.integrations.map(({ name }) => `${name}@${integrations.get(name)?.release ?? ""}`).join(" ");
}

/** One source: looks, takes what is still, and looks again. */
/** How often it is looked after whether another worker still reads it. */
const idleMs = 1_000;

class Watching implements Exhaustible {
  readonly #feed: Feed<FileDefinition>;
  readonly #parts: FileParts;
  readonly #passes: FilePasses;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #reading: FileProgress | undefined;
  #lastError: string | undefined;
  #failures = 0;
  #askers: Asker[] = [];
  #wake = new AbortController();

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

  get name(): string {
    return this.#feed.name;
  }

  get integrations(): readonly string[] {
    return this.#feed.integrations.map(({ name }) => name);
  }

  get running(): boolean {
    return this.#reading !== undefined;
  }

  start(scheduled: boolean): void {
    const { glob } = this.#feed.source;
    if (scheduled) this.#parts.emit({ event: "source.started", source: this.#feed.name, what: `looks for ${glob}` });
    this.#loop = this.#keepLooking(scheduled);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.abort();
    await this.#loop;
    for (const { reject } of this.#askers.splice(0)) reject(isStopping());
  }

  readOut(onProgress: (progress: ReadProgress) => void): Promise<readonly string[]> {
    if (this.#stopped.signal.aborted) return Promise.reject(isStopping());
    return new Promise((resolve, reject) => {
      const stirredMs = this.#parts.world.clock.monotonic();
      this.#askers.push({ onProgress, resolve, reject, stirredMs, rows: new Map() });
      this.#wake.abort();
    });
  }

  async #keepLooking(scheduled: boolean): Promise<void> {
    const { signal } = this.#stopped;
    const { clock } = this.#parts.world;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const woken = this.#wake.signal;
      if (!scheduled && this.#askers.length === 0) await fired(woken);
      if (signal.aborted) return;
      const mine = this.#askers.length > 0 || this.#parts.ledger.isSteward();
      await sleep(clock, mine ? await this.#look() : idleMs, woken);
    }
  }

  /** Tells whoever waits how far the file under way is. */
  #tellAskers({ file, bytes, bytesRead, rows }: FileProgress): void {
    for (const asker of this.#askers) {
      asker.stirredMs = this.#parts.world.clock.monotonic();
      asker.rows.set(file, rows);
      const records = [...asker.rows.values()].reduce((sum, some) => sum + some, 0);
      asker.onProgress({ records, at: file, share: bytes === 0 ? 1 : bytesRead / bytes });
    }
  }

  /** After a look: those who asked before it are done, unless a file may still become still. */
  #answer(askers: readonly Asker[], { waiting, problems }: Pass): void {
    const { settleMs, everyMs } = this.#feed.source;
    const patienceMs = settleMs + 2 * everyMs + 1_000;
    const nowMs = this.#parts.world.clock.monotonic();
    for (const asker of askers) {
      if (waiting > 0 && nowMs - asker.stirredMs < patienceMs) continue;
      this.#askers = this.#askers.filter((one) => one !== asker);
      asker.resolve(leftOver(waiting, problems));
    }
  }

  /** Looks once, and answers how long to wait before the next time. */
  async #look(): Promise<number> {
    const { world, emit } = this.#parts;
    const askedBefore = [...this.#askers];
    const fromMs = world.clock.monotonic();
    try {
      const pass = await this.#passes.pass({
        isStopping: () => this.#stopped.signal.aborted,
        onProgress: (progress) => {
          this.#reading = progress;
          this.#tellAskers(progress);
        },
      });
      this.#lastError = undefined;
      this.#failures = 0;
      const durationMs = Math.round(world.clock.monotonic() - fromMs);
      emit({ event: "source.done", source: this.#feed.name, records: undefined, durationMs });
      this.#answer(askedBefore, pass);
      return this.#feed.source.everyMs;
    } catch (error) {
      this.#failures++;
      this.#lastError = said(error);
      for (const { reject } of this.#askers.splice(0)) reject(error);
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
