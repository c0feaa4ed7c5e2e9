import type { Ledger } from "../ledger/ledger.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { type Clock, sleep } from "../world/clock.ts";

export interface Keeping {
  readonly payloadsMs: number;
  readonly historyMs: number;
  /** Undefined: for ever. */
  readonly marksMs: number | undefined;
}

const everyMs = 3_600_000;
const stepRows = 500;
/** Steps leave the ledger to the work between them. */
const pauseMs = 50;

/** Lets go of what is kept long enough, in small steps, now and every hour, until `signal` fires. Only final states are pruned. */
export async function keepTidy(
  ledger: Ledger,
  keep: Keeping,
  clock: Clock,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const pruned = await pruneAll(ledger, keep, clock, signal);
      if (pruned.payloads + pruned.records + pruned.marks > 0) emit({ event: "pruned", ...pruned });
    } catch (error) {
      if (error instanceof WaybillError && error.code === "ledger-closed") return;
      emit({
        event: "ledger.failed",
        code: error instanceof WaybillError ? error.code : "ledger-failed",
        why: said(error),
      });
    }
    await new Promise<void>((resolve) => {
      const cancel = clock.after(everyMs, resolve, { idle: true });
      const stop = (): void => {
        cancel();
        resolve();
      };
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}

async function pruneAll(
  ledger: Ledger,
  keep: Keeping,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ payloads: number; records: number; marks: number }> {
  const total = { payloads: 0, records: 0, marks: 0 };
  const nowMs = clock.now();
  while (!signal.aborted) {
    const step = await ledger.prune({
      payloadsBeforeMs: nowMs - keep.payloadsMs,
      historyBeforeMs: nowMs - keep.historyMs,
      marksBeforeMs: keep.marksMs === undefined ? undefined : nowMs - keep.marksMs,
      limit: stepRows,
    });
    total.payloads += step.payloads;
    total.records += step.records;
    total.marks += step.marks;
    if (!step.more) return total;
    await sleep(clock, pauseMs, signal);
  }
  return total;
}
