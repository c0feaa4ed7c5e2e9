import type { Emit } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import { deferredUntil } from "./deferred.ts";
import { limitViews } from "./gate-state.ts";
import type { Keeps } from "./keeps.ts";
import { Limits, type Prices } from "./limits.ts";
import { Openings } from "./openings.ts";
import { Entered, type Granted, type Home } from "./permit.ts";
import type { Planned } from "./planned.ts";
import type { Deferred, EnterOptions, LimitView, Permit } from "./port.ts";
import { Queue } from "./queue.ts";

/** What the gates of all keys of one limit have in common. */
export interface KeyGateParts {
  readonly system: string;
  readonly limits: Planned;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly keeps: Keeps | undefined;
  readonly requestMs: number;
}

/**
 * The way through the limits of one key. It learns nothing and knows no breaker: those are the system's. There may be very many, and at nearly all of
 * them nobody ever waits, so it has a queue only while somebody has to.
 */
export class KeyGate implements Home {
  readonly #parts: KeyGateParts;
  readonly #limits: Limits;
  #queue: Queue | undefined;

  constructor(parts: KeyGateParts, key: string) {
    this.#parts = parts;
    const { system, limits, keeps, requestMs } = parts;
    this.#limits = new Limits(limits, keeps && { keeps, system, key, requestMs, waits: this });
  }

  async enter(options: EnterOptions): Promise<Permit> {
    options.signal.throwIfAborted();
    const now = this.#parts.clock.monotonic();
    const prices = this.#limits.prices(options);
    if ((this.#queue === undefined || this.#queue.isEmpty) && this.#limits.free(now, prices) > 0)
      return this.#grant(now, options.record, prices);
    this.#queue ??= this.#makeQueue();
    return this.#queue.enter(now, options, prices);
  }

  #makeQueue(): Queue {
    const { system, clock, keeps } = this.#parts;
    const openings = new Openings({ limits: this.#limits });
    const grant = (now: number, record: string, prices: Prices): Permit => this.#grant(now, record, prices);
    return new Queue({ system, clock, limits: this.#limits, openings, callIn: keeps?.callIn, grant });
  }

  #grant(now: number, record: string, prices: Prices): Permit {
    this.#limits.take(prices);
    this.#queue?.entered();
    return new Entered({ record, sinceMs: now, probe: false, era: 0, anyway: false, prices }, this);
  }

  /** A permit comes back. */
  ended({ prices, sinceMs }: Granted, outcome: Outcome | undefined): boolean {
    const { system, clock, emit } = this.#parts;
    const now = clock.monotonic();
    const isSent = outcome !== undefined && outcome.sent !== "no";
    const absurd = isSent ? this.#limits.end(now, prices, outcome) : this.#limits.unsent(prices);
    if (absurd !== undefined) emit({ event: "system.absurd", system, what: absurd });
    this.#queue?.ended(now, isSent ? now - sinceMs : undefined);
    this.#closeQueue();
    return false;
  }

  /** Where all is quiet nobody needs one. */
  #closeQueue(): void {
    if (this.#limits.inFlight > 0 || this.#queue?.isEmpty !== true) return;
    this.#queue.leave();
    this.#queue = undefined;
  }

  recall(): Deferred | undefined {
    const { system, clock } = this.#parts;
    const now = clock.monotonic();
    if (this.#limits.maySend(now)) return undefined;
    return deferredUntil(system, clock.now() + 1, "its permit was not used in time");
  }

  pump(): void {
    this.#queue?.pump();
  }

  get limits(): readonly LimitView[] {
    return limitViews(this.#limits, this.#parts.clock);
  }

  /** Nothing that went through here counts any more, and nobody waits. */
  get isIdle(): boolean {
    return this.#queue?.isEmpty !== false && this.#limits.isIdle(this.#parts.clock.monotonic());
  }

  async close(): Promise<void> {
    const now = this.#parts.clock.monotonic();
    for (const { leave } of this.#queue?.leave() ?? []) leave(this.#queue?.deferred(now, now, "Waybill is stopping"));
    await this.#limits.close(now);
  }
}
