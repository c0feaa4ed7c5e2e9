import type { Meter } from "./meter.ts";

// A bucket that may burst: it holds `burst` points and drains evenly, `points` in `perMs`. In any stretch of time t the destination sees at most
// burst + points * t / perMs. A call counts as full from its grant, and begins to drain when it has ended, whenever the destination really saw it:
// so its own bucket is never fuller than this one.

export class Bucket implements Meter {
  readonly burst: number;
  readonly #drainPerMs: number;
  #level = 0;
  #levelAtMs = Number.NEGATIVE_INFINITY;
  #inFlight = 0;

  constructor(points: number, perMs: number, burst: number) {
    this.burst = burst;
    this.#drainPerMs = points / perMs;
  }

  free(nowMs: number, points: number): number {
    return Math.floor((this.burst - this.used(nowMs)) / points);
  }

  take(points: number): void {
    this.#inFlight += points;
  }

  end(nowMs: number, points: number, actual: number): void {
    this.#inFlight -= points;
    this.#level = this.#levelAt(nowMs) + Math.max(0, actual);
    this.#levelAtMs = nowMs;
  }

  unsent(points: number): void {
    this.#inFlight -= points;
  }

  freeAt(nowMs: number, points: number): number {
    if (this.free(nowMs, points) > 0) return nowMs;
    if (this.#inFlight + points > this.burst) return Number.POSITIVE_INFINITY;
    return nowMs + Math.ceil((this.used(nowMs) + points - this.burst) / this.#drainPerMs);
  }

  freeBy(_nowMs: number, untilMs: number, points: number): number {
    return this.free(untilMs, points);
  }

  intervalMs(_holdMs: number, points: number): number {
    return points / this.#drainPerMs;
  }

  left(nowMs: number): number {
    return Math.max(0, Math.floor(this.burst - this.used(nowMs)));
  }

  used(nowMs: number): number {
    return this.#inFlight + this.#levelAt(nowMs);
  }

  #levelAt(nowMs: number): number {
    if (this.#level === 0) return 0;
    return Math.max(0, this.#level - Math.max(0, nowMs - this.#levelAtMs) * this.#drainPerMs);
  }
}
