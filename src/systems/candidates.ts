import type { Clock } from "../world/clock.ts";
import type { Prices } from "./limits.ts";
import type { Deferred, EnterOptions, Permit } from "./port.ts";

/** Somebody who may become the probe of a breaker that has been open long enough. */
export interface Candidate extends EnterOptions {
  readonly prices: Prices;
  enter(permit: Permit): void;
  leave(why: Deferred): void;
}

/** A probe is chosen among those that ask within this time. */
const choosingMs = 25;

/** Those who ask within a moment while a breaker wants a probe. */
export class Candidates {
  readonly #clock: Clock;
  readonly #choose: () => void;
  #all: Candidate[] = [];

  /** @param choose called a moment after the first one came. */
  constructor(clock: Clock, choose: () => void) {
    this.#clock = clock;
    this.#choose = choose;
  }

  join(options: EnterOptions, prices: Prices): Promise<Permit> {
    return new Promise((enter, leave) => {
      this.#all.push({ ...options, prices, enter, leave });
      if (this.#all.length === 1) this.#clock.after(Math.min(choosingMs, options.waitMsMax), this.#choose);
    });
  }

  /**
   * Takes everybody out who still waits: a person first, then others than the one that probed last, then whose key lapses soonest.
   *
   * @param last the record that probed last.
   */
  leave(last?: string): Candidate[] {
    const all = this.#all;
    this.#all = [];
    return all
      .filter(({ signal, leave }) => {
        if (signal.aborted) leave(signal.reason);
        return !signal.aborted;
      })
      .sort(
        (a, b) =>
          Number(a.asked === undefined) - Number(b.asked === undefined) ||
          Number(a.record === last) - Number(b.record === last) ||
          lapses(a) - lapses(b),
      );
  }
}

/** A number that can be subtracted from another one, also where nothing lapses. */
function lapses({ lapsesAtMs }: Candidate): number {
  return lapsesAtMs ?? Number.MAX_SAFE_INTEGER;
}
