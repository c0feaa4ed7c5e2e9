/**
 * The only way to time. Everything that waits or asks what time it is takes one of these, so that a rehearsal can run on a virtual one.
 */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. May jump. */
  now(): number;
  /** Milliseconds on a clock that never jumps and never runs backwards. Only differences mean something. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`; the answer cancels it. Does not keep the process alive when `idle` is true. */
  after(delayMs: number, task: () => void, options?: { idle?: boolean }): () => void;
  /** Runs `task` when everything that is ready now has run: the end of this turn of the event loop. */
  soon(task: () => void): void;
}

const longestTimerMs = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task, options) {
    // setTimeout turns a delay over 2^31 ms into 1 ms: sleep in stages instead.
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      timer = setTimeout(
        () => (leftMs > longestTimerMs ? arm(leftMs - longestTimerMs) : task()),
        Math.max(0, Math.min(leftMs, longestTimerMs)),
      );
      if (options?.idle === true) timer.unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
  soon: (task) => {
    setImmediate(task);
  },
};

/** Resolves after `delayMs`, or at once when `signal` fires (it never rejects: ask the signal). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Resolves when a signal fires. */
export function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
