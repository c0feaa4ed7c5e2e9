import type { Definition } from "../define/integration.ts";
import type { PollDefinition } from "../define/source.ts";
import { said, WaybillError } from "../model/errors.ts";
import { sleep } from "../world/clock.ts";
import { type Feed, pollFeeds } from "./feeds.ts";
import { type PollTools, runPoll } from "./poll-run.ts";
import type { RunDeadline } from "./run-deadline.ts";
import { nextRunMs, scheduleText } from "./schedule.ts";

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
  /** Takes no new page, waits for those under way for at most `graceMs` (5 s), and ends them. What is being stored is stored. */
  stop(graceMs?: number): Promise<void>;
}

export interface PollParts extends PollTools {
  readonly integrations: ReadonlyMap<string, { readonly definition: Definition }>;
}

const graceMsDefault = 5_000;
const firstPauseMs = 1_000;
const longestPauseMs = 900_000;

/**
 * Reads every poll source on its schedule until it is stopped, each one run at a time. Runs that were missed while nothing ran are made up for by one.
 *
 * @throws {WaybillError} `bad-definition` when two polls would share a cursor.
 */
export function startPolls({ integrations, ...tools }: PollParts): Polls {
  const feeds = pollFeeds([...integrations.values()].map(({ definition }) => definition));
  const polls = feeds.map((feed) => new Poll(feed, tools));
  for (const poll of polls) poll.start();
  return {
    status: () => polls.map((poll) => poll.status),
    async stop(graceMs = graceMsDefault) {
      await Promise.all(polls.map((poll) => poll.stop(graceMs)));
    },
  };
}

/** One source: sleeps until it is due, runs, and after a failure comes again sooner than its schedule says. */
class Poll {
  readonly #feed: Feed<PollDefinition>;
  readonly #tools: PollTools;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #deadline: RunDeadline | undefined;
  #status: PollStatus;

  constructor(feed: Feed<PollDefinition>, tools: PollTools) {
    this.#feed = feed;
    this.#tools = tools;
    this.#status = {
      source: feed.name,
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

  start(): void {
    this.#tools.emit({ event: "source.started", source: this.#feed.name, what: this.#status.schedule });
    this.#loop = this.#keepRunning();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopped.abort();
    const { clock } = this.#tools.world;
    const cancel = clock.after(graceMs, () =>
      this.#deadline?.end(new WaybillError("revoked", "Waybill is stopping.", "Stop when the signal fires.")),
    );
    await this.#loop;
    cancel();
  }

  async #keepRunning(): Promise<void> {
    const { clock } = this.#tools.world;
    const { signal } = this.#stopped;
    let dueMs = await this.#firstRunMs();
    while (!signal.aborted) {
      this.#note({ nextRunAtMs: dueMs });
      if (dueMs === undefined) return;
      await sleep(clock, Math.max(0, dueMs - clock.now()), signal);
      if (!signal.aborted) dueMs = await this.#run();
    }
  }

  /** Runs once, and answers when to run again. */
  async #run(): Promise<number | undefined> {
    const { world, emit } = this.#tools;
    const { schedule } = this.#feed.source;
    const beganMs = world.clock.now();
    this.#note({ running: true, lastRunAtMs: beganMs });
    try {
      const { cursor } = await runPoll(
        this.#feed,
        this.#tools,
        () => this.#stopped.signal.aborted,
        (deadline) => {
          this.#deadline = deadline;
        },
      );
      this.#note({ lastError: undefined, failures: 0, cursor });
      await this.#rememberRun(beganMs);
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
        emit({ event: "source.failed", source: this.#feed.name, why: said(error), nextAtMs });
      return nextAtMs;
    } finally {
      this.#deadline = undefined;
      this.#note({ running: false });
    }
  }

  /** An interval begins now. A cron time that passed while nothing ran is made up for now, once. */
  async #firstRunMs(): Promise<number | undefined> {
    const { ledger, world } = this.#tools;
    const { schedule } = this.#feed.source;
    const nowMs = world.clock.now();
    if ("everyMs" in schedule) return nowMs;
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
    return `runs:${this.#feed.name}`;
  }

  #note(change: Partial<PollStatus>): void {
    this.#status = { ...this.#status, ...change };
  }
}
