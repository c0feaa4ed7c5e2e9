/** Two clocks go apart by no more than this, a clock that is being put right included. */
const driftShare = 0.001;

/**
 * Where the ledger's clock stands, by this process's own: an answer that came says that its time lies between asking and answering. What is known gets
 * narrower with quick answers and wider with time; an answer that cannot be true of it means that one of the clocks was set, and is all that is known then.
 * Monotonic milliseconds in, milliseconds of the server out, or the other way round.
 */
export class ServerTime {
  #atLeast = Number.NEGATIVE_INFINITY;
  #atMost = Number.POSITIVE_INFINITY;
  #notedMs = 0;

  note(askedMs: number, serverMs: number, answeredMs: number): void {
    const drift = (answeredMs - this.#notedMs) * driftShare;
    const [atLeast, atMost] = [serverMs - answeredMs, serverMs - askedMs];
    const [knownLeast, knownMost] = [this.#atLeast - drift, this.#atMost + drift];
    const isTrue = atLeast <= knownMost && atMost >= knownLeast;
    this.#atLeast = isTrue ? Math.max(atLeast, knownLeast) : atLeast;
    this.#atMost = isTrue ? Math.min(atMost, knownMost) : atMost;
    this.#notedMs = answeredMs;
  }

  /** By then the server's clock stands at `serverMs` for certain. */
  reached(serverMs: number): number {
    return serverMs - this.#atLeast;
  }

  /** What the server's clock shows then at the most. */
  by(ms: number): number {
    return ms + this.#atMost;
  }

  /** Until then it certainly does not. */
  before(serverMs: number): number {
    return serverMs - this.#atMost;
  }
}
