import type { Learned } from "./learned.ts";
import type { LeftAlone } from "./left-alone.ts";
import type { Limits, Prices } from "./limits.ts";
import type { WatchedBreaker } from "./watched-breaker.ts";

const never = Number.POSITIVE_INFINITY;

/** When calls may be let in, by all that has a say in how many: limits, what answers have taught, a breaker that lets few in. Times are monotonic. */
export class Openings {
  readonly #limits: Limits;
  readonly #learned: Learned | undefined;
  readonly #breaker: WatchedBreaker | undefined;
  readonly #leftAlone: LeftAlone;

  constructor(limits: Limits, learned: Learned | undefined, breaker: WatchedBreaker | undefined, leftAlone: LeftAlone) {
    this.#limits = limits;
    this.#learned = learned;
    this.#breaker = breaker;
    this.#leftAlone = leftAlone;
  }

  get stoppedUntilMs(): number {
    return this.#leftAlone.untilMs;
  }

  /** Nothing but numbers keeps calls out. */
  isOpen(nowMs: number): boolean {
    return this.stoppedUntilMs <= nowMs && this.#breaker?.isShut !== true;
  }

  /** How many such calls may be let in now. */
  free(nowMs: number, prices: Prices): number {
    return Math.min(this.#limits.free(nowMs, prices), this.#taught(nowMs));
  }

  /** The same, with what is left in the ledger. */
  left(nowMs: number, prices: Prices): number {
    return Math.min(this.#limits.left(nowMs, prices), this.#taught(nowMs));
  }

  /** When the next one may be let in; `Infinity` when that hangs on somebody who is inside. */
  opensAt(nowMs: number, prices: Prices): number {
    const { inFlight } = this.#limits;
    if (this.#breaker !== undefined && this.#breaker.atOnceMax <= inFlight) return never;
    const learnt = this.#learned?.freeAt(nowMs, inFlight) ?? nowMs;
    return Math.max(this.#limits.freeAt(nowMs, prices), learnt, this.stoppedUntilMs);
  }

  /** How many more may go by what it has shown, whatever is declared. */
  #taught(nowMs: number): number {
    const { inFlight } = this.#limits;
    const free = this.#learned?.free(nowMs, inFlight) ?? never;
    return this.#breaker === undefined ? free : Math.min(free, this.#breaker.atOnceMax - inFlight);
  }
}
