import type { Clock } from "../../src/world/clock.ts";

/** Time that passes only when it is told to. Timers that keep nothing alive never fire: whoever tells the time does that work by hand. */
export class Time implements Clock {
  #elapsedMs = 0;
  readonly #startMs: number;
  #order = 0;
  #tasks: { readonly atMs: number; readonly order: number; readonly task: () => void }[] = [];
  /** Lets everything that is ready now run to its end. */
  settle: () => Promise<void> = async () => undefined;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  now = (): number => this.#startMs + this.#elapsedMs;
  monotonic = (): number => this.#elapsedMs;
  soon = (task: () => void): void => void setImmediate(task);

  after = (delayMs: number, task: () => void, options?: { readonly idle?: boolean }): (() => void) => {
    if (options?.idle === true) return () => undefined;
    const entry = { atMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order++, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  };

  /** Until then, each timer at its own time. */
  async until(nowMs: number): Promise<void> {
    const endMs = nowMs - this.#startMs;
    for (;;) {
      const [next] = this.#tasks
        .filter(({ atMs }) => atMs <= endMs)
        .toSorted((a, b) => a.atMs - b.atMs || a.order - b.order);
      if (next === undefined) break;
      this.#tasks = this.#tasks.filter((other) => other !== next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.task();
      await this.settle();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, endMs);
  }
}
