import type { Limits, Prices } from "./limits.ts";

/** Those whose turn comes come back by so many turns, and at most so much, before it. */
const earlyTurns = 16;
const earlyMsMax = 250;

/** How long permits are held, on average of the last ones, and how many were at once: what turns are spread by. Times are monotonic. */
export class Pace {
  readonly #limits: Limits;
  #holdMs = 50;
  #inFlightPeak = 1;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  entered(): void {
    if (this.#limits.inFlight > this.#inFlightPeak) this.#inFlightPeak = this.#limits.inFlight;
  }

  ended(heldMs: number): void {
    this.#holdMs += (heldMs - this.#holdMs) / 16;
  }

  /** How far apart permits come in the long run. */
  intervalMs(prices: Prices): number {
    return Math.max(this.#limits.intervalMs(this.#holdMs, prices), this.#holdMs / this.#inFlightPeak, 0.5);
  }
}

/**
 * Whoever stands in line when a permit comes makes use of it at once; so those whose turns follow closely come back a little before theirs, but not
 * before a stop is over.
 */
export function inTime(nowMs: number, atMs: number, intervalMs: number, stoppedUntilMs: number): number {
  const earlyMs = atMs - (intervalMs > 1_000 ? 0 : Math.min(earlyMsMax, earlyTurns * intervalMs));
  return earlyMs <= nowMs || earlyMs < stoppedUntilMs ? atMs : earlyMs;
}
