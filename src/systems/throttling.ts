import type { Outcome } from "../model/outcome.ts";

/** Fewer calls at once is the first remedy (adaptive.ts); when it has not helped for so long, a system is left alone. */
const remedyMs = 1_000;
const shortestMs = 1_000;
const longestMs = 60_000;

/**
 * A system that turns calls away for how many there are, and does not say for how long. While some of them go well, fewer at once will do. When nothing
 * goes well any more its budget is spent, and each call in vain may make that last longer: it is left alone for a second, then for two, up to a minute.
 */
export class Throttling {
  /** Since when calls were turned away and none went well. */
  #sinceMs: number | undefined;
  #stopMs = shortestMs;

  /**
   * A call has ended; times are monotonic milliseconds.
   *
   * @returns how long to leave it alone, when it is time for that.
   */
  ended(nowMs: number, sentMs: number, { name }: Pick<Outcome, "name">): number | undefined {
    if (name === "done") this.over();
    if (name !== "limited") return undefined;
    this.#sinceMs ??= nowMs;
    if (sentMs < this.#sinceMs + remedyMs) return undefined;
    const stopMs = this.#stopMs;
    this.#stopMs = Math.min(longestMs, stopMs * 2);
    // Those that were let in together are one try.
    this.#sinceMs = nowMs - remedyMs + stopMs;
    return stopMs;
  }

  /** It went well, or it says by itself how long. */
  over(): void {
    this.#sinceMs = undefined;
    this.#stopMs = shortestMs;
  }
}
