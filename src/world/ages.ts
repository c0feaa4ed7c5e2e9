import type { Clock } from "./clock.ts";

/** Smaller steps are what keeping the time looks like. */
const leastMs = 1_000;

interface SetBack {
  /** The latest that the clock may have shown before. */
  readonly untilMs: number;
  readonly byMs: number;
}

/**
 * How long ago something was at the most, by a clock that may be set back meanwhile: what counts where a time that is over must not be taken for one that
 * still runs. The clock is held against one that never jumps; what was noted by it before it was set back is so much older.
 *
 * @example
 * const ages = new Ages(clock);
 * const sentAtMs = ages.now();
 * ages.atMost(sentAtMs); // also after NTP has set the clock back by an hour
 */
export class Ages {
  readonly #clock: Clock;
  readonly #setBacks: SetBack[] = [];
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.now() - clock.monotonic();
  }

  /** What the clock shows, in milliseconds since 1970: to be noted, and asked about later. */
  now(): number {
    const nowMs = this.#clock.now();
    const offsetMs = nowMs - this.#clock.monotonic();
    const byMs = this.#offsetMs - offsetMs;
    this.#offsetMs = offsetMs;
    if (byMs >= leastMs) this.#setBacks.push({ untilMs: nowMs + byMs, byMs });
    return nowMs;
  }

  /** In milliseconds; `Infinity` for what was noted later than now, and by a process before this one: nobody knows how long ago that was. */
  atMost(notedMs: number): number {
    const nowMs = this.now();
    const known = this.#setBacks.reduce((sum, { untilMs, byMs }) => (notedMs <= untilMs ? sum + byMs : sum), 0);
    const ageMs = nowMs - notedMs + known;
    return ageMs < 0 ? Number.POSITIVE_INFINITY : ageMs;
  }
}
