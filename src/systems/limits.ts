import type { Limit, LimitedCall } from "../define/limit.ts";
import type { BudgetName } from "../ledger/budgets.ts";
import { durationText } from "../model/duration.ts";
import type { Outcome } from "../model/outcome.ts";
import { Bucket } from "./bucket.ts";
import { actualPoints, pointsOf, UsualCost } from "./cost.ts";
import { spentAtMs } from "./forecast.ts";
import { Claimed, KeptWindow, keptFromMs } from "./kept.ts";
import type { Meter } from "./meter.ts";
import type { EnterOptions } from "./port.ts";
import type { Reserve, Reserves } from "./reserve.ts";
import { RollingWindow } from "./rolling.ts";

export interface LimitState {
  readonly limit: string;
  readonly left: number;
  /** Monotonic; undefined when permits are left. */
  readonly freeAtMs: number | undefined;
  /** At the present pace; milliseconds since 1970. */
  readonly spentAtMs: number | undefined;
}

/** Where budgets are kept, for limits that outlive this process. */
export interface Keeping extends Omit<BudgetName, "name"> {
  readonly reserves: Reserves;
  readonly onAnswer: () => void;
  /** For one of many keys: short windows of all keys are claimed together. */
  readonly together?: ((name: string, span: Pick<Reserve, "points" | "perMs">) => Reserve) | undefined;
}

/** What one call takes of each `cost`; undefined where there is none. */
export type Prices = readonly number[] | undefined;

/** Of whoever says no more than that it wants a permit. */
const unknownCall: LimitedCall = { method: "", path: "", json: undefined, record: undefined, caller: "" };

type Windowed = Exclude<Limit, { kind: "concurrent" }>;

interface Line<L extends Windowed = Windowed> {
  readonly limit: L;
  readonly meter: Meter;
  readonly reserve: Reserve | undefined;
  /** The reserve belongs to other keys as well. */
  readonly together: boolean;
}

interface CostLine extends Line<Extract<Limit, { kind: "cost" }>> {
  readonly usual: UsualCost;
}

/** All limits that count together: a permit counts against each of them. */
export class Limits {
  readonly #lines: readonly Line[];
  readonly #rates: readonly Meter[];
  readonly #costs: readonly CostLine[];
  readonly #concurrentMax: number;
  readonly #per: string;
  inFlight = 0;

  constructor(limits: readonly Limit[], keeping?: Keeping) {
    const names = new Map<string, number>();
    const windowed = limits.filter((limit) => limit.kind !== "concurrent");
    this.#lines = windowed.map((limit) => {
      // Declared with another count it is the same budget: its length says which one it is.
      const name = `${limit.kind} ${spanOf(limit).perMs}${perText(limit)}`;
      const alike = (names.get(name) ?? 0) + 1;
      names.set(name, alike);
      return lineOf(limit, alike === 1 ? name : `${name} ${alike}`, keeping);
    });
    this.#rates = this.#lines.filter(({ limit }) => limit.kind === "rate").map(({ meter }) => meter);
    this.#costs = this.#lines.flatMap(({ limit, ...line }) =>
      limit.kind === "cost" ? [{ ...line, limit, usual: new UsualCost() }] : [],
    );
    const concurrent = limits.filter((limit) => limit.kind === "concurrent");
    this.#concurrentMax = Math.min(...concurrent.map(({ count }) => count));
    this.#per = concurrent[0] === undefined ? "" : perText(concurrent[0]);
  }

  /** What a call takes. */
  prices({ cost, call }: Pick<EnterOptions, "cost" | "call">): Prices {
    return this.#costs.length === 0
      ? undefined
      : this.#costs.map(({ limit }) => pointsOf(limit, cost, call?.() ?? unknownCall));
  }

  /** What a call takes on average. */
  get usualPrices(): Prices {
    return this.#costs.length === 0 ? undefined : this.#costs.map(({ usual }) => usual.reserved);
  }

  free(nowMs: number, prices: Prices): number {
    let free = this.#concurrentMax - this.inFlight;
    for (const meter of this.#rates) free = Math.min(free, meter.free(nowMs, 1));
    if (prices !== undefined)
      for (const [at, { meter }] of this.#costs.entries()) free = Math.min(free, meter.free(nowMs, prices[at] ?? 1));
    return free;
  }

  /** How many such calls may be let in by a time that is not far off. */
  freeBy(nowMs: number, untilMs: number, prices: Prices): number {
    let free = this.#concurrentMax - this.inFlight;
    for (const meter of this.#rates) free = Math.min(free, meter.freeBy(nowMs, untilMs, 1));
    for (const [at, { meter }] of this.#costs.entries())
      free = Math.min(free, meter.freeBy(nowMs, untilMs, prices?.[at] ?? 1));
    return free;
  }

  /** How many such calls are left, also where the ledger still has to be asked for them. */
  left(nowMs: number, prices: Prices): number {
    let left = this.#concurrentMax - this.inFlight;
    for (const meter of this.#rates) left = Math.min(left, meter.left(nowMs));
    if (prices !== undefined)
      for (const [at, { meter }] of this.#costs.entries())
        left = Math.min(left, Math.floor(meter.left(nowMs) / (prices[at] ?? 1)));
    return left;
  }

  take(prices: Prices): void {
    this.inFlight += 1;
    for (const meter of this.#rates) meter.take(1);
    if (prices !== undefined) for (const [at, { meter }] of this.#costs.entries()) meter.take(prices[at] ?? 1);
  }

  /** Answers what its answer told and cannot be true, if anything. */
  end(nowMs: number, prices: Prices, outcome: Outcome): string | undefined {
    this.inFlight -= 1;
    for (const meter of this.#rates) meter.end(nowMs, 1, 1);
    if (prices === undefined) return undefined;
    let absurd: string | undefined;
    for (const [at, { limit, meter, usual }] of this.#costs.entries()) {
      const reserved = prices[at] ?? 1;
      const { points, why } = actualPoints(limit, outcome, reserved);
      usual.learn(reserved, points);
      meter.end(nowMs, reserved, points);
      absurd ??= why;
    }
    return absurd;
  }

  unsent(prices: Prices): void {
    this.inFlight -= 1;
    for (const meter of this.#rates) meter.unsent(1);
    if (prices !== undefined) for (const [at, { meter }] of this.#costs.entries()) meter.unsent(prices[at] ?? 1);
  }

  /** The earliest time at which such a call may be let in; Infinity when that hangs on something in flight. */
  freeAt(nowMs: number, prices: Prices): number {
    let at = this.inFlight < this.#concurrentMax ? nowMs : Number.POSITIVE_INFINITY;
    for (const meter of this.#rates) at = Math.max(at, meter.freeAt(nowMs, 1));
    for (const [index, { meter }] of this.#costs.entries())
      at = Math.max(at, meter.freeAt(nowMs, prices?.[index] ?? 1));
    return at;
  }

  /**
   * How far apart permits come behind `ahead` others, when each is held for `holdMs`. A limit that has enough left for all of these spreads nobody: a
   * day's budget that is nearly whole must not let one through every minute and a half.
   */
  intervalMs(nowMs: number, holdMs: number, prices: Prices, ahead: number): number {
    let interval = holdMs / this.#concurrentMax;
    const spread = (meter: Meter, points: number): void => {
      if (meter.left(nowMs) < (ahead + 1) * points) interval = Math.max(interval, meter.intervalMs(holdMs, points));
    };
    for (const meter of this.#rates) spread(meter, 1);
    for (const [index, { meter, usual }] of this.#costs.entries())
      spread(meter, usual.of(prices?.[index] ?? usual.reserved));
    return interval;
  }

  /** Nothing is under way, and nothing that was counts any more. */
  isIdle(nowMs: number): boolean {
    return this.inFlight === 0 && this.#lines.every(({ meter }) => meter.used(nowMs) === 0);
  }

  /** @param offsetMs between this process's time and milliseconds since 1970. */
  state(nowMs: number, offsetMs: number): readonly LimitState[] {
    const states = this.#lines.map(({ limit, meter, reserve }) => {
      const left = meter.left(nowMs);
      const at = left > 0 ? Number.POSITIVE_INFINITY : meter.freeAt(nowMs, 1);
      return {
        limit: limitText(limit),
        left,
        freeAtMs: Number.isFinite(at) ? at : undefined,
        spentAtMs:
          reserve === undefined || limit.burst !== undefined
            ? undefined
            : spentAtMs(limit.count, limit.perMs, reserve.counted, offsetMs + nowMs),
      };
    });
    if (!Number.isFinite(this.#concurrentMax)) return states;
    const limit = `${this.#concurrentMax} at a time${this.#per}`;
    return [...states, { limit, left: this.#concurrentMax - this.inFlight, freeAtMs: undefined, spentAtMs: undefined }];
  }

  /** Says to the ledger what was used, and gives back what was not. */
  async close(nowMs: number): Promise<void> {
    const closing = this.#lines.map(async ({ meter, reserve, together }) => {
      if (reserve === undefined || together) return;
      await reserve.close(nowMs, meter instanceof Claimed ? meter.usedHere(nowMs) : 0);
    });
    await Promise.all(closing);
  }
}

/** The rolling window that is never looser: a bucket cannot give more than its size while it refills. */
function spanOf({ count, perMs, burst }: Windowed): { readonly points: number; readonly perMs: number } {
  return burst === undefined ? { points: count, perMs } : { points: burst, perMs: Math.ceil((burst * perMs) / count) };
}

function lineOf(limit: Windowed, name: string, keeping: Keeping | undefined): Line {
  const span = spanOf(limit);
  const counted = (): Meter =>
    limit.burst === undefined
      ? new RollingWindow(limit.count, limit.perMs)
      : new Bucket(limit.count, limit.perMs, limit.burst);
  if (keeping === undefined) return { limit, meter: counted(), reserve: undefined, together: false };
  const { system, tenant, key, reserves, onAnswer, together } = keeping;
  const kept = span.perMs >= keptFromMs;
  const own = kept || together === undefined;
  const reserve = own ? reserves.of({ system, tenant, name, key }, span, onAnswer) : together(name, span);
  return { limit, meter: kept ? new KeptWindow(reserve) : new Claimed(counted(), reserve), reserve, together: !own };
}

/** A limit as people see it: `60 per 1m`. */
export function limitText(limit: Limit): string {
  if (limit.kind === "concurrent") return `${limit.count} at a time${perText(limit)}`;
  const { kind, count, perMs, burst } = limit;
  const points = kind === "cost" ? " points" : "";
  const bursts = burst === undefined ? "" : ` with bursts of ${burst}`;
  return `${count}${points} per ${durationText(perMs).replaceAll(" ", "")}${bursts}${perText(limit)}`;
}

function perText({ per }: Limit): string {
  return per === undefined ? "" : typeof per === "string" ? `, each ${per}` : ", each key";
}
