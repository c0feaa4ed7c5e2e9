import { monitorEventLoopDelay } from "node:perf_hooks";

/** How this process is. Seconds and bytes. */
export interface ProcessFacts {
  readonly startedAtSeconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** How late the event loop came to its timers since this was last asked: what user code that never awaits does to everybody. */
  readonly loopDelaySeconds: { readonly median: number; readonly p99: number; readonly most: number };
}

/** Looks twenty times a second how late the event loop is; finer would cost more than it tells. */
const resolutionMs = 50;

/** Watches this process from the first time that it is asked. */
export function processFacts(): () => ProcessFacts {
  let delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  const seconds = (ns: number): number => (Number.isFinite(ns) ? Math.max(0, ns / 1e9 - resolutionMs / 1_000) : 0);
  return () => {
    delay ??= started();
    const { rss, heapUsed, heapTotal } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const loopDelaySeconds = {
      median: seconds(delay.percentile(50)),
      p99: seconds(delay.percentile(99)),
      most: seconds(delay.max),
    };
    delay.reset();
    return {
      startedAtSeconds: performance.timeOrigin / 1_000,
      cpuSeconds: (user + system) / 1e6,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      loopDelaySeconds,
    };
  };
}

function started() {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  return delay;
}
