import type { LocalHour } from "./local-hour.ts";
import { amountOf, stepOf, unknown } from "./scale.ts";

// What a feed did on each of the last 56 days, hour by hour: how many new records came, and how long it had been quiet at most. Nothing older counts,
// so a feed that changes its ways is known by its new ways after some weeks, and memory is the same for ten records a day and for ten thousand a second.

/** One local day. Both are on the scale of `scale.ts`, `unknown` where the hour was not watched whole. */
export interface Day {
  readonly date: string;
  readonly weekday: number;
  readonly counts: Uint8Array;
  /** The longest time in seconds for which nothing had come, at any moment of that hour. */
  readonly quiet: Uint8Array;
}

export const daysMax = 56;
const hours = 24;
const dayMs = 86_400_000;

/** The days of one feed, oldest first, in one block of memory: fifty feeds have 2,800 of them, and an object for each would take ten times as much. */
export class Days {
  /** Days since 1970. */
  readonly #numbers: number[] = [];
  /** Of each day its counts, and then its quiet times. */
  #bytes = new Uint8Array(7 * 2 * hours);

  get length(): number {
    return this.#numbers.length;
  }

  /** Views: what is written later shows in them. */
  all(): Day[] {
    return this.#numbers.map((_, at) => this.#at(at));
  }

  /** The newest day but this one. */
  newestBut(date: string | undefined): Day | undefined {
    const number = date === undefined ? undefined : numberOf(date);
    const at = this.#numbers.findLastIndex((one) => one !== number);
    return at === -1 ? undefined : this.#at(at);
  }

  /** Writes down an hour. An hour that comes twice (the clock is put back) is the sum of both; days beyond 56 are let go of. */
  keep(
    { date, hour }: Pick<LocalHour, "date" | "hour">,
    { count, quietS }: { readonly count: number; readonly quietS: number },
  ): void {
    const number = numberOf(date);
    const last = this.#numbers.at(-1);
    // A clock that was put far back shows a day that is written already: what stands there stays.
    if (last !== undefined && number < last) return;
    if (number !== last) this.add(date);
    const day = this.#at(this.length - 1);
    const countBefore = day.counts[hour] ?? unknown;
    const quietBefore = day.quiet[hour] ?? unknown;
    day.counts[hour] = stepOf(count + (countBefore === unknown ? 0 : amountOf(countBefore)));
    day.quiet[hour] = Math.max(stepOf(quietS), quietBefore === unknown ? 0 : quietBefore);
  }

  /** A day of which nothing is known, or this. */
  add(date: string, counts?: Uint8Array, quiet?: Uint8Array): void {
    if (this.length === daysMax) {
      this.#numbers.shift();
      this.#bytes.copyWithin(0, 2 * hours);
    }
    const from = this.length * 2 * hours;
    this.#numbers.push(numberOf(date));
    if (from === this.#bytes.length) {
      const grown = new Uint8Array(Math.min(daysMax * 2 * hours, from * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.fill(unknown, from, from + 2 * hours);
    if (counts !== undefined) this.#bytes.set(counts.subarray(0, hours), from);
    if (quiet !== undefined) this.#bytes.set(quiet.subarray(0, hours), from + hours);
  }

  #at(at: number): Day {
    const number = this.#numbers[at] ?? 0;
    const from = at * 2 * hours;
    return {
      date: new Date(number * dayMs).toISOString().slice(0, 10),
      // The first of January 1970 was a Thursday; weeks begin on Monday.
      weekday: (number + 3) % 7,
      counts: this.#bytes.subarray(from, from + hours),
      quiet: this.#bytes.subarray(from + hours, from + 2 * hours),
    };
  }
}

const numberOf = (date: string): number => Date.parse(date) / dayMs;

/** How many records came on a day, as far as it was watched; undefined when that was less than 20 of its hours. */
export function totalOf(day: Day): number | undefined {
  let total = 0;
  let known = 0;
  for (const step of day.counts) {
    if (step === unknown) continue;
    total += amountOf(step);
    known++;
  }
  return known >= 20 ? total : undefined;
}
