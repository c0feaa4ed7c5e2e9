import type { Clock } from "./clock.ts";

/** Smaller steps are what keeping the time looks like. */
const leastMs = 1_000;
/** Processes of one machine see the same set-back with so much difference, and so far apart. */
const likeMs = 100;
const likeWithinMs = 60_000;

/** A clock was set back, as one process saw it. */
export interface SetBack {
  /** The latest that the clock may have shown before, in milliseconds since 1970. */
  readonly untilMs: number;
  readonly byMs: number;
  /** Names the process. */
  readonly seenBy: string;
}

export interface AgesOptions {
  /** Names this process. */
  readonly seenBy: string;
  /** Called once for each set-back that this process sees. */
  readonly onSetBack: (seen: SetBack) => void;
}

/**
 * How long ago something was at the most, by a clock that may be set back meanwhile: what counts where a time that is over must not be taken for one that
 * still runs. The clock is held against one that never jumps; what was noted by it before it was set back is so much older.
 *
 * @example
 * const ages = new Ages(clock, { seenBy: "worker-1", onSetBack: () => undefined });
 * const sentAtMs = ages.now();
 * ages.atMost(sentAtMs); // also after NTP has set the clock back by an hour
 */
export class Ages {
  readonly #clock: Clock;
  readonly #options: AgesOptions;
  readonly #setBacks: SetBack[] = [];
  #offsetMs: number;

  constructor(clock: Clock, options: AgesOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#offsetMs = clock.now() - clock.monotonic();
  }

  /** What the clock shows, in milliseconds since 1970: to be noted, and asked about later. */
  now(): number {
    const nowMs = this.#clock.now();
    const offsetMs = nowMs - this.#clock.monotonic();
    const byMs = this.#offsetMs - offsetMs;
    this.#offsetMs = offsetMs;
    if (byMs >= leastMs) {
      const { seenBy, onSetBack } = this.#options;
      const seen = { untilMs: nowMs + byMs, byMs, seenBy };
      this.#setBacks.push(seen);
      onSetBack(seen);
    }
    return nowMs;
  }

  /** In milliseconds; `Infinity` for what was noted later than now, and by a process that nobody saw set back: nobody knows how long ago that was. */
  atMost(notedMs: number): number {
    const nowMs = this.now();
    const known = this.#setBacks.reduce((sum, { untilMs, byMs }) => (notedMs <= untilMs ? sum + byMs : sum), 0);
    const ageMs = nowMs - notedMs + known;
    return ageMs < 0 ? Number.POSITIVE_INFINITY : ageMs;
  }

  /** What other processes saw, each once: several on one machine see the same. */
  learn(seen: readonly SetBack[]): void {
    for (const one of seen) if (!this.#setBacks.some((known) => isSame(known, one))) this.#setBacks.push(one);
  }
}

function isSame(known: SetBack, one: SetBack): boolean {
  const apartMs = Math.abs(known.untilMs - one.untilMs);
  const differMs = Math.abs(known.byMs - one.byMs);
  return known.seenBy === one.seenBy ? apartMs === 0 && differMs === 0 : apartMs < likeWithinMs && differMs < likeMs;
}
