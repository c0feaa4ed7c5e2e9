import type { Learned } from "./learned.ts";
import type { LeftAlone } from "./left-alone.ts";
import type { Limits, Prices } from "./limits.ts";
import type { WatchedBreaker } from "./watched-breaker.ts";

const never = Number.POSITIVE_INFINITY;

export interface OpeningsParts {
  readonly limits: Limits;
  /** Undefined, as are the others, at the gate of a key. */
  readonly learned?: Learned | undefined;
  readonly breaker?: WatchedBreaker | undefined;
  readonly leftAlone?: LeftAlone;
  /** A person said so. */
  readonly isPaused?: () => boolean;
}

/** When calls may be let in, by all that has a say in how many: limits, what answers have taught, a breaker that lets few in. Times are monotonic. */
export class Openings {
  readonly #parts: OpeningsParts;
  readonly #limits: Limits;

  constructor(parts: OpeningsParts) {
    this.#parts = parts;
    this.#limits = parts.limits;
  }

  get stoppedUntilMs(): number {
    return this.#parts.leftAlone?.untilMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Nothing but numbers keeps calls out. */
  isOpen(nowMs: number): boolean {
    const { breaker, isPaused } = this.#parts;
    return this.stoppedUntilMs <= nowMs && breaker?.isShut !== true && isPaused?.() !== true;
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
    const { learned, breaker } = this.#parts;
    const { inFlight } = this.#limits;
    if (breaker !== undefined && breaker.atOnceMax <= inFlight) return never;
    const learnt = learned?.freeAt(nowMs, inFlight) ?? nowMs;
    return Math.max(this.#limits.freeAt(nowMs, prices), learnt, this.stoppedUntilMs);
  }

  whyNot(nowMs: number): string {
    return this.stoppedUntilMs > nowMs ? "it asked to be left alone" : "its limits are used up";
  }

  /** How many more may go by what it has shown, whatever is declared. */
  #taught(nowMs: number): number {
    const { learned, breaker } = this.#parts;
    const { inFlight } = this.#limits;
    const free = learned?.free(nowMs, inFlight) ?? never;
    return breaker === undefined ? free : Math.min(free, breaker.atOnceMax - inFlight);
  }
}
