import type { Keep } from "../define/config.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { durationMs } from "../model/duration.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { type Clock, sleep } from "../world/clock.ts";

export interface Keeping {
  readonly payloadsMs: number;
  readonly historyMs: number;
  /** Undefined: for ever. */
  readonly marksMs: number | undefined;
  readonly callsMs: number;
}

/** What was let go of, or could be. */
export interface Pruned {
  readonly payloads: number;
  readonly records: number;
  readonly marks: number;
  readonly calls: number;
}

const nothing: Pruned = { payloads: 0, records: 0, marks: 0, calls: 0 };

/** How long what is kept, in milliseconds. */
export function keepingOf(keep: Keep | undefined): Keeping {
  return {
    payloadsMs: durationMs(keep?.payloads ?? "30d", "keep.payloads"),
    historyMs: durationMs(keep?.history ?? "400d", "keep.history"),
    marksMs: keep?.marks === undefined ? undefined : durationMs(keep.marks, "keep.marks"),
    callsMs: durationMs(keep?.calls ?? "7d", "keep.calls"),
  };
}

const everyMs = 3_600_000;
const stepRows = 500;
/** Steps leave the ledger to the work between them. */
const pauseMs = 50;

export interface Retention {
  /** Lets go of what is kept long enough, in small steps; after whatever is being let go of already. Only final states are pruned. */
  prune(keep: Keeping, onProgress?: (so: Pruned) => void): Promise<Pruned>;
  /** By `keep`, now and every hour, until the signal fires. */
  keepTidy(keep: Keeping): Promise<void>;
}

export function createRetention(ledger: Ledger, clock: Clock, emit: Emit, signal: AbortSignal): Retention {
  let last: Promise<unknown> = Promise.resolve();

  // A walk through the ledger goes on where the last step stopped: two of them must not share the way.
  const prune: Retention["prune"] = (keep, onProgress) => {
    const next = last.then(() => pruneAll(ledger, keep, clock, signal, onProgress));
    last = next.catch(() => undefined);
    return next;
  };

  return {
    prune,
    async keepTidy(keep) {
      while (!signal.aborted) {
        try {
          // One of several does it for all.
          const pruned = ledger.isSteward() ? await prune(keep) : nothing;
          if (pruned.payloads + pruned.records + pruned.marks + pruned.calls > 0) emit({ event: "pruned", ...pruned });
        } catch (error) {
          if (error instanceof WaybillError && error.code === "ledger-closed") return;
          emit({
            event: "ledger.failed",
            code: error instanceof WaybillError ? error.code : "ledger-failed",
            why: said(error),
          });
        }
        await idle(clock, signal);
      }
    },
  };
}

function idle(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve) => {
    const cancel = clock.after(everyMs, resolve, { idle: true });
    const stop = (): void => {
      cancel();
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** What `keep` lets go of at this time. */
export function pruneStepOf(keep: Keeping, nowMs: number, limit: number): Parameters<Ledger["prune"]>[0] {
  return {
    payloadsBeforeMs: nowMs - keep.payloadsMs,
    historyBeforeMs: nowMs - keep.historyMs,
    marksBeforeMs: keep.marksMs === undefined ? undefined : nowMs - keep.marksMs,
    callsBeforeMs: nowMs - keep.callsMs,
    limit,
  };
}

async function pruneAll(
  ledger: Ledger,
  keep: Keeping,
  clock: Clock,
  signal: AbortSignal,
  onProgress: (so: Pruned) => void = () => undefined,
): Promise<Pruned> {
  const total = { payloads: 0, records: 0, marks: 0, calls: 0 };
  const nowMs = clock.now();
  while (!signal.aborted) {
    const step = await ledger.prune(pruneStepOf(keep, nowMs, stepRows));
    total.payloads += step.payloads;
    total.records += step.records;
    total.marks += step.marks;
    total.calls += step.calls;
    onProgress(total);
    if (!step.more) return total;
    await sleep(clock, pauseMs, signal);
  }
  return total;
}
