import type { Disk } from "../../assembly/memory-disk.ts";
import type { Integration } from "../../define/definition.ts";
import { booksOf } from "../../flow/books.ts";
import type { RecordRow } from "../../ledger/ledger.ts";
import type { Clock } from "../../world/clock.ts";
import { seededRandom } from "../../world/random.ts";
import { fetched } from "../destination/fetched.ts";
import { Reading } from "../reading/reading.ts";
import type { ScopeWorld } from "../scope/scope.ts";
import { traceHere, userLine } from "../scope/user-line.ts";
import { type Within, within } from "../scope/within.ts";
import { noteTaken } from "../sending/taken.ts";
import { Applied } from "./applied.ts";
import { Code } from "./code.ts";
import { deedsIn } from "./deeds.ts";
import { Destinations } from "./destinations.ts";
import { Diary } from "./diary.ts";
import { type FateOptions, fateAt } from "./fate.ts";
import { LimitBooks } from "./limits.ts";
import { Network } from "./network.ts";
import type { NightResult } from "./night-result.ts";
import { performed } from "./performed.ts";
import type { Plan } from "./plan.ts";
import { Processes } from "./processes.ts";
import { type Acknowledged, brokenIn } from "./promises.ts";
import { recordsIn } from "./records-in.ts";
import { Sender } from "./sender.ts";
import { bookText, StepBooks } from "./step-books.ts";
import { NightTime } from "./time.ts";
import { objectionsTo, type RehearsedWorld, worldOf } from "./world.ts";

// One night, from its first delivery until the morning on which everything has settled: the real flow, systems and ledger, on a clock that jumps from one
// event to the next, over a network and a disk that are simulated.

export interface NightOptions extends Pick<ScopeWorld, "violated" | "onTurn"> {
  readonly integration: Integration;
  readonly plan: Plan;
  /** Its polls are read; otherwise all records are handed in. */
  readonly reads: boolean;
  /** What its processes write on; it is made empty first. */
  readonly disk: Disk;
  /** Looks at what it came to, and throws where that is not right. */
  readonly check?: ((world: RehearsedWorld) => unknown) | undefined;
  /** Hears what happens, where somebody wants the story of it. */
  readonly tell?: (atMs: number, what: string, record?: string) => void;
  /** Hears where the code asks for an effect: `integrations/orders.ts:26`. */
  readonly tellPlace?: (record: string, effect: string, line: string) => void;
}

const morningMs = 4 * 86_400_000;
const hopelessMs = 3 * 3_600_000;
const lookEveryMs = 120_000;

export async function playNight(options: NightOptions): Promise<NightResult> {
  const night = new Night(options);
  const world = {
    clock: night.clock,
    random: seededRandom(options.plan.seed ^ 0x5eed),
    fetch: night.fetch,
    violated: options.violated,
    onTurn: options.onTurn,
  };
  try {
    return await within(world, ({ quiet }) => night.play(quiet));
  } finally {
    night.end();
  }
}

class Night {
  readonly #plan: Plan;
  readonly #check: NightOptions["check"];
  readonly #time: NightTime;
  readonly clock: Clock;
  #quiet: Within["quiet"] = async () => "quiet";
  readonly #diary: Diary;
  readonly #applied = new Applied();
  readonly #limits = new LimitBooks();
  readonly #code: Code;
  readonly #destinations: Destinations;
  readonly #network: Network;
  readonly #sender: Sender;
  readonly #reading: Reading;
  readonly #books: StepBooks;
  readonly #processes: Processes;

  constructor({ integration, plan, reads, disk, check, tell, tellPlace }: NightOptions) {
    this.#plan = plan;
    this.#check = check;
    this.#time = new NightTime(plan.wallMs);
    this.#diary = new Diary(() => this.#time.elapsedMs, tell ?? (() => undefined));
    this.clock = this.#time.clock();
    disk.format({ clock: this.clock, random: seededRandom(plan.seed) });
    const deeds = deedsIn(this.#applied, this.#diary);
    const fate = (system: string): FateOptions => fateAt(plan, this.#time.elapsedMs, system);
    let moments = 0;
    const shared = {
      integration,
      clock: this.clock,
      moment: () => ++moments,
      say: (what: string, record?: string) => this.#diary.say(what, record),
      count: (what: string) => this.#diary.count(what),
    };
    this.#reading = new Reading({
      ...shared,
      plan,
      reads,
      elapsedMs: () => this.#time.elapsedMs,
      fate,
    });
    this.#destinations = new Destinations({
      seed: plan.seed,
      mix: plan.mix,
      applied: () => this.#applied.count,
      onApplied: deeds.onApplied,
      onFault: (fault) => this.#diary.count(`fault ${fault}`),
    });
    this.#network = new Network({
      clock: this.clock,
      seed: plan.seed,
      destinationOf: (change, account) =>
        this.#reading.standsIn(change, this.#destinations.of(change.system.name, account)),
      fate,
      onSent: (to, { method, path, body }) => {
        this.#diary.keep(`${method} ${path} ${typeof body === "string" ? body : ""}`);
        this.#limits.sent(to);
      },
      onArrived: (to) => this.#limits.arrived(to, this.#time.elapsedMs),
      onEnded: (to, { sent, what }) => {
        if (sent) this.#limits.ended(to);
        this.#diary.count(`exchange ${what}`);
        this.#diary.count("exchange");
      },
      onFault: (fault) => this.#diary.count(`fault ${fault}`),
    });
    this.#sender = new Sender({
      ...shared,
      left: this.#reading.handedIn.length,
      seed: plan.seed,
      life: () => this.#processes.current,
      isCalm: () => this.#time.elapsedMs >= plan.calmAtMs,
    });
    this.#books = new StepBooks({
      disk,
      elapsedMs: () => this.#time.elapsedMs,
      acknowledged: this.#sender.acknowledged,
      say: shared.say,
    });
    const perform = performed({
      seed: plan.seed,
      fate,
      clock: this.clock,
      onApplied: deeds.onPerformed,
    });
    this.#code = new Code({
      integration: this.#reading.integration,
      seed: plan.seed,
      onAsked(tag) {
        const line = tellPlace && userLine(traceHere());
        if (line !== undefined) tellPlace?.(tag.record, tag.effect, line);
      },
    });
    this.#processes = new Processes({
      plan,
      time: this.#time,
      disk: this.#books.disk,
      diary: this.#diary,
      onEvent: (event) => {
        this.#diary.event(event);
        this.#reading.event(event);
        noteTaken(event);
        this.#books.event(event);
      },
      code: this.#code,
      perform,
      transport: (caller) => this.#network.from(caller),
    });
  }

  /** What user code fetches by itself: from a simulated system of that address. */
  readonly fetch = (request: Request): Promise<Response> =>
    this.#reading.fetched(request, () =>
      fetched(request, this.#destinations.of(new URL(request.url).origin, ""), this.#time.elapsedMs),
    );

  async play(quiet: Within["quiet"]): Promise<NightResult> {
    this.#quiet = quiet;
    const { calmAtMs, jumps, deploys, renames, standstills } = this.#plan;
    const at = (ms: number, task: () => void): void => void this.clock.after(ms, task);
    this.#processes.begin();
    this.#reading.begin();
    for (const delivery of this.#reading.handedIn) {
      for (const fault of delivery.faults) this.#diary.count(`fault ${fault}`);
      at(delivery.atMs, () => void this.#sender.deliver(delivery));
    }
    for (const { atMs, byMs } of jumps) at(atMs, () => this.#jump(byMs));
    for (const atMs of deploys) at(atMs, () => this.#processes.deploy());
    for (const one of standstills) at(one.atMs, () => this.#processes.standStill(one));
    for (const [nth, atMs] of renames.entries()) at(atMs, () => this.#processes.deploy(nth + 1));
    await this.#until(() => false, calmAtMs);
    const came = (): boolean => this.#sender.left === 0 && this.#reading.isComplete;
    await this.#until(() => came() && this.#processes.current?.up === true, calmAtMs + morningMs);
    await this.#settled(calmAtMs);
    return await this.#morning();
  }

  end(): void {
    this.#processes.end();
  }

  /** Lets time pass. True once `done` says so, false when nothing more happens before `untilMs`. */
  async #until(done: () => boolean, untilMs: number): Promise<boolean> {
    for (;;) {
      if ((await this.#quiet()) !== "quiet") return this.#time.halt();
      if (this.#time.runSoon()) continue;
      this.#books.step();
      if (done()) return true;
      if (!this.#time.step(untilMs)) return false;
    }
  }

  /** Something that is asked, and may take time. */
  async #answer<T>(asked: Promise<T> | undefined): Promise<T | undefined> {
    let answer: { readonly of: T | undefined } | undefined;
    asked?.then(
      (of) => {
        answer = { of };
      },
      () => {
        answer = { of: undefined };
      },
    );
    await this.#until(() => answer !== undefined || asked === undefined, this.#time.elapsedMs + 60_000);
    return answer?.of;
  }

  /** Until nothing waits any more, or all that waits has failed for hours although nothing is wrong: that goes on for as long as it likes. */
  async #settled(calmAtMs: number): Promise<void> {
    while (this.#time.elapsedMs < calmAtMs + morningMs && !this.#time.isEndless) {
      const { ledger } = this.#processes.current?.assembly ?? {};
      if ((await this.#answer(ledger?.unsettled(undefined))) === 0) return;
      const rows = (await this.#answer(ledger?.find({ states: ["waiting", "delivering"], limit: 100 })))?.rows ?? [];
      const fails = rows.length > 0 && rows.every(({ cause }) => cause === "retrying");
      if (fails && this.#time.elapsedMs > calmAtMs + hopelessMs) return;
      let rested = false;
      this.clock.after(lookEveryMs, () => {
        rested = true;
      });
      await this.#until(() => rested, calmAtMs + morningMs);
    }
  }

  #jump(byMs: number): void {
    if (!this.#processes.noteClock()) return void this.clock.after(1_000, () => this.#jump(byMs));
    this.#diary.count("fault clock-jump");
    this.#diary.say(`the clock is set back by ${Math.round(-byMs / 1_000)} s`);
    this.#time.jump(byMs);
  }

  async #morning(): Promise<NightResult> {
    const { ledger } = this.#processes.current?.assembly ?? {};
    const records = (await this.#answer(recordsIn(ledger))) ?? [];
    for (const { record, state, cause } of records) {
      this.#diary.keep(`${record} ${state} ${cause}`);
      this.#diary.count(`state ${state}`);
    }
    this.#books.look();
    const books = booksOf((await this.#answer(ledger?.balance(undefined))) ?? []);
    const read = await this.#answer(this.#reading.account(records, async (record) => ledger?.record(record)));
    const acknowledged = [...this.#sender.acknowledged, ...(read?.acknowledged ?? [])];
    const broken = brokenIn({
      endless: this.#time.isEndless,
      records,
      acknowledged,
      applied: this.#applied,
      asked: this.#code.asked,
      renamed: this.#code.renames.filter(({ said }) => !said).map(({ from }) => from),
      unbalanced: [
        ...books.integrations.filter(({ balanced }) => !balanced).map(bookText),
        ...(await this.#uncounted()),
      ],
      exceeded: this.#limits.exceeded(),
      leaks: this.#diary.leaks,
      objections: await this.#objections(records, acknowledged),
      unacknowledged: this.#sender.left,
      unread: read?.broken ?? [],
      answered: this.#sender.broken,
      atAStep: this.#books.broken,
    });
    const { seen } = this.#diary;
    return {
      broken,
      unread: read?.unread,
      history: this.#diary.digest(),
      records: records.length,
      delivered: records.filter(({ state }) => state === "delivered").length,
      exchanges: seen.get("exchange") ?? 0,
      answered: [...seen].reduce((sum, [what, times]) => sum + (/^exchange 2/.test(what) ? times : 0), 0),
      seen,
    };
  }

  /** Refusals that are not counted, in a night whose process nobody killed. */
  async #uncounted(): Promise<readonly string[]> {
    const { number, assembly } = this.#processes.current ?? {};
    const { refused } = this.#sender;
    if (refused.isEmpty || number !== 1 || assembly === undefined) return [];
    await this.#answer(assembly.app.flush());
    return refused.against((await this.#answer(assembly.ledger.refusals(undefined))) ?? []);
  }

  /** What the user's own check says to all of it. */
  async #objections(records: readonly RecordRow[], acknowledged: readonly Acknowledged[]): Promise<readonly string[]> {
    if (this.#check === undefined) return [];
    const world = worldOf({ records, acknowledged, applied: this.#applied, destinations: this.#destinations });
    const checked = objectionsTo(world, this.#check);
    return (await this.#answer(checked)) ?? ["it came to no end within a minute"];
  }
}
