import type { Disk } from "../../assembly/memory-disk.ts";
import type { AnyChange } from "../../define/request.ts";
import type { Emit } from "../../model/events.ts";
import { seededRandom } from "../../world/random.ts";
import type { Transport } from "../../world/transport.ts";
import { between, chance } from "./chance.ts";
import type { Code, Rename } from "./code.ts";
import type { Diary } from "./diary.ts";
import type { EffectTag } from "./effect-tag.ts";
import { Life } from "./life.ts";
import type { Caller } from "./network.ts";
import type { Plan } from "./plan.ts";
import { rehearsedEnv } from "./secrets.ts";
import type { NightTime } from "./time.ts";

// The processes of a night: one after the other, each until it is killed at one of its writes or a new release takes its place.

export interface ProcessesOptions {
  readonly plan: Plan;
  readonly time: NightTime;
  readonly disk: Disk;
  readonly diary: Diary;
  readonly onEvent: Emit;
  readonly code: Code;
  readonly perform: (change: AnyChange, tags: readonly EffectTag[]) => AnyChange;
  readonly transport: (caller: Caller) => Transport;
}

/** Processes that are killed at one of their writes. */
const deathsMax = 3;

export class Processes {
  readonly #options: ProcessesOptions;
  #life: Life | undefined;
  #lives = 0;
  #commits = 0;
  #dieAt: number | undefined;
  #deploys = 0;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** Who takes deliveries now, if anybody. */
  get current(): Life | undefined {
    return this.#life;
  }

  begin(): void {
    const { plan, time, disk, diary, onEvent, code, perform, transport } = this.#options;
    this.#lives += 1;
    const number = this.#lives;
    this.#dieAt =
      plan.mix.has("crash") && number <= deathsMax && !this.#isCalm
        ? this.#commits + between(1, 60, plan.seed, "dies after", number)
        : undefined;
    const life = new Life({
      number,
      integrations: [code.load(perform)],
      release: `release-${this.#deploys}`,
      disk,
      clock: (isOver) => time.clock(isOver),
      random: seededRandom(plan.seed * 100 + number),
      env: rehearsedEnv,
      transport,
      fate: {
        before: () => this.#beforeCommit(number),
        after: () => this.#dies(number, "after"),
      },
      emit: onEvent,
      onDeath: () => this.#died(number),
    });
    this.#life = life;
    diary.say(`process ${number} starts`);
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
    const { diary, code } = this.#options;
    this.#deploys += 1;
    diary.count("fault deploy");
    const renamed = rename === undefined ? undefined : code.rename(rename);
    if (renamed !== undefined) diary.count("fault renamed-effect");
    diary.say(`release ${this.#deploys} is deployed${renamed === undefined ? "" : renamedText(renamed)}`);
    this.#life?.die();
  }

  end(): void {
    this.#life?.end();
  }

  get #isCalm(): boolean {
    return this.#options.time.elapsedMs >= this.#options.plan.calmAtMs;
  }

  #beforeCommit(number: number): "go" | "full" | "never" {
    if (this.#life?.number !== number || this.#life.over) return "never";
    const { plan, time, diary } = this.#options;
    this.#commits += 1;
    const nowMs = time.elapsedMs;
    if (this.#isCalm || !plan.full.some(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs))
      return this.#dies(number, "before");
    diary.count("fault full-disk");
    return "full";
  }

  /** It dies at one of its writes: before it is on the disk, or after that and before anybody was told. */
  #dies(number: number, side: "before" | "after"): "go" | "never" {
    if (this.#dieAt === undefined || this.#commits < this.#dieAt || this.#isCalm) return "go";
    if ((chance(this.#options.plan.seed, "side", number) < 0.5 ? "before" : "after") !== side) return "go";
    this.#life?.die();
    return "never";
  }

  #died(number: number): void {
    const { diary, time, plan } = this.#options;
    diary.count("fault crash");
    diary.say(`process ${number} is killed`);
    time.clock().after(between(100, 60_000, plan.seed, "restarts after", number), () => this.begin());
  }
}

const renamedText = ({ from, to, said }: Rename): string =>
  `: its effect "${from}" is called "${to}" now${said ? ", and it says so" : ""}`;
