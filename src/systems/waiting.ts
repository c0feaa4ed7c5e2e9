import type { Clock } from "../world/clock.ts";
import type { Crowd, Crowds } from "./crowds.ts";
import type { Prices } from "./limits.ts";
import { Line } from "./line.ts";
import type { EnterOptions, Permit } from "./port.ts";

/** Somebody who waits at the gate. */
export interface Waiter {
  readonly record: string;
  readonly place: number;
  readonly crowd: Crowd;
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
  readonly #crowds: Crowds;
  /** A line for each crowd. */
  readonly #lines = new Map<Crowd, Line<Waiter>>();
  #length = 0;
  /** Not later than the earliest deadline of those in line. */
  #soonestMs = Number.POSITIVE_INFINITY;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, crowds: Crowds, wake: () => void) {
    this.#clock = clock;
    this.#crowds = crowds;
    this.#wake = wake;
  }

  /** How many are in line; those who were aborted count until they reach its front. */
  get length(): number {
    return this.#length;
  }

  join(options: EnterOptions, crowd: Crowd, place: number, nowMs: number, prices: Prices): Promise<Permit> {
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
        crowd,
        deadlineMs,
        lapsesAtMs,
        prices,
        enter: ends(resolve),
        leave: ends(reject),
        over: false,
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#stand(waiter);
      this.#soonestMs = Math.min(this.#soonestMs, deadlineMs);
    });
  }

  #stand(waiter: Waiter): void {
    const { crowd } = waiter;
    const line = this.#lines.get(crowd) ?? new Line<Waiter>(({ place }) => place);
    line.join(waiter);
    this.#lines.set(crowd, line);
    this.#count(crowd, line);
  }

  #count(crowd: Crowd, line: Line<Waiter>): void {
    this.#length += line.length - crowd.inLine;
    crowd.inLine = line.length;
    if (line.length === 0) this.#lines.delete(crowd);
  }

  /** Who still waits and goes next: the first one of the crowd that has had the least. */
  get first(): Waiter | undefined {
    let first: Waiter | undefined;
    for (const [crowd, line] of this.#lines) {
      while (line.first?.over === true) line.shift();
      this.#count(crowd, line);
      const one = line.first;
      if (one === undefined) continue;
      if (first === undefined || this.#goesBefore(one, first)) first = one;
    }
    return first;
  }

  #goesBefore(one: Waiter, other: Waiter): boolean {
    if (this.#crowds.isBefore(one.crowd, other.crowd)) return true;
    return one.place < other.place && !this.#crowds.isBefore(other.crowd, one.crowd);
  }

  /** Takes the first one of a crowd out. */
  shift(crowd: Crowd): void {
    const line = this.#lines.get(crowd);
    line?.shift();
    if (line !== undefined) this.#count(crowd, line);
  }

  /** Takes out those whose time is over. The line is walked only when a deadline has come. */
  expired(nowMs: number): Waiter[] {
    if (this.#soonestMs > nowMs) return [];
    this.#soonestMs = Number.POSITIVE_INFINITY;
    const expired: Waiter[] = [];
    for (const waiter of this.#everybody()) {
      if (waiter.over) continue;
      if (waiter.deadlineMs <= nowMs) expired.push(waiter);
      else {
        this.#stand(waiter);
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
    return this.#everybody().filter(({ over }) => !over);
  }

  #everybody(): Waiter[] {
    const all: Waiter[] = [];
    for (const [crowd, line] of this.#lines) {
      all.push(...line.leave());
      this.#count(crowd, line);
    }
    return all;
  }

  /** Looks again when the next one may enter, or has waited long enough. */
  schedule(nowMs: number, opensAtMs: number): void {
    if (this.#length === 0) return;
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
