// A counter that only grows, as it stood at each look: so how much came in any stretch of the last day can be told. A reading is kept for each minute of
// the last hour and for each half hour before that: at most 110 of one counter, and at most 2,000 counters.

interface Reading {
  readonly atMs: number;
  readonly values: readonly number[];
}

const fineMs = 60_000;
const hourMs = 3_600_000;
const coarseMs = 1_800_000;
const keptMs = 24 * hourMs;
const countersMax = 2_000;

export class Counts {
  readonly #readings = new Map<string, Reading[]>();

  /** Notes how counters stand now. */
  note(name: string, atMs: number, values: readonly number[]): void {
    let readings = this.#readings.get(name) ?? [];
    const last = readings.at(-1);
    // After a clock was set back, what was read later than now says nothing.
    if (last !== undefined && last.atMs > atMs) readings = readings.filter((one) => one.atMs <= atMs);
    if (readings.length === 0 || atMs - (readings.at(-1)?.atMs ?? 0) >= fineMs)
      readings = [...thinned(readings, atMs), { atMs, values }];
    if (!this.#readings.has(name) && this.#readings.size >= countersMax) return;
    this.#readings.set(name, readings);
  }

  /** How they stood at that moment, or at the first reading after it; undefined for a counter that nobody has read. */
  at(name: string, ms: number): readonly number[] | undefined {
    const readings = this.#readings.get(name) ?? [];
    return (readings.findLast(({ atMs }) => atMs <= ms) ?? readings[0])?.values;
  }
}

function thinned(readings: readonly Reading[], nowMs: number): Reading[] {
  const kept: Reading[] = [];
  for (const one of readings) {
    const ageMs = nowMs - one.atMs;
    if (ageMs > keptMs) continue;
    const before = kept.at(-1);
    if (ageMs > hourMs && before !== undefined && one.atMs - before.atMs < coarseMs) continue;
    kept.push(one);
  }
  return kept;
}
