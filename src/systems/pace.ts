import type { Crowd, Crowds } from "./crowds.ts";
import type { Limits, Prices } from "./limits.ts";
import type { Lane } from "./turns.ts";

/** Those whose turn comes come back by so many turns, and at most so much, before it. */
const earlyTurns = 16;
const earlyMsMax = 250;

/** How long permits are held, on average of the last ones, and how many were at once: what turns are spread by. Times are monotonic. */
export class Pace {
  readonly #limits: Limits;
  readonly #crowds: Crowds;
  #holdMs = 50;
  #inFlightPeak = 1;

  constructor(limits: Limits, crowds: Crowds) {
    this.#limits = limits;
    this.#crowds = crowds;
  }

  entered(): void {
    if (this.#limits.inFlight > this.#inFlightPeak) this.#inFlightPeak = this.#limits.inFlight;
  }

  ended(heldMs: number): void {
    this.#holdMs += (heldMs - this.#holdMs) / 16;
  }

  /** How far apart permits come behind `ahead` others. */
  apartMs(nowMs: number, prices: Prices, ahead: number): number {
    const byLimits = this.#limits.intervalMs(nowMs, this.#holdMs, prices, ahead);
    return Math.max(byLimits, this.#holdMs / this.#inFlightPeak, 0.5);
  }

  /** How far apart they come for those of one crowd. */
  intervalMs(nowMs: number, prices: Prices, crowd: Crowd, lane: Lane): number {
    const slowdown = this.#crowds.slowdown(crowd);
    return this.apartMs(nowMs, prices, this.#ahead(crowd, lane, slowdown)) * slowdown;
  }

  /** The same by what is declared alone: how long calls took while a system went down says nothing about how long they will take. */
  declaredMs(nowMs: number, crowd: Crowd, lane: Lane): number {
    return Math.max(this.#limits.intervalMs(nowMs, 0, undefined, this.#ahead(crowd, lane, 1)), 0.5);
  }

  #ahead({ turns, inLine }: Crowd, lane: Lane, slowdown: number): number {
    return (turns.before(lane) + inLine) * slowdown;
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
