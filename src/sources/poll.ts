import type { Definition } from "../define/integration.ts";
import type { PollDefinition } from "../define/source.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { TenantRef } from "../systems/tenant-ref.ts";
import { fired, sleep } from "../world/clock.ts";
import type { Exhaustible, ReadProgress } from "./exhaust.ts";
import { cursorName, type Feed, pollFeeds } from "./feeds.ts";
import { type PollTools, runPoll } from "./poll-run.ts";
import type { RunDeadline } from "./run-deadline.ts";
import { nextRunMs, scheduleText } from "./schedule.ts";
import { type Seat, Seats } from "./seats.ts";

/** What is known of one poll source now. */
export interface PollStatus {
  readonly source: string;
  readonly integrations: readonly string[];
  /** `every 5m`, `cron 0 6 * * * (UTC)`. */
  readonly schedule: string;
  readonly running: boolean;
  readonly lastRunAtMs: number | undefined;
  readonly nextRunAtMs: number | undefined;
  /** Of the last run, if it failed. */
  readonly lastError: string | undefined;
  /** Runs that failed since the last one that did not. */
  readonly failures: number;
  /** JSON, as far as it was read by this process. */
  readonly cursor: string | undefined;
}

export interface Polls {
  status(): readonly PollStatus[];
  readonly sources: readonly Exhaustible[];
  /** Takes no new page, waits for those under way for at most `graceMs` (5 s), and ends them. What is being stored is stored. */
  stop(graceMs?: number): Promise<void>;
}

export interface PollParts extends PollTools {
  readonly integrations: ReadonlyMap<string, { readonly definition: Definition }>;
  /** Only what feeds this integration, and only when it is asked for. */
  readonly only?: string | undefined;
}

/** Somebody who waits for a run to end. */
interface Asker {
  readonly onProgress: (progress: ReadProgress) => void;
  readonly resolve: (left: readonly string[]) => void;
  readonly reject: (why: unknown) => void;
}

const graceMsDefault = 5_000;
/** How often a source that another worker reads is looked after. */
const idleMs = 1_000;
const firstPauseMs = 1_000;
const longestPauseMs = 900_000;

function isStopping(): WaybillError {
  return new WaybillError("revoked", "Waybill is stopping.");
}

/** So many tenants of one poll are asked at once. */
const atOnceMax = 16;
/** The first runs of many tenants begin so far apart, as long as all begin within the time of one interval. */
const apartMs = 25;

/**
 * Reads every poll source on its schedule until it is stopped, each one run at a time. Runs that were missed while nothing ran are made up for by one.
 *
 * @throws {WaybillError} `bad-definition` when two polls would share a cursor.
 */
export function startPolls({ integrations, only, ...tools }: PollParts): Polls {
  const feeds = pollFeeds([...integrations.values()].map(({ definition }) => definition));
  const wanted = feeds.filter((feed) => only === undefined || feed.integrations.some(({ name }) => name === only));
  const scheduled = only === undefined;
  const whole = wanted.filter(({ source }) => source.per === undefined).map((feed) => new Poll(feed, tools));
  const perTenant = wanted
    .filter(({ source }) => source.per !== undefined)
    .map((feed) => new PollPerTenant(feed, tools, scheduled));
  for (const poll of whole) poll.start(scheduled);
  const polls = (): readonly Poll[] => [...whole, ...perTenant.flatMap((one) => one.polls)];
  return {
    status: () => polls().map((poll) => poll.status),
    get sources() {
      return polls();
    },
    async stop(graceMs = graceMsDefault) {
      for (const one of perTenant) one.close();
      await Promise.all(polls().map((poll) => poll.stop(graceMs)));
    },
  };
}

/** One poll for each tenant who is there, with a cursor of its own. Who is no longer there is asked for nothing. */
class PollPerTenant {
  readonly #feed: Feed<PollDefinition>;
  readonly #tools: PollTools;
  readonly #scheduled: boolean;
  readonly #seats = new Seats(atOnceMax);
  readonly #polls = new Map<string, Poll>();
  #closed = false;

  constructor(feed: Feed<PollDefinition>, tools: PollTools, scheduled: boolean) {
    this.#feed = feed;
    this.#tools = tools;
    this.#scheduled = scheduled;
    tools.tenants?.onChange(() => this.#follow());
    this.#follow();
  }

  get polls(): readonly Poll[] {
    return [...this.#polls.values()];
  }

  close(): void {
    this.#closed = true;
  }

  #follow(): void {
    const of = this.#feed.source.per?.name ?? "";
    // A list that was not read yet calls again when it is.
    const ids = this.#tools.tenants?.idsNow(of);
    if (ids === undefined || this.#closed) return;
    const there = new Set(ids);
    for (const [id, poll] of this.#polls) {
      if (there.has(id)) continue;
      this.#polls.delete(id);
      void poll.stop(graceMsDefault);
    }
    const fresh = ids.filter((id) => !this.#polls.has(id));
    for (const [index, id] of fresh.entries()) this.#begin({ of, id }, index / fresh.length, fresh.length * apartMs);
  }

  #begin(tenant: TenantRef, place: number, withinMs: number): void {
    const poll = new Poll({ ...this.#feed, tenant }, this.#tools, this.#seats, Math.round(place * withinMs));
    this.#polls.set(tenant.id, poll);
    poll.start(this.#scheduled);
  }
}

/** One source: sleeps until it is due, runs, and after a failure comes again sooner than its schedule says. */
class Poll implements Exhaustible {
  readonly #name: string;
  readonly #seats: Seats | undefined;
  readonly #startMs: number;
  #seat: Seat | undefined;
  readonly #feed: Feed<PollDefinition>;
  readonly #tools: PollTools;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #deadline: RunDeadline | undefined;
  #status: PollStatus;
  #askers: Asker[] = [];
  #wake = new AbortController();

  /** @param startMs how long after the others of its kind it begins. */
  constructor(feed: Feed<PollDefinition>, tools: PollTools, seats?: Seats, startMs = 0) {
    this.#feed = feed;
    this.#name = cursorName(feed);
    this.#tools = tools;
    this.#seats = seats;
    this.#startMs = startMs;
    this.#status = {
      source: this.#name,
      integrations: feed.integrations.map(({ name }) => name),
      schedule: scheduleText(feed.source.schedule),
      running: false,
      lastRunAtMs: undefined,
      nextRunAtMs: undefined,
      lastError: undefined,
      failures: 0,
      cursor: undefined,
    };
  }

  get status(): PollStatus {
    return this.#status;
  }

  get name(): string {
    return this.#name;
  }

  get tenant(): string | undefined {
    return this.#feed.tenant?.id;
  }

  get integrations(): readonly string[] {
    return this.#status.integrations;
  }

  get running(): boolean {
    return this.#status.running;
  }

  start(scheduled: boolean): void {
    // Of hundreds of tenants, one line says as much.
    if (scheduled && (this.#feed.tenant === undefined || this.#startMs === 0))
      this.#tools.emit({ event: "source.started", source: this.#name, what: this.#status.schedule });
    this.#loop = this.#keepRunning(scheduled);
  }

  readOut(onProgress: (progress: ReadProgress) => void): Promise<readonly string[]> {
    if (this.#stopped.signal.aborted) return Promise.reject(isStopping());
    return new Promise((resolve, reject) => {
      this.#askers.push({ onProgress, resolve, reject });
      this.#wake.abort();
    });
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopped.abort();
    this.#wake.abort();
    if (!this.#status.running) this.#seat?.end();
    const { clock } = this.#tools.world;
    const cancel = clock.after(graceMs, () =>
      this.#deadline?.end(new WaybillError("revoked", "Waybill is stopping.", "Stop when the signal fires.")),
    );
    await this.#loop;
    cancel();
    for (const { reject } of this.#askers.splice(0)) reject(isStopping());
  }

  async #keepRunning(scheduled: boolean): Promise<void> {
    const { clock } = this.#tools.world;
    const { signal } = this.#stopped;
    let dueMs = scheduled ? await this.#firstRunMs() : undefined;
    while (!signal.aborted) {
      this.#note({ nextRunAtMs: dueMs });
      if (this.#askers.length === 0) {
        this.#wake = new AbortController();
        const woken = this.#wake.signal;
        await (dueMs === undefined ? fired(woken) : sleep(clock, Math.max(0, dueMs - clock.now()), woken));
      }
      if (signal.aborted) return;
      if (this.#askers.length === 0 && !this.#tools.ledger.isSteward()) {
        // Another one reads it. Should that one be gone, this one is due at once.
        dueMs = clock.now() + idleMs;
        continue;
      }
      const nextMs = await this.#runFor(this.#askers.splice(0));
      dueMs = scheduled ? nextMs : undefined;
    }
  }

  /** Runs once, and tells those who asked for it how it went. Answers when to run again. */
  async #runFor(askers: readonly Asker[]): Promise<number | undefined> {
    let records = 0;
    let pages = 0;
    const nextMs = await this.#run((count) => {
      records += count;
      pages += 1;
      for (const { onProgress } of askers) onProgress({ records, at: `page ${pages}` });
    });
    const { lastError } = this.#status;
    for (const { resolve, reject } of askers) {
      if (lastError !== undefined) reject(new WaybillError("unavailable", lastError));
      else if (this.#stopped.signal.aborted) reject(isStopping());
      else resolve([]);
    }
    return nextMs;
  }

  /** Runs once, and answers when to run again. */
  async #run(onPage: (records: number) => void): Promise<number | undefined> {
    const { world, emit } = this.#tools;
    const { schedule } = this.#feed.source;
    const seat = this.#seats?.seat();
    this.#seat = seat;
    await seat?.sit();
    if (this.#stopped.signal.aborted) {
      seat?.end();
      return undefined;
    }
    const beganMs = world.clock.now();
    const fromMs = world.clock.monotonic();
    let records = 0;
    this.#note({ running: true, lastRunAtMs: beganMs });
    try {
      const { cursor } = await runPoll(
        this.#feed,
        this.#tools,
        () => this.#stopped.signal.aborted,
        (deadline) => {
          this.#deadline = deadline;
        },
        (count) => {
          records += count;
          onPage(count);
        },
        seat,
      );
      this.#note({ lastError: undefined, failures: 0, cursor });
      await this.#rememberRun(beganMs);
      const durationMs = Math.round(world.clock.monotonic() - fromMs);
      emit({ event: "source.done", source: this.#name, records, durationMs });
      return nextRunMs(schedule, beganMs);
    } catch (error) {
      const failures = this.#status.failures + 1;
      const ceilingMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 20));
      // Half of it certain, half by chance: sources that failed together do not come back together.
      const againMs = world.clock.now() + Math.round(ceilingMs * (0.5 + world.random.next() / 2));
      const regularMs = nextRunMs(schedule, world.clock.now());
      const nextAtMs =
        regularMs === undefined ? againMs : Math.min(againMs, Math.max(regularMs, world.clock.now() + firstPauseMs));
      this.#note({ lastError: said(error), failures });
      if (!this.#stopped.signal.aborted)
        emit({ event: "source.failed", source: this.#name, why: said(error), nextAtMs });
      return nextAtMs;
    } finally {
      seat?.end();
      this.#deadline = undefined;
      this.#note({ running: false });
    }
  }

  /** An interval begins now. A cron time that passed while nothing ran is made up for now, once. */
  async #firstRunMs(): Promise<number | undefined> {
    const { ledger, world } = this.#tools;
    const { schedule } = this.#feed.source;
    const nowMs = world.clock.now();
    if ("everyMs" in schedule) return nowMs + Math.min(this.#startMs, schedule.everyMs);
    try {
      const last = await ledger.cursor(this.#runsName);
      return nextRunMs(schedule, last === undefined ? nowMs : Number(last));
    } catch {
      // The run itself will say what is wrong with the ledger.
      return nowMs;
    }
  }

  /** When a cron source last ran is kept beside its cursor: only that tells whether a time was missed. */
  async #rememberRun(beganMs: number): Promise<void> {
    if ("everyMs" in this.#feed.source.schedule) return;
    const move = { source: this.#runsName, from: undefined, to: String(beganMs), atMs: beganMs, force: true };
    await this.#tools.ledger.setCursor(move);
  }

  get #runsName(): string {
    return `runs:${this.#name}`;
  }

  #note(change: Partial<PollStatus>): void {
    this.#status = { ...this.#status, ...change };
  }
}
