import type { Limit, LimitedCall } from "../define/limit.ts";
import type { Outcome } from "../model/outcome.ts";
import { Bucket } from "./bucket.ts";
import { actualPoints, pointsOf, UsualCost } from "./cost.ts";
import { spentAtMs } from "./forecast.ts";
import type { Keeps } from "./keeps.ts";
import { Claimed, KeptWindow, keptFromMs } from "./kept.ts";
import { LentWindow } from "./lent-window.ts";
import type { Meter } from "./meter.ts";
import { type Planned, planOf, type Windowed } from "./planned.ts";
import type { EnterOptions } from "./port.ts";
import type { Reserve, Waits } from "./reserve.ts";
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
export interface Keeping {
  readonly keeps: Pick<Keeps, "tenant" | "reserves" | "lends" | "together">;
  readonly system: string;
  readonly key: string;
  /** The longest that a request may take. */
  readonly requestMs: number;
  /** Told when the ledger has answered. */
  readonly waits: Waits;
}

/** What one call takes of each `cost`; undefined where there is none. */
export type Prices = readonly number[] | undefined;

/** Of whoever says no more than that it wants a permit. */
const unknownCall: LimitedCall = { method: "", path: "", json: undefined, record: undefined, caller: "" };

interface Line {
  readonly window: Windowed;
  readonly meter: Meter;
  readonly reserve: Reserve | undefined;
  /** What calls come to; of a cost. */
  readonly usual: UsualCost | undefined;
}

/** All limits that count together: a permit counts against each of them. */
export class Limits {
  readonly #planned: Planned;
  readonly #lines: readonly Line[];
  /** How many may be under way of all workers' calls; undefined where there is only one worker. */
  readonly #slots: LentWindow | undefined;
  /** What is counted here is claimed in the ledger for all keys at once. */
  readonly #together: boolean;
  inFlight = 0;

  constructor(limits: readonly Limit[] | Planned, keeping?: Keeping) {
    this.#planned = "windows" in limits ? limits : planOf(limits);
    this.#together = keeping?.keeps.together !== undefined;
    this.#lines = this.#planned.windows.map((window) => lineOf(window, keeping));
    this.#slots = keeping && slotsOf(this.#planned, keeping);
  }

  /** What a call takes. */
  prices({ cost, call }: Pick<EnterOptions, "cost" | "call">): Prices {
    const { costs } = this.#planned;
    return costs.length === 0 ? undefined : costs.map((limit) => pointsOf(limit, cost, call?.() ?? unknownCall));
  }

  /** What a call takes on average. */
  get usualPrices(): Prices {
    return this.#planned.costs.length === 0
      ? undefined
      : this.#lines.flatMap(({ usual }) => (usual === undefined ? [] : [usual.reserved]));
  }

  free(nowMs: number, prices: Prices): number {
    let free = this.#slots?.free(nowMs, 1) ?? this.#planned.concurrentMax - this.inFlight;
    for (const { window, meter } of this.#lines) free = Math.min(free, meter.free(nowMs, priceOf(window, prices)));
    return free;
  }

  /** How many such calls may be let in by a time that is not far off. */
  freeBy(nowMs: number, untilMs: number, prices: Prices): number {
    let free = this.#planned.concurrentMax - this.inFlight;
    for (const { window, meter } of this.#lines)
      free = Math.min(free, meter.freeBy(nowMs, untilMs, priceOf(window, prices)));
    return free;
  }

  /** How many such calls are left, also where the ledger still has to be asked for them. */
  left(nowMs: number, prices: Prices): number {
    let left = this.#planned.concurrentMax - this.inFlight;
    for (const { window, meter } of this.#lines)
      left = Math.min(left, Math.floor(meter.left(nowMs) / priceOf(window, prices)));
    return left;
  }

  take(prices: Prices): void {
    this.inFlight += 1;
    this.#slots?.take(1);
    for (const { window, meter } of this.#lines) meter.take(priceOf(window, prices));
  }

  /** Answers what its answer told and cannot be true, if anything. */
  end(nowMs: number, prices: Prices, outcome: Outcome): string | undefined {
    this.inFlight -= 1;
    this.#slots?.end(nowMs, 1, 0);
    let absurd: string | undefined;
    for (const { window, meter, usual } of this.#lines) {
      const reserved = priceOf(window, prices);
      const { limit } = window;
      const { points, why } = limit.kind === "cost" ? actualPoints(limit, outcome, reserved) : { points: 1 };
      usual?.learn(reserved, points);
      meter.end(nowMs, reserved, points);
      absurd ??= why;
    }
    return absurd;
  }

  unsent(prices: Prices): undefined {
    this.inFlight -= 1;
    this.#slots?.unsent(1);
    for (const { window, meter } of this.#lines) meter.unsent(priceOf(window, prices));
  }

  /** The earliest time at which such a call may be let in; Infinity when that hangs on something in flight. */
  freeAt(nowMs: number, prices: Prices): number {
    let at =
      this.#slots?.freeAt(nowMs, 1) ?? (this.inFlight < this.#planned.concurrentMax ? nowMs : Number.POSITIVE_INFINITY);
    for (const { window, meter } of this.#lines) at = Math.max(at, meter.freeAt(nowMs, priceOf(window, prices)));
    return at;
  }

  /**
   * How far apart permits come behind `ahead` others, when each is held for `holdMs`. A limit that has enough left for all of these spreads nobody: a
   * day's budget that is nearly whole must not let one through every minute and a half.
   */
  intervalMs(nowMs: number, holdMs: number, prices: Prices, ahead: number): number {
    let interval = this.#slots?.intervalMs(holdMs, 1) ?? holdMs / this.#planned.concurrentMax;
    for (const { window, meter, usual } of this.#lines) {
      const points = usual?.of(prices?.[window.costAt ?? 0] ?? usual.reserved) ?? 1;
      if (meter.left(nowMs) < (ahead + 1) * points) interval = Math.max(interval, meter.intervalMs(holdMs, points));
    }
    return interval;
  }

  /** Whether what was let in may leave: what is lent is good only for so long. */
  maySend(nowMs: number): boolean {
    if (this.#slots?.maySend(nowMs) === false) return false;
    return this.#lines.every(({ meter }) => !(meter instanceof LentWindow) || meter.maySend(nowMs));
  }

  /** Nothing is under way, and nothing that was counts any more. */
  isIdle(nowMs: number): boolean {
    return this.inFlight === 0 && this.#lines.every(({ meter }) => meter.used(nowMs) === 0);
  }

  /** @param offsetMs between this process's time and milliseconds since 1970. */
  state(nowMs: number, offsetMs: number): readonly LimitState[] {
    const states = this.#lines.map(({ window: { text, limit }, meter, reserve }) => {
      const left = meter.left(nowMs);
      const counted = meter instanceof LentWindow ? meter.counted(offsetMs) : reserve?.counted;
      const at = left > 0 ? Number.POSITIVE_INFINITY : meter.freeAt(nowMs, 1);
      return {
        limit: text,
        left,
        freeAtMs: Number.isFinite(at) ? at : undefined,
        spentAtMs:
          counted === undefined || limit.burst !== undefined
            ? undefined
            : spentAtMs(limit.count, limit.perMs, counted, offsetMs + nowMs),
      };
    });
    const { concurrent, concurrentMax } = this.#planned;
    if (concurrent === undefined) return states;
    const left = this.#slots?.left(nowMs) ?? concurrentMax - this.inFlight;
    return [...states, { limit: concurrent, left, freeAtMs: undefined, spentAtMs: undefined }];
  }

  /** Says to the ledger what was used, and gives back what was not. */
  async close(nowMs: number): Promise<void> {
    const closing = this.#lines.map(async ({ meter, reserve }) => {
      if (meter instanceof LentWindow) return meter.close(nowMs);
      const isCounted = meter instanceof Claimed;
      if (reserve === undefined || (isCounted && this.#together)) return;
      await reserve.close(nowMs, isCounted ? meter.usedHere(nowMs) : 0);
    });
    await Promise.all([...closing, this.#slots?.close(nowMs)]);
  }
}

function priceOf({ costAt }: Windowed, prices: Prices): number {
  return costAt === undefined ? 1 : (prices?.[costAt] ?? 1);
}

/** A slot of a worker that was lost counts for as long as its request may take. */
function slotsOf(
  { concurrentMax: points, concurrentName: name }: Planned,
  { keeps, system, key, requestMs, waits }: Keeping,
): LentWindow | undefined {
  if (points === Number.POSITIVE_INFINITY) return undefined;
  const of = { system, tenant: keeps.tenant, name, key };
  return keeps.lends?.of(of, { points, perMs: requestMs, burst: undefined, slots: true }, waits);
}

function lineOf(window: Windowed, keeping: Keeping | undefined): Line {
  const { limit, name, span } = window;
  const usual = limit.kind === "cost" ? new UsualCost() : undefined;
  const counted = (): Meter =>
    limit.burst === undefined
      ? new RollingWindow(limit.count, limit.perMs)
      : new Bucket(limit.count, limit.perMs, limit.burst);
  if (keeping === undefined) return { window, meter: counted(), reserve: undefined, usual };
  const { keeps, system, key, waits } = keeping;
  const isKept = span.perMs >= keptFromMs;
  if (keeps.lends !== undefined) {
    const { count: points, perMs, burst } = limit;
    const of = { system, tenant: keeps.tenant, name, key };
    const meter = keeps.lends.of(of, { points, perMs, burst, slots: false }, waits);
    return { window, meter, reserve: undefined, usual };
  }
  const reserve =
    isKept || keeps.together === undefined
      ? keeps.reserves.of({ system, tenant: keeps.tenant, name, key }, span, waits)
      : keeps.together(name, span);
  return { window, meter: isKept ? new KeptWindow(reserve) : new Claimed(counted(), reserve), reserve, usual };
}
