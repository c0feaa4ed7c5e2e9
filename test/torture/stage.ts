import { setTimeout as sleep } from "node:timers/promises";
import { type Postgres, type PostgresVersion, startPostgres } from "../../scripts/postgres.ts";
import { openWire, type Wire } from "../../scripts/wire.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { laneCount } from "../../src/ledger/postgres/lanes.ts";
import { openPostgres } from "../../src/ledger/postgres/open.ts";
import { Child } from "../crash/child.ts";
import type { DestinationHeard, DestinationTold } from "../crash/destination.ts";
import type { Heard, Plan, Told } from "../crash/messages.ts";
import type { Sender } from "../crash/sender.ts";
import { type CommitWire, openCommitWire } from "./commit-wire.ts";

// What a trial plays on: a PostgreSQL with what may go wrong between it and the workers, the workers, and a destination. Each is a process of its own.

/** Three share one ledger. */
export const workersMax = 3;
const brokenMin = 3;
const sharedWithinMs = 15_000;

export interface Hand {
  readonly number: number;
  readonly worker: Child<Told, Heard>;
  /** Undefined where it reaches PostgreSQL directly. */
  readonly wire: Wire | undefined;
  /** Between the wire and PostgreSQL. */
  readonly commits: CommitWire | undefined;
  /** When it ended, and how many effects had no answer then. */
  readonly left: Promise<{ readonly atMs: number; readonly unanswered: number }>;
}

export interface StageOptions {
  readonly version: PostgresVersion;
  readonly destination: Child<DestinationTold, DestinationHeard>;
  readonly destinationUrl: string;
  readonly sender: Sender;
  readonly standby: boolean;
  /** Nothing goes wrong on the way to PostgreSQL, so nothing stands there that would take its time. */
  readonly direct?: boolean;
  readonly perSecond?: number;
  readonly story: string[];
}

export class Stage implements AsyncDisposable {
  readonly hands: Hand[] = [];
  readonly options: StageOptions;
  /** Where the workers' address leads. */
  primary: Postgres;
  readonly standby: Postgres | undefined;
  /** Workers that ended and were not killed by the trial. */
  readonly deserters: string[] = [];
  readonly #killed = new Set<Hand>();
  readonly #ready = new Set<Hand>();
  readonly #servers: readonly Postgres[];
  readonly #wires: AsyncDisposable[] = [];
  readonly #beganMs = performance.now();
  #hired = 0;
  #stopping = false;

  private constructor(options: StageOptions, primary: Postgres, standby: Postgres | undefined) {
    this.options = options;
    this.primary = primary;
    this.standby = standby;
    this.#servers = standby === undefined ? [primary] : [standby, primary];
  }

  static async set(options: StageOptions): Promise<Stage> {
    const primary = await startPostgres({ version: options.version });
    const standby = options.standby ? await primary.standby() : undefined;
    if (standby !== undefined) await primary.configure({ synchronous_standby_names: "standby" });
    const stage = new Stage(options, primary, standby);
    // The first makes the ledger.
    await stage.hire();
    await Promise.all(Array.from({ length: workersMax - 1 }, () => stage.hire()));
    return stage;
  }

  /** Those that work by now. */
  get ready(): readonly Hand[] {
    return this.hands.filter((hand) => this.#ready.has(hand));
  }

  say(what: string): void {
    this.options.story.push(`  ${((performance.now() - this.#beganMs) / 1_000).toFixed(1)} s: ${what}`);
  }

  /** One more worker, which is sent orders at once. */
  async hire(): Promise<Hand> {
    const number = ++this.#hired;
    const commits = this.options.direct ? undefined : await openCommitWire(this.primary.port);
    const wire = commits === undefined ? undefined : await openWire(commits.port);
    for (const one of [wire, commits]) if (one !== undefined) this.#wires.push(one);
    const plan: Plan = {
      ledger: `postgres://app@127.0.0.1:${wire?.port ?? this.primary.port}/waybill`,
      destination: this.options.destinationUrl,
      timeout: "2s",
      perSecond: this.options.perSecond,
      arm: undefined,
      looksFirst: false,
    };
    const worker = new Child<Told, Heard>("worker.ts", plan);
    const left = worker.gone.then(async () => ({ atMs: performance.now(), unanswered: await this.#unanswered() }));
    const hand = { number, worker, wire, commits, left };
    this.hands.push(hand);
    worker.on((heard) => {
      if ("failed" in heard) this.say(`worker ${number}: ${heard.failed}`);
    });
    void worker.gone.then((signal) => {
      this.hands.splice(this.hands.indexOf(hand), 1);
      this.say(`worker ${number} ended by ${signal ?? "itself"}`);
      if (!this.#stopping && !this.#killed.has(hand))
        this.deserters.push(`worker ${number} ended by ${signal ?? "itself"}`);
    });
    const readyWell = (await worker.hear("ready")) !== undefined;
    this.say(`worker ${number} is ${readyWell ? "ready" : "gone"}`);
    if (readyWell) {
      this.#ready.add(hand);
      this.options.sender.sendTo(worker);
    }
    return hand;
  }

  /** Waits until each worker owns a good part of the lanes: whoever owns none has nothing under way. */
  async shared(): Promise<void> {
    for (const untilMs = performance.now() + sharedWithinMs; performance.now() < untilMs; await sleep(200)) {
      const owners = await this.primary.ask(
        `select worker from waybill.lanes join waybill.workers using (worker)
         where state = 'alive' group by worker having count(*) > ${laneCount / workersMax / 2}`,
      );
      if (owners.length >= this.hands.length) return;
    }
  }

  /** A look at the ledger that no fault comes between. */
  async ledger(): Promise<Ledger> {
    return await openPostgres({ address: this.primary.url(), role: "guest", mustExist: true });
  }

  kill(hand: Hand): void {
    this.#killed.add(hand);
    hand.worker.process.kill("SIGKILL");
  }

  /** It kills itself, at a place that it comes to. */
  arm(hand: Hand, arm: NonNullable<Plan["arm"]>): void {
    this.#killed.add(hand);
    hand.worker.tell({ arm });
  }

  /** Effects that the destination has got and not answered. */
  async underWay(): Promise<number> {
    return (await this.options.destination.ask({ underWay: true }, "underWay"))?.underWay ?? 0;
  }

  /** Effects that the destination had got and not answered when a worker was killed just now. */
  async #unanswered(): Promise<number> {
    const cut = await this.options.destination.ask({ unanswered: true }, "unanswered");
    // One or two gave up waiting, and nobody died with anything under way.
    const broken = Object.values(cut?.unanswered ?? {}).reduce((sum, one) => sum + one, 0);
    return broken < brokenMin ? 0 : (cut?.all ?? 0);
  }

  /** What was broken off until now has nothing to do with whoever is killed next. */
  async forgetBroken(): Promise<void> {
    await this.options.destination.ask({ unanswered: true }, "unanswered");
  }

  /** The addresses of all workers lead there from now on. */
  follow(server: Postgres): void {
    this.primary = server;
    for (const { wire } of this.hands) wire?.to(server.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    const hands = [...this.hands];
    for (const { worker } of hands) worker.tell({ stop: true });
    await Promise.race([Promise.all(hands.map(({ worker }) => worker.gone)), sleep(15_000, undefined, { ref: false })]);
    for (const { worker } of hands) if (worker.alive) worker.process.kill("SIGKILL");
    for (const wire of this.#wires) await wire[Symbol.asyncDispose]();
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
  }
}
