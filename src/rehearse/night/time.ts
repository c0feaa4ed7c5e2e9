import type { Clock } from "../../world/clock.ts";

// Time in a night. It stands still while anything runs, and goes on to the next moment at which something was to happen, so a night of hours takes
// milliseconds, and takes the same way each time.

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Earliest first; of the same moment in the order in which they were set. */
const isBefore = (one: Task, other: Task): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

/** So much may happen in one moment: a burst of fifty records takes some hundreds. What goes on is a loop that no clock would ever end. */
const stepsInAMomentMax = 10_000;

export class NightTime {
  #elapsedMs = 0;
  #steps = 0;
  #order = 0;
  #wallMs: number;
  /** A binary heap. */
  readonly #tasks: Task[] = [];
  readonly #cancelled = new Set<Task>();
  #soon: (() => void)[] = [];

  /** @param wallMs what the clock on the wall shows when it begins: milliseconds since 1970. */
  constructor(wallMs: number) {
    this.#wallMs = wallMs;
  }

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  get nowMs(): number {
    return this.#wallMs + Math.floor(this.#elapsedMs);
  }

  /** Something happens again and again, and no time passes: nothing more is run. */
  get isEndless(): boolean {
    return this.#steps > stepsInAMomentMax;
  }

  /** From now on nothing more is run. */
  halt(): false {
    this.#steps = Number.POSITIVE_INFINITY;
    return false;
  }

  /** The clock on the wall is set. */
  jump(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** A clock for one process. Once `isOver` says so, nothing of what was set by it runs any more. */
  clock(isOver: () => boolean = () => false): Clock {
    const alive = (task: () => void) => (): void => {
      if (!isOver()) task();
    };
    return {
      now: () => this.nowMs,
      monotonic: () => this.#elapsedMs,
      after: (delayMs, task) => {
        const added = this.#add(this.#elapsedMs + Math.max(0, delayMs), alive(task));
        return () => void this.#cancelled.add(added);
      },
      soon: (task) => void this.#soon.push(alive(task)),
    };
  }

  /** Runs what was to happen at the end of this turn. Answers whether there was anything. */
  runSoon(): boolean {
    const tasks = this.#soon;
    if (tasks.length === 0 || this.isEndless) return false;
    this.#steps += 1;
    this.#soon = [];
    for (const task of tasks) task();
    return true;
  }

  /** Goes on to the next moment, and runs what was to happen first then. False when there is none before `untilMs`. */
  step(untilMs: number): boolean {
    for (;;) {
      const [first] = this.#tasks;
      if (first === undefined || first.atMs > untilMs || this.isEndless) return false;
      this.#removeFirst();
      if (this.#cancelled.delete(first)) continue;
      this.#steps = first.atMs > this.#elapsedMs ? 0 : this.#steps + 1;
      this.#elapsedMs = Math.max(this.#elapsedMs, first.atMs);
      first.run();
      return true;
    }
  }

  #add(atMs: number, run: () => void): Task {
    const task = { atMs, order: this.#order++, run };
    const tasks = this.#tasks;
    let at = tasks.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, tasks[parent] as Task)) break;
      tasks[at] = tasks[parent] as Task;
      at = parent;
    }
    tasks[at] = task;
    return task;
  }

  #removeFirst(): void {
    const tasks = this.#tasks;
    const last = tasks.pop() as Task;
    if (tasks.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= tasks.length) break;
      if (child + 1 < tasks.length && isBefore(tasks[child + 1] as Task, tasks[child] as Task)) child += 1;
      if (!isBefore(tasks[child] as Task, last)) break;
      tasks[at] = tasks[child] as Task;
      at = child;
    }
    tasks[at] = last;
  }
}
