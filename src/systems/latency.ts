// How long answers took lately: the last 256 of the last ten minutes. What is older, or more, is forgotten.

const keptMax = 256;
const keptMs = 600_000;

export interface LatencyState {
  readonly medianMs: number;
  readonly p95Ms: number;
  /** How many answers that is from. */
  readonly answers: number;
}

export class Latency {
  readonly #tookMs = new Float64Array(keptMax);
  readonly #atMs = new Float64Array(keptMax).fill(Number.NEGATIVE_INFINITY);
  #next = 0;

  /** An answer came, after so long. Times are monotonic milliseconds. */
  add(nowMs: number, tookMs: number): void {
    this.#tookMs[this.#next] = tookMs;
    this.#atMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % keptMax;
  }

  /** Undefined when nothing was answered lately. */
  state(nowMs: number): LatencyState | undefined {
    const kept = this.#tookMs.filter((_, index) => nowMs - (this.#atMs[index] ?? 0) <= keptMs).sort();
    if (kept.length === 0) return undefined;
    return { medianMs: quantile(kept, 0.5), p95Ms: quantile(kept, 0.95), answers: kept.length };
  }
}

/** By the nearest rank. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
