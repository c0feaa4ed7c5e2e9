import type { ByLookup } from "../define/idempotency.ts";
import { said, WaybillError } from "../model/errors.ts";
import { type Clock, sleep } from "../world/clock.ts";

// How soon a lookup sees what was written. It is asked at once and then again and again, with growing pauses, and once exactly when `visibleAfter` is over:
// a lookup that begins later and still finds nothing contradicts what is declared, and Waybill would have believed that nothing was applied. Time counts from
// the answer of the write: until then it may not have been applied.

/** What one lookup came to. */
export type Looked =
  | { readonly kind: "looked"; readonly found: readonly unknown[] }
  /** It threw. `refused`: the system said no, as it will the next time. */
  | { readonly kind: "failed"; readonly why: string; readonly refused: boolean }
  /** It asked something to which nothing is sent. */
  | { readonly kind: "elsewhere"; readonly what: string };

/** Asks a lookup once. */
export type Look = (lookup: ByLookup<unknown>) => Promise<Looked>;

export interface Watched {
  /** The last that it came to. */
  readonly last: Looked;
  /** When it first found something, in milliseconds from the answer on. */
  readonly seenMs: number | undefined;
  /** It found nothing, though it was asked after `visibleAfter`. */
  readonly late: boolean;
}

export interface WatchOptions {
  readonly clock: Clock;
  /** When the answer came, on the monotonic clock. */
  readonly sinceMs: number;
  /** The longest that is waited, in milliseconds. */
  readonly patienceMs: number;
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** How much longer than is declared is waited, so that it can be said how long it really takes. */
const beyondMs = 10_000;

/** Asks until something is found, until it is known to be late and does not come, or until patience ends. */
export async function watchLookup(
  look: Look,
  lookup: ByLookup<unknown>,
  { clock, sinceMs, patienceMs }: WatchOptions,
): Promise<Watched> {
  const { visibleAfterMs } = lookup;
  const untilMs = Math.min(patienceMs, visibleAfterMs * 2 + beyondMs);
  const elapsedMs = (): number => clock.monotonic() - sinceMs;
  let late = false;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    const begunMs = elapsedMs();
    const last = await look(lookup);
    if (last.kind !== "looked") return { last, seenMs: undefined, late };
    if (last.found.length > 0) return { last, seenMs: Math.round(elapsedMs()), late };
    late ||= begunMs >= visibleAfterMs;
    const nowMs = elapsedMs();
    if (nowMs >= untilMs) return { last, seenMs: undefined, late };
    const boundaryMs = visibleAfterMs - nowMs;
    await sleep(clock, boundaryMs > 0 ? Math.max(1, Math.min(pauseMs, boundaryMs)) : pauseMs);
  }
}

/** What a lookup gives, as a list. */
export function foundOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** What a lookup threw. */
export function lookupFailed(error: unknown): Looked {
  const refused = error instanceof WaybillError && error.code === "effect-refused";
  return { kind: "failed", why: said(error), refused };
}
