// Loaded before the program (`--import`): its clock can be put forward, so that a night passes in seconds. Only how fast time goes is not real.
import { subscribe } from "node:diagnostics_channel";
import { systemClock } from "../../src/world/clock.ts";

interface Waiting {
  readonly dueMs: number;
  readonly delayMs: number;
  readonly fire: () => void;
}

let aheadMs = Number(process.env.HOURS_AHEAD_MS ?? 0);
const waiting = new Set<Waiting>();
const { now, monotonic, after } = systemClock;

Object.assign(systemClock, {
  now: () => now() + aheadMs,
  monotonic: () => monotonic() + aheadMs,
  after(delayMs: number, task: () => void, options?: { idle?: boolean }) {
    const one: Waiting = { delayMs, dueMs: systemClock.monotonic() + delayMs, fire: () => over() && task() };
    const cancel = after(delayMs, one.fire, options);
    const over = (): boolean => {
      cancel();
      return waiting.delete(one);
    };
    waiting.add(one);
    return () => void over();
  },
});

/** Calls on their way: for them time goes as it does. */
let onTheirWay = 0;
subscribe("undici:request:create", () => void onTheirWay++);
for (const over of ["undici:request:trailers", "undici:request:error"]) subscribe(over, () => void onTheirWay--);

/** The watch waits so long from one look to the next. */
const betweenLooksMs = 10_000;
const patienceMs = 5_000;

/** Time passes in steps. In each of them what is due is begun, calls that are on their way arrive, and the watch looks to the end. */
async function pass(ms: number, stepMs: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
    aheadMs += Math.min(stepMs, leftMs);
    const due = [...waiting].filter(({ dueMs }) => dueMs <= systemClock.monotonic());
    const isLooking = due.some(({ delayMs }) => delayMs === betweenLooksMs);
    for (const { fire } of due.toSorted((a, b) => a.dueMs - b.dueMs)) fire();
    const beganMs = monotonic();
    const isBusy = (): boolean =>
      onTheirWay > 0 || (isLooking && ![...waiting].some(({ delayMs }) => delayMs === betweenLooksMs));
    do await new Promise((resolve) => setTimeout(resolve, 2));
    while (isBusy() && monotonic() - beganMs < patienceMs);
    process.send?.({ aheadMs });
  }
}

process.on("message", ({ passMs, stepMs }: { passMs: number; stepMs: number }) => {
  void pass(passMs, stepMs).then(() => process.send?.({ passed: true }));
});
process.channel?.unref();
