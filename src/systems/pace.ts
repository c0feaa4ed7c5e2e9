import type { Crowd, Crowds } from "./crowds.ts";
import type { Limits, Prices } from "./limits.ts";
import type { Openings } from "./openings.ts";
import type { Lane } from "./turns.ts";

/** Those whose turn comes come back by so many turns, and at most so much, before it. */
const earlyTurns = 16;
const earlyMsMax = 250;
/** Whoever is called in stands in line after at most so long, even on a busy machine. */
const comingMs = 125;
/** So many at most are called in. */
const readyMax = 64;

/**
 * How long permits are held, on average of the last ones, and how many were at once: what turns are spread by, and when those are called in whose turns
 * were spread by what is no longer true. Times are monotonic.
 */
export class Pace {
  readonly #limits: Limits;
  readonly #crowds: Crowds;
  readonly #openings: Openings;
  #holdMs = 50;
  /** Unknown until a call has ended. */
  #inFlightPeak = Number.POSITIVE_INFINITY;

  constructor(limits: Limits, crowds: Crowds, openings: Openings) {
    this.#limits = limits;
    this.#crowds = crowds;
    this.#openings = openings;
  }

  entered(): void {
    const { inFlight } = this.#limits;
    if (inFlight > this.#inFlightPeak) this.#inFlightPeak = inFlight;
  }

  ended(heldMs: number): void {
    if (this.#inFlightPeak === Number.POSITIVE_INFINITY) this.#inFlightPeak = this.#limits.inFlight + 1;
    this.#holdMs += (heldMs - this.#holdMs) / 16;
  }

  /** When somebody who joins the line now is likely to be let in. */
  earliest(nowMs: number, interval: number, prices: Prices, crowd: Crowd): number {
    const opens = this.#openings.opensAt(nowMs, prices);
    const { stoppedUntilMs } = this.#openings;
    // What is left in the ledger is for those who stand in line already.
    const left = stoppedUntilMs > nowMs ? 0 : this.#openings.left(nowMs, prices);
    const ahead = Math.max(0, this.#crowds.ahead(crowd) - Math.max(0, left));
    const first = Number.isFinite(opens) ? opens : Math.max(nowMs + interval, stoppedUntilMs);
    return first + ahead * this.#apartMs(nowMs, prices, ahead);
  }

  /** How far apart permits come behind `ahead` others. */
  #apartMs(nowMs: number, prices: Prices, ahead: number): number {
    const byLimits = this.#limits.intervalMs(nowMs, this.#holdMs, prices, ahead);
    // Few may have been under way only because few came, or few slots had been lent by then: where limits say how many may be, they know better.
    return Math.max(byLimits > 0 ? byLimits : this.#holdMs / this.#inFlightPeak, 0.5);
  }

  /** How far apart they come for those of one crowd. */
  intervalMs(nowMs: number, prices: Prices, crowd: Crowd, lane: Lane): number {
    const slowdown = this.#crowds.slowdown(crowd);
    return this.#apartMs(nowMs, prices, this.#ahead(crowd, lane, slowdown)) * slowdown;
  }

  /** The same by what is declared alone: how long calls took while a system went down says nothing about how long they will take. */
  declaredMs(nowMs: number, crowd: Crowd, lane: Lane): number {
    return Math.max(this.#limits.intervalMs(nowMs, 0, undefined, this.#ahead(crowd, lane, 1)), 0.5);
  }

  #ahead({ turns, inLine }: Crowd, lane: Lane, slowdown: number): number {
    return (turns.before(lane) + inLine) * slowdown;
  }

  /** Whoever goes next of those who were sent away. */
  first(nowMs: number): readonly string[] {
    return this.#crowds.callIn(1, nowMs);
  }

  /** Who is to be called in now, and when to look again. */
  callIn(nowMs: number, inLine: number): { readonly records: readonly string[]; readonly againAtMs?: number } {
    if (this.#crowds.empty || !this.#openings.isOpen(nowMs)) return { records: [] };
    const prices = this.#limits.usualPrices;
    const opensAt = this.#openings.opensAt(nowMs, prices);
    if (opensAt > nowMs + comingMs && opensAt < Number.POSITIVE_INFINITY)
      return { records: [], againAtMs: opensAt - comingMs };
    const apartMs = this.#apartMs(nowMs, prices, earlyTurns);
    const ready = this.#ready(nowMs, prices, apartMs);
    const coming = Math.max(inLine, this.#crowds.comingBy(nowMs, nowMs + apartMs));
    return { records: coming * 2 >= ready ? [] : this.#crowds.callIn(ready - coming, nowMs) };
  }

  /** How many are to stand in line, or to be on their way to it. */
  #ready(nowMs: number, prices: Prices, apartMs: number): number {
    const free = Math.max(0, this.#openings.free(nowMs, prices));
    const evenly = Math.min(earlyTurns, Math.floor(earlyMsMax / apartMs));
    // Where nothing holds them back they come after a stop: no more at once than there have been.
    if (free >= readyMax) return Math.min(evenly, this.#inFlightPeak - this.#limits.inFlight);
    // Permits that were taken together come back together. Those that lie there unused are no reason for a rush.
    const together = this.#limits.freeBy(nowMs, nowMs + earlyMsMax, prices) - free;
    return Math.min(readyMax, Math.max(free > 0 ? 1 : 0, evenly, together));
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
