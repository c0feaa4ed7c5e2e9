import type { Clock } from "../../world/clock.ts";

// A process that stands still, as one does whose machine is suspended: nothing of it runs, its timers do not ring, and no answer reaches it. What came
// meanwhile waits, and happens in its order when the process comes back. Until then somebody else may have taken its place: it learns that from its next
// beat, as a worker of a fleet does, and until that it knows only that its lease has run out.

/** As in ledger/postgres/lanes.ts: how often a worker beats, and how long it may let something out after that. */
const beatMs = 1_000;
const leaseMs = 5_000;

export interface StandstillOptions {
  /** Of the night itself. */
  readonly night: Clock;
  /** Whether another process has its place. */
  readonly isLost: () => boolean;
  /** It has been told that it is lost, and everything that it had in hand is let go of. */
  readonly onEnd: () => void;
}

export class Standstill {
  readonly #options: StandstillOptions;
  readonly #listeners: (() => Promise<void>)[] = [];
  #waiting: (() => void)[] | undefined;
  #lastBeatMs: number | undefined;

  constructor(options: StandstillOptions) {
    this.#options = options;
  }

  get stands(): boolean {
    return this.#waiting !== undefined;
  }

  /** @param sinceBeatMs how long ago it last beat: less than a second. */
  begin(sinceBeatMs: number): void {
    const { night } = this.#options;
    this.#waiting = [];
    this.#lastBeatMs = night.monotonic() - sinceBeatMs;
    // Its next beat is a timer like any other: what was to ring before it rings before it.
    night.after(beatMs - sinceBeatMs, () => this.whenItRuns(() => void this.#beat()));
  }

  /** It comes back. */
  end(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const task of waiting) this.#options.night.after(0, () => this.whenItRuns(task));
  }

  /** At once, or when it comes back. */
  whenItRuns(task: () => void): void {
    if (this.#waiting === undefined) task();
    else this.#waiting.push(task);
  }

  runsAgain(): Promise<void> {
    return new Promise((resolve) => this.whenItRuns(resolve));
  }

  leaseLeftMs(): number {
    if (this.#lastBeatMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#lastBeatMs + leaseMs - this.#options.night.monotonic();
  }

  onLost(listener: () => Promise<void>): void {
    this.#listeners.push(listener);
  }

  /** Its clock, which does not ring while it stands still. */
  clock(own: Clock): Clock {
    return {
      ...own,
      after: (delayMs, task, options) => {
        let isCancelled = false;
        const cancel = own.after(delayMs, () => this.whenItRuns(() => void (isCancelled || task())), options);
        return () => {
          isCancelled = true;
          cancel();
        };
      },
      soon: (task) => own.soon(() => this.whenItRuns(task)),
    };
  }

  /** Whose lease has run out lets go of what it had in hand, as a worker does that joins anew. */
  async #beat(): Promise<void> {
    if (this.leaseLeftMs() <= 0 || this.#options.isLost())
      await Promise.all(this.#listeners.map((listener) => listener()));
    if (this.#options.isLost()) this.#options.onEnd();
    else this.#lastBeatMs = undefined;
  }
}
