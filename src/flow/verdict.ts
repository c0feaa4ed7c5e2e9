import { type ErrorCode, WaybillError } from "../model/errors.ts";
import type { Cause } from "../model/record.ts";

// What one run of `deliver` comes to. Effects pronounce verdicts while it runs; user code may catch the error that carries one, but not
// change it: only a refusal for good is for user code to handle.

export type Verdict =
  /** A person is needed. */
  | { readonly kind: "held"; readonly cause: Cause; readonly reason: string }
  /** Not this record's fault: it waits until then, uncounted. */
  | { readonly kind: "deferred"; readonly untilMs: number; readonly why: string }
  /** It failed and may succeed later. */
  | {
      readonly kind: "retry";
      readonly why: string;
      /** At least this long from now: our own wait, which counts towards giving up. */
      readonly pauseMs?: number | undefined;
      /** At least this long from now, as the destination said: that does not count towards giving up. */
      readonly afterMs?: number | undefined;
    }
  /** The destination refused it for good. */
  | { readonly kind: "refused"; readonly why: string };

/** Carries a verdict through user code. */
export class Halt extends WaybillError {
  readonly verdict: Verdict;
  constructor(code: ErrorCode, message: string, verdict: Verdict) {
    super(code, message);
    this.verdict = verdict;
  }
}

const rank = { held: 0, retry: 1, deferred: 2, refused: 3 } as const satisfies Record<Verdict["kind"], number>;

/** Of several verdicts of one run, the one that decides: a person before a retry before a wait. Of two alike, the later moment. */
export function decisive(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.reduce<Verdict | undefined>((best, next) => {
    if (best === undefined || rank[next.kind] < rank[best.kind]) return next;
    if (best.kind === "retry" && next.kind === "retry") {
      return longestWaitMs(next) > longestWaitMs(best) ? next : best;
    }
    if (best.kind === "deferred" && next.kind === "deferred") return next.untilMs > best.untilMs ? next : best;
    return best;
  }, undefined);
}

function longestWaitMs(verdict: Extract<Verdict, { kind: "retry" }>): number {
  return Math.max(verdict.pauseMs ?? 0, verdict.afterMs ?? 0);
}
