import type { Limit } from "../define/system.ts";
import { durationText } from "../model/duration.ts";

// How much a system can bear, counted exactly. `rate(n, per)` promises the destination never more than n requests in any window of that length
// as *it* sees them. It sees a request at some moment between its start and its end, so a permit counts from the grant until `per` after the end:
// then the old request lies further back than the window, whenever within its time it was really seen. What was never sent is given back at once.
// All of this is arithmetic over times that are handed in (monotonic milliseconds); waiting is the gate's work.

/** At most `count` permits, each counting until `perMs` after its end. */
export class RateWindow {
  readonly count: number;
  readonly perMs: number;
  /** End times of those that still count, oldest first, in a ring that grows up to `count`. */
  #ends: Float64Array;
  #oldest = 0;
  #ended = 0;
  #inFlight = 0;

  constructor(count: number, perMs: number) {
    this.count = count;
    this.perMs = perMs;
    this.#ends = new Float64Array(Math.min(count, 16));
  }

  free(nowMs: number): number {
    while (this.#ended > 0 && nowMs > this.#end(0) + this.perMs) {
      this.#oldest = (this.#oldest + 1) % this.#ends.length;
      this.#ended -= 1;
    }
    return this.count - this.#inFlight - this.#ended;
  }

  take(): void {
    this.#inFlight += 1;
  }

  /** It was sent and has ended now. */
  end(nowMs: number): void {
    this.#inFlight -= 1;
    if (this.#ended === this.#ends.length) this.#grow();
    this.#ends[(this.#oldest + this.#ended) % this.#ends.length] = nowMs;
    this.#ended += 1;
  }

  /** It never left. */
  unsent(): void {
    this.#inFlight -= 1;
  }

  /** When a permit may be had: now, at a known time, or only after something in flight has ended (Infinity). */
  freeAt(nowMs: number): number {
    if (this.free(nowMs) > 0) return nowMs;
    return this.#ended > 0 ? this.#end(0) + this.perMs : Number.POSITIVE_INFINITY;
  }

  #end(index: number): number {
    return this.#ends[(this.#oldest + index) % this.#ends.length] ?? 0;
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(this.count, this.#ends.length * 2));
    for (let index = 0; index < this.#ended; index++) larger[index] = this.#end(index);
    this.#ends = larger;
    this.#oldest = 0;
  }
}

export interface LimitState {
  readonly limit: string;
  readonly left: number;
  /** Monotonic; undefined when permits are left. */
  readonly freeAtMs: number | undefined;
}

/** All limits of one system together: a permit counts against each of them. */
export class Limits {
  readonly #windows: readonly RateWindow[];
  readonly #concurrentMax: number;
  inFlight = 0;

  constructor(limits: readonly Limit[]) {
    const rates = limits.filter((limit) => limit.kind === "rate");
    this.#windows = rates.map(({ count, perMs }) => new RateWindow(count, perMs));
    this.#concurrentMax = Math.min(
      ...limits.map((limit) => (limit.kind === "concurrent" ? limit.count : Number.POSITIVE_INFINITY)),
    );
  }

  free(nowMs: number): number {
    let free = this.#concurrentMax - this.inFlight;
    for (const window of this.#windows) free = Math.min(free, window.free(nowMs));
    return free;
  }

  take(): void {
    this.inFlight += 1;
    for (const window of this.#windows) window.take();
  }

  end(nowMs: number): void {
    this.inFlight -= 1;
    for (const window of this.#windows) window.end(nowMs);
  }

  unsent(): void {
    this.inFlight -= 1;
    for (const window of this.#windows) window.unsent();
  }

  /** The earliest time at which a permit may be had; Infinity when that hangs on something in flight. */
  freeAt(nowMs: number): number {
    let at = this.inFlight < this.#concurrentMax ? nowMs : Number.POSITIVE_INFINITY;
    for (const window of this.#windows) at = Math.max(at, window.freeAt(nowMs));
    return at;
  }

  /** How far apart permits come in the long run, when each is held for `holdMs`. */
  intervalMs(holdMs: number): number {
    let interval = holdMs / this.#concurrentMax;
    for (const { count, perMs } of this.#windows) interval = Math.max(interval, (perMs + holdMs) / count);
    return interval;
  }

  state(nowMs: number): readonly LimitState[] {
    const states = this.#windows.map((window) => {
      const left = window.free(nowMs);
      const at = window.freeAt(nowMs);
      const limit = `${window.count} per ${durationText(window.perMs).replaceAll(" ", "")}`;
      return { limit, left, freeAtMs: left > 0 || !Number.isFinite(at) ? undefined : at };
    });
    if (!Number.isFinite(this.#concurrentMax)) return states;
    return [
      ...states,
      { limit: `${this.#concurrentMax} at a time`, left: this.#concurrentMax - this.inFlight, freeAtMs: undefined },
    ];
  }
}
