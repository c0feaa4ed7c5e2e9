import type { Disk } from "../../assembly/memory-disk.ts";
import type { Emit } from "../../model/events.ts";
import { seededRandom } from "../../world/random.ts";
import type { Transport } from "../../world/transport.ts";
import { between, chance } from "./chance.ts";
import type { Code, Rename } from "./code.ts";
import type { Diary } from "./diary.ts";
import { Life } from "./life.ts";
import type { Caller } from "./network.ts";
import type { Perform } from "./performed.ts";
import type { Plan, StandsStill } from "./plan.ts";
import { rehearsedEnv } from "./secrets.ts";
import type { NightTime } from "./time.ts";

// The processes of a night: one after the other, each until it is killed at one of its writes or a new release takes its place. One that stands still for
// so long that it counts as dead loses its place too, and does not know it: when it comes back there are two.

export interface ProcessesOptions {
  readonly plan: Plan;
  readonly time: NightTime;
  readonly disk: Disk;
  readonly diary: Diary;
  readonly onEvent: Emit;
  readonly code: Code;
  readonly perform: Perform;
  readonly transport: (caller: Caller) => Transport;
}

/** Processes that are killed at one of their writes. */
const deathsMax = 3;
/** How long a process takes at the most until it has seen that its clock was set back, and written it down (flow/set-backs.ts). */
const notedMs = 12_000;
/** As in ledger/postgres/lanes.ts: who does not move for so long counts as dead, and others find that out within two beats. */
const deadAfterMs = 8_000;
const foundOutMs = 2_000;

export class Processes {
  readonly #options: ProcessesOptions;
  #life: Life | undefined;
  #lives = 0;
  #commits = 0;
  #dieAt: number | undefined;
  #deploys = 0;
  /** Those that came back, or will, and found another one in their place. */
  readonly #former: Life[] = [];
  #standsNext: StandsStill | undefined;
  /** Until then it sees to its clock, and nothing happens to it. */
  #notesUntilMs = 0;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** Who takes deliveries now, if anybody. */
  get current(): Life | undefined {
    return this.#life;
  }

  begin(does = "starts"): void {
    const { plan, time, disk, diary, onEvent, code, perform, transport } = this.#options;
    this.#lives += 1;
    const number = this.#lives;
    this.#dieAt =
      plan.mix.has("crash") && number <= deathsMax && !this.#isCalm
        ? this.#commits + between(1, 60, plan.seed, "dies after", number)
        : undefined;
    const life: Life = new Life({
      number,
      integration: (back) => code.load((change, tags) => perform(change, tags, back)),
      release: `release-${this.#deploys}`,
      disk,
      clock: (isOver) => time.clock(isOver),
      random: seededRandom(plan.seed * 100 + number),
      env: rehearsedEnv,
      transport,
      fate: {
        before: () => this.#beforeCommit(life),
        after: () => this.#passes(life, "after"),
      },
      emit: onEvent,
      onDeath: () => this.#died(number),
      night: time.clock(),
      isLost: () => this.#life !== life,
    });
    this.#life = life;
    diary.say(`process ${number} ${does}`);
    void life.begin().catch((error: unknown) => {
      diary.say(`process ${number} does not come up: ${String(error)}`);
      life.die();
    });
  }

  /**
   * A new release takes the place of the one that runs.
   *
   * @param rename counts those in which an effect is called by another name.
   */
  deploy(rename?: number): void {
    const { diary, code, time } = this.#options;
    if (this.#isNoting) return void time.clock().after(notedMs, () => this.deploy(rename));
    this.#deploys += 1;
    diary.count("fault deploy");
    const renamed = rename === undefined ? undefined : code.rename(rename);
    if (renamed !== undefined) diary.count("fault renamed-effect");
    diary.say(`release ${this.#deploys} is deployed${renamed === undefined ? "" : renamedText(renamed)}`);
    this.#life?.die();
  }

  /** The one that runs stands still: now, or at its next write. */
  standStill(how: StandsStill): void {
    const life = this.#life;
    if (life?.up !== true || life.standstill.stands || this.#isCalm || this.#isNoting) return;
    if (how.at === "once") this.#standStill(life, how);
    else this.#standsNext = how;
  }

  /** A clock that is set back while no process sees it, or one that dies before it has noted it, is a known limit of keys (docs/guarantees.md). */
  noteClock(): boolean {
    const { plan, time } = this.#options;
    const { up = false, standstill } = this.#life ?? {};
    const untilMs = time.elapsedMs + notedMs;
    const isFull = plan.full.some((full) => full.fromMs <= untilMs && time.elapsedMs < full.untilMs);
    if (!up || isFull || standstill?.stands === true) return false;
    this.#notesUntilMs = untilMs;
    return true;
  }

  end(): void {
    for (const life of this.#former) life.end();
    this.#life?.end();
  }

  get #isNoting(): boolean {
    return this.#options.time.elapsedMs < this.#notesUntilMs;
  }

  get #isCalm(): boolean {
    return this.#options.time.elapsedMs >= this.#options.plan.calmAtMs;
  }

  #beforeCommit(life: Life): "go" | "full" | "never" | "later" {
    if (life.over) return "never";
    // What it wrote before it stood still arrives now: what becomes of it is for the ledger to say.
    if (this.#life !== life) return "go";
    const { plan, time, diary } = this.#options;
    this.#commits += 1;
    const nowMs = time.elapsedMs;
    if (this.#isCalm || !plan.full.some(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs))
      return this.#passes(life, "before");
    diary.count("fault full-disk");
    return "full";
  }

  /** It may die or stand still at one of its writes: before it is on the disk, or after that and before anybody was told. */
  #passes(life: Life, side: "before" | "after"): "go" | "never" | "later" {
    if (this.#life !== life || this.#isCalm || this.#isNoting) return "go";
    if (this.#standsNext?.at === side) {
      this.#standStill(life, this.#standsNext);
      return "later";
    }
    if (this.#dieAt === undefined || this.#commits < this.#dieAt) return "go";
    if ((chance(this.#options.plan.seed, "side", life.number) < 0.5 ? "before" : "after") !== side) return "go";
    life.die();
    return "never";
  }

  #standStill(life: Life, { forMs, sinceBeatMs }: StandsStill): void {
    const { diary, time, plan } = this.#options;
    const night = time.clock();
    this.#standsNext = undefined;
    diary.say(`process ${life.number} stands still`);
    life.standstill.begin(sinceBeatMs);
    night.after(deadAfterMs + between(0, foundOutMs, plan.seed, "found out", life.number), () => {
      if (this.#life !== life || life.over || !life.standstill.stands) return;
      diary.count("fault second-worker");
      this.#former.push(life);
      this.begin(`takes the place of process ${life.number}`);
    });
    night.after(Math.min(forMs, plan.calmAtMs - time.elapsedMs), () => {
      if (life.over) return;
      diary.say(`process ${life.number} comes back`);
      life.standstill.end();
    });
  }

  #died(number: number): void {
    this.#standsNext = undefined;
    const { diary, time, plan } = this.#options;
    diary.count("fault crash");
    diary.say(`process ${number} is killed`);
    time.clock().after(between(100, 60_000, plan.seed, "restarts after", number), () => this.begin());
  }
}

const renamedText = ({ from, to, said }: Rename): string =>
  `: its effect "${from}" is called "${to}" now${said ? ", and it says so" : ""}`;
