import type { Clock } from "../../src/world/clock.ts";

export interface VirtualClock extends Clock {
  /** Lets time pass; tasks run at their time, and what they promised has run before the next one does. */
  pass(ms: number): Promise<void>;
  /** How many timers are set. */
  timers(): number;
}

/** A clock that stands still until it is told otherwise. */
export function virtualClock(startMs = 1_750_000_000_000): VirtualClock {
  let elapsed = 0;
  let order = 0;
  let tasks: { atMs: number; order: number; task: () => void }[] = [];
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await new Promise((later) => setImmediate(later));
  };
  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    after(delayMs, task) {
      const entry = { atMs: elapsed + Math.max(0, delayMs), order: order++, task };
      tasks.push(entry);
      return () => {
        tasks = tasks.filter((other) => other !== entry);
      };
    },
    soon(task) {
      setImmediate(task);
    },
    timers: () => tasks.length,
    async pass(ms) {
      const endMs = elapsed + ms;
      await settle();
      for (;;) {
        const [next] = tasks.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        if (next === undefined) break;
        tasks = tasks.filter((other) => other !== next);
        elapsed = Math.max(elapsed, next.atMs);
        next.task();
        await settle();
      }
      elapsed = endMs;
    },
  };
}
