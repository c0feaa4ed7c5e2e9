import { type Random, seededRandom } from "../../world/random.ts";
import { type BodyMess, bodyMesses } from "../data/messes/broken-body.ts";
import { between, chance } from "./chance.ts";
import { type FaultName, type Mix, mixOf } from "./faults.ts";

// What a night brings, before it begins: the deliveries and when they come, and what goes wrong with processes, disks, clocks and whole systems. It is a
// value, so a story can be told again with less of it.

export interface Planned {
  /** Counts the deliveries of the night. */
  readonly nth: number;
  readonly atMs: number;
  readonly value: unknown;
  /** Whose it is; `""` where there are no tenants. */
  readonly tenant: string;
  /** What is wrong with it, in words. */
  readonly mess: string | undefined;
  /** It has nothing to do with any that came before. */
  readonly fresh: boolean;
  /** What is wrong with how it comes. */
  readonly faults: readonly FaultName[];
  /** Its body is broken as a whole. */
  readonly body?: BodyMess;
  /** Other records that its body holds, where a body may hold several. */
  readonly beside?: readonly unknown[];
}

/** How a process stands still. */
export interface StandsStill {
  readonly atMs: number;
  /** At once, or at its next write: before that is on the disk, or after that and before it is told. */
  readonly at: "once" | "before" | "after";
  readonly forMs: number;
  /** How long ago it had last said that it lives. */
  readonly sinceBeatMs: number;
}

export interface Plan {
  readonly seed: number;
  /** What the clock on the wall shows at its beginning. */
  readonly wallMs: number;
  readonly mix: Mix;
  readonly deliveries: readonly Planned[];
  /** Nothing goes wrong from then on. */
  readonly calmAtMs: number;
  readonly outages: readonly { readonly fromMs: number; readonly untilMs: number; readonly which: number }[];
  readonly full: readonly { readonly fromMs: number; readonly untilMs: number }[];
  readonly jumps: readonly { readonly atMs: number; readonly byMs: number }[];
  readonly deploys: readonly number[];
  readonly standstills: readonly StandsStill[];
  /** Deploys in which an effect is called by another name from then on. */
  readonly renames: readonly number[];
}

/** Makes the values that are delivered. */
export interface RecordMaker {
  good(random: Random, options?: { readonly like?: unknown }): unknown;
  messy(random: Random): { readonly value: unknown; readonly mess: string };
}

export interface PlanOptions {
  readonly seed: number;
  readonly records: number;
  readonly maker: RecordMaker;
  readonly random: Random;
  /** None where the integration does not run for each of some. */
  readonly tenants?: readonly string[];
  /** Some come as the body of a request. */
  readonly bodies?: boolean;
  /** A body may hold several records. */
  readonly batches?: boolean;
}

const spanMs = 600_000;
const calmAfterMs = 120_000;
const messyShare = 0.15;
const againShare = 0.25;
const otherTenantShare = 0.1;
const batchShare = 0.2;
const besideMax = 3;
/** Nights begin at any hour of some years, those in which clocks are changed among them. */
const firstNightMs = Date.UTC(2025, 0, 1);
const nightsMs = 3 * 365 * 86_400_000;

export function planOf(options: PlanOptions): Plan {
  const { seed } = options;
  const mix = mixOf(seed, { bodies: options.bodies === true });
  const times = (name: FaultName, most: number): readonly number[] =>
    mix.has(name)
      ? Array.from({ length: between(1, most, seed, name, "times") }, (_, at) => between(0, spanMs, seed, name, at))
      : [];
  return {
    seed,
    wallMs: firstNightMs + Math.floor(chance(seed, "night") * nightsMs),
    mix,
    deliveries: deliveriesOf(options, mix).map((one) => besideOthers(one, options)),
    calmAtMs: spanMs + calmAfterMs,
    outages: times("outage", 2).map((fromMs, at) => ({
      fromMs,
      untilMs: fromMs + between(5_000, 300_000, seed, "outage", "for", at),
      which: between(0, 1_000, seed, "outage", "of", at),
    })),
    full: times("full-disk", 2).map((fromMs, at) => ({
      fromMs,
      untilMs: fromMs + between(1_000, 60_000, seed, "full", "for", at),
    })),
    // A clock that is set forward is a known limit of windows and lookups (docs/guarantees.md), so it is set back, as far as it likes.
    jumps: times("clock-jump", 2).map((atMs, at) => ({ atMs, byMs: -between(1, 900_000, seed, "jump", at) })),
    deploys: times("deploy", 2),
    renames: times("renamed-effect", 2),
    standstills: times("second-worker", 5).map((atMs, at) => ({
      atMs,
      at: standsAt[between(0, standsAt.length - 1, seed, "stands still", at)] ?? "once",
      forMs: standsForMs(seed, at),
      sinceBeatMs: between(0, 999, seed, "beat", at),
    })),
  };
}

/** Seldom in the middle of nothing: what is under way is what another one begins again. */
const standsAt = ["once", "before", "before", "after", "after"] as const;

/** Seconds, in which nobody misses it; as long as it takes until its place is taken, and it meets who has begun what it had in hand; or minutes. */
function standsForMs(seed: number, at: number): number {
  const how = chance(seed, "is missed", at);
  if (how < 0.2) return between(500, 3_000, seed, "stands for", at);
  return between(9_000, how < 0.7 ? 25_000 : 240_000, seed, "stands for", at);
}

function deliveriesOf({ seed, records, maker, random, tenants = [] }: PlanOptions, mix: Mix): readonly Planned[] {
  const deliveries: Planned[] = [];
  const goods: Pick<Planned, "value" | "tenant">[] = [];
  const share = (name: FaultName): number => mix.get(name) ?? 0;
  let atMs = 0;
  while (deliveries.length < records) {
    const nth = deliveries.length;
    // Some come in bursts, of what is about the same thing too.
    const atOnce = chance(seed, "burst", nth) < share("concurrent") * 3;
    atMs = Math.min(spanMs, atMs + (atOnce ? 0 : Math.floor((2 * spanMs * chance(seed, "gap", nth)) / records)));
    const when: readonly FaultName[] = atOnce && nth > 0 ? ["concurrent"] : [];
    const before = goods[between(0, Math.max(0, goods.length - 1), seed, "like", nth)];
    const draw = chance(seed, "what", nth);
    const tenant = tenants[between(0, Math.max(0, tenants.length - 1), seed, "tenant", nth)] ?? "";
    const plain = { nth, atMs, tenant, mess: undefined, fresh: false, faults: when };
    const broken = brokenDelivery(seed, nth, maker, share("broken-body"));
    if (broken !== undefined) deliveries.push({ ...plain, ...broken, fresh: true, faults: [...when, "broken-body"] });
    else if (mix.has("messy") && draw < messyShare)
      deliveries.push({ ...plain, ...maker.messy(random), faults: [...when, "messy"] });
    else if (before !== undefined && draw > 1 - share("duplicated"))
      deliveries.push({ ...plain, ...before, mess: "it came before", faults: [...when, "duplicated"] });
    else if (before !== undefined && before.tenant !== tenant && draw > 1 - share("duplicated") - otherTenantShare)
      deliveries.push({ ...plain, value: before.value, mess: "another tenant has one like it" });
    else {
      const like = before !== undefined && chance(seed, "again", nth) < againShare ? before : undefined;
      const value = maker.good(random, like === undefined ? {} : { like: like.value });
      const good = { value, tenant: like?.tenant ?? tenant };
      goods.push(good);
      const lateMs =
        chance(seed, "late", nth) < share("late") ? between(1_000, spanMs / 2, seed, "late", nth, "by") : 0;
      const swapMs =
        chance(seed, "reordered", nth) < share("reordered") ? between(1, 30_000, seed, "reordered", nth, "by") : 0;
      const faults: readonly FaultName[] = [
        ...when,
        ...(lateMs > 0 ? ["late" as const] : []),
        ...(swapMs > 0 ? ["reordered" as const] : []),
      ];
      deliveries.push({ ...plain, ...good, atMs: atMs + lateMs + swapMs, fresh: like === undefined, faults });
    }
  }
  return deliveries;
}

/** One whose body is broken. What it would have held is drawn apart, so that the others are what they are without it. */
function brokenDelivery(
  seed: number,
  nth: number,
  maker: RecordMaker,
  share: number,
): Pick<Planned, "value" | "mess" | "body"> | undefined {
  if (share === 0 || chance(seed, "broken body", nth) >= share) return undefined;
  const body = bodyMesses[between(0, bodyMesses.length - 1, seed, "body", nth)];
  const value = maker.good(seededRandom(between(0, 0xffff_ffff, seed, "body of", nth)));
  const hasFields =
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
  return body === undefined || !hasFields ? undefined : { value, mess: body.words, body };
}

function besideOthers(planned: Planned, { seed, maker, batches = false }: PlanOptions): Planned {
  const { nth } = planned;
  if (!batches || chance(seed, "batch", nth) >= batchShare) return planned;
  const random = seededRandom(between(0, 0xffff_ffff, seed, "beside", nth));
  const beside = Array.from({ length: between(1, besideMax, seed, "batch of", nth) }, () => maker.good(random));
  return { ...planned, beside };
}
