import type { Clock } from "../world/clock.ts";
import type { Prices } from "./limits.ts";
import { Line } from "./line.ts";
import type { EnterOptions, Permit } from "./port.ts";

/** Somebody who waits at the gate. */
export interface Waiter {
  readonly record: string;
  readonly place: number;
  readonly deadlineMs: number;
  readonly lapsesAtMs: number | undefined;
  readonly prices: Prices;
  readonly enter: (permit: Permit) => void;
  readonly leave: (reason: unknown) => void;
  /** It has entered, left, or was aborted. */
  over: boolean;
}

/** Those who wait at the gate, by place, and the one timer that looks after them. */
export class Waiting {
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #line = new Line<Waiter>(({ place }) => place);
  /** Not later than the earliest deadline of those in line. */
  #soonestMs = Number.POSITIVE_INFINITY;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** How many are in line; those who were aborted count until they reach its front. */
  get length(): number {
    return this.#line.length;
  }

  join(options: EnterOptions, place: number, nowMs: number, prices: Prices): Promise<Permit> {
    const { record, waitMsMax, signal, lapsesAtMs } = options;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (waiter.over) return;
        waiter.over = true;
        reject(signal.reason);
      };
      const ends = <V>(settle: (value: V) => void) => {
        return (value: V): void => {
          waiter.over = true;
          signal.removeEventListener("abort", onAbort);
          settle(value);
        };
      };
      const deadlineMs = nowMs + waitMsMax;
      const waiter: Waiter = {
        record,
        place,
        deadlineMs,
        lapsesAtMs,
        prices,
        enter: ends(resolve),
        leave: ends(reject),
        over: false,
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#line.join(waiter);
      this.#soonestMs = Math.min(this.#soonestMs, deadlineMs);
    });
  }

  /** The first one who still waits. */
  get first(): Waiter | undefined {
    while (this.#line.first?.over === true) this.#line.shift();
    return this.#line.first;
  }

  shift(): void {
    this.#line.shift();
  }

  /** Takes out those whose time is over. The line is walked only when a deadline has come. */
  expired(nowMs: number): Waiter[] {
    if (this.#soonestMs > nowMs) return [];
    this.#soonestMs = Number.POSITIVE_INFINITY;
    const expired: Waiter[] = [];
    for (const waiter of this.#line.leave()) {
      if (waiter.over) continue;
      if (waiter.deadlineMs <= nowMs) expired.push(waiter);
      else {
        this.#line.join(waiter);
        this.#soonestMs = Math.min(this.#soonestMs, waiter.deadlineMs);
      }
    }
    return expired;
  }

  /** Takes out everybody. */
  leave(): Waiter[] {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#soonestMs = Number.POSITIVE_INFINITY;
    return this.#line.leave().filter(({ over }) => !over);
  }

  /** Looks again when the next one may enter, or has waited long enough. */
  schedule(nowMs: number, opensAtMs: number): void {
    if (this.#line.length === 0) return;
    const atMs = Math.min(opensAtMs, this.#soonestMs);
    if (this.#timerAtMs <= atMs) return;
    this.#cancelTimer?.();
    this.#timerAtMs = atMs;
    this.#cancelTimer = this.#clock.after(Math.max(1, Math.ceil(atMs - nowMs)), () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#cancelTimer = undefined;
      this.#wake();
    });
  }
}
