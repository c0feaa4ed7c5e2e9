import { createHash } from "node:crypto";
import { type Disk, memoryDisk } from "../assembly/memory-disk.ts";
import type { Integration } from "../define/definition.ts";
import { seededRandom } from "../world/random.ts";
import { nextTurn } from "../world/turn.ts";
import { type RecordMaker, recordMaker } from "./data/record-maker.ts";
import { playNight } from "./night/night.ts";
import type { NightResult } from "./night/night-result.ts";
import { type Plan, planOf } from "./night/plan.ts";
import type { Broken, PromiseName } from "./night/promises.ts";
import type { RehearsedWorld } from "./night/world.ts";
import type { Violation } from "./scope/violation.ts";
import { watching } from "./scope/watch.ts";
import { doorsOf } from "./sending/door.ts";
import { shrunk } from "./shrink.ts";
import { type Place, storyOf, type Told } from "./story.ts";

// One night after the other, each with a seed of its own. Some are played twice: a night that goes another way the second time was ruled by something that
// the rehearsal does not rule, and then no night of it means anything.

export interface NightsOptions {
  readonly nights: number;
  readonly seed: number;
  readonly samples: readonly unknown[] | undefined;
  /** Whose the records are; none where the integration does not run for each of some. */
  readonly tenants: readonly string[];
  /** The user's own look at what each night came to. */
  readonly check: ((world: RehearsedWorld) => unknown) | undefined;
  /** Told after each night. */
  readonly onNight?: ((night: number) => void) | undefined;
}

export interface Failure {
  readonly promise: PromiseName;
  readonly night: number;
  /** Rehearses this night alone. */
  readonly seed: number;
  readonly story: readonly string[];
}

/** All of them together. */
export interface Nights extends Omit<NightResult, "broken"> {
  /** One of each promise that was broken: the first night in which it was. */
  readonly failures: readonly Failure[];
  /** Why none of it means anything. */
  readonly voidBecause: readonly string[];
  /** Its polls were read as they are written. */
  readonly read: boolean;
}

/** What a story is made from. */
interface StoryNotes {
  readonly told: Told[];
  readonly places: Place[];
}

/** Records of one night. */
const recordsEach = 50;
const playedTwiceEvery = 50;

export async function playNights(integration: Integration, options: NightsOptions): Promise<Nights> {
  const maker = await recordMaker(integration.definition, options.samples);
  const disk = memoryDisk();
  try {
    using watch = watching(`the rehearsal of ${integration.name}`);
    return await playAll(integration, options, { maker, disk, onTurn: watch.turn });
  } finally {
    disk.close();
  }
}

async function playAll(
  integration: Integration,
  { nights, seed, tenants, check, onNight }: NightsOptions,
  { maker, disk, onTurn }: { readonly maker: RecordMaker; readonly disk: Disk; readonly onTurn: () => void },
): Promise<Nights> {
  const { open } = doorsOf(integration.definition);
  const [bodies, batches] = [open.length > 0, open.some(({ source }) => source.split !== undefined)];
  const planFor = (own: number): Plan =>
    planOf({ seed: own, records: recordsEach, maker, random: seededRandom(own), tenants, bodies, batches });
  const violations = new Map<string, Violation>();
  let unread: string | undefined;
  const violated = (one: Violation): void => void violations.set(`${one.what} ${one.line}`, one);
  const play = (plan: Plan, story?: StoryNotes): Promise<NightResult> =>
    playNight({
      violated,
      onTurn,
      integration,
      plan,
      reads: unread === undefined,
      disk,
      check,
      ...(story && {
        tell: (atMs, what, record) => story.told.push({ atMs, what, record }),
        tellPlace: (record, effect, line) => story.places.push({ record, effect, line }),
      }),
    });
  const failures = new Map<PromiseName, Failure>();
  const sum = new Sum();
  const voidBecause: string[] = [];
  for (let night = 1; night <= nights; night++) {
    const own = seedOf(seed, night);
    const plan = planFor(own);
    let result = await play(plan);
    if (result.unread !== undefined) {
      // Where nobody can tell how its source would answer, its records are handed in.
      unread = result.unread;
      result = await play(plan);
    }
    sum.add(result);
    if (night % playedTwiceEvery === 1) {
      const again = await play(planFor(own));
      if (again.history !== result.history)
        voidBecause.push(
          `night ${night} went another way the second time: something in the code is ruled by real time, by chance that is not seeded, or by what it remembers`,
        );
    }
    for (const broken of firstOfEach(result.broken)) {
      if (failures.has(broken.promise)) continue;
      failures.set(broken.promise, {
        promise: broken.promise,
        night,
        seed: own,
        story: await told(plan, broken, play),
      });
    }
    onNight?.(night);
    // Whatever else this process does has its turn.
    await nextTurn();
  }
  voidBecause.push(...[...violations.values()].map(violationText));
  const read = unread === undefined && integration.definition.sources.some(({ kind }) => kind === "poll");
  return { ...sum.nights(), failures: [...failures.values()], voidBecause, read, unread };
}

function violationText({ what, line, hint }: Violation): string {
  return `${what}${line === undefined ? "" : ` at ${line}`}. ${hint}`;
}

/** The first night has the seed that was given, so that a night can be played again alone. */
function seedOf(seed: number, night: number): number {
  return night === 1 ? seed : (seed + Math.imul(night - 1, 0x9e3779b1)) >>> 0;
}

function firstOfEach(broken: readonly Broken[]): readonly Broken[] {
  return broken.filter(({ promise }, at) => broken.findIndex((one) => one.promise === promise) === at);
}

async function told(
  plan: Plan,
  broken: Broken,
  play: (plan: Plan, story?: StoryNotes) => Promise<NightResult>,
): Promise<readonly string[]> {
  const least = await shrunk(plan, broken.promise, play);
  const notes: StoryNotes = { told: [], places: [] };
  const result = await play(least, notes);
  return storyOf(least, result.broken.find(({ promise }) => promise === broken.promise) ?? broken, notes);
}

/** What the nights came to together. Nothing is kept of a night by itself, so ten thousand take no more memory than ten. */
class Sum {
  readonly #history = createHash("sha256");
  readonly #seen = new Map<string, number>();
  readonly #counts = { records: 0, delivered: 0, exchanges: 0, answered: 0 };

  add({ history, seen, records, delivered, exchanges, answered }: NightResult): void {
    this.#history.update(history);
    for (const [what, times] of seen) this.#seen.set(what, (this.#seen.get(what) ?? 0) + times);
    this.#counts.records += records;
    this.#counts.delivered += delivered;
    this.#counts.exchanges += exchanges;
    this.#counts.answered += answered;
  }

  /** The last that is asked. */
  nights(): Omit<NightResult, "broken" | "unread"> {
    return { ...this.#counts, seen: this.#seen, history: this.#history.digest("hex") };
  }
}
