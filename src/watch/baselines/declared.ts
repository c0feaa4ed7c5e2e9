import type { Stretch } from "./during.ts";

// Declared volume: `{ atLeast: 1, per: "1h", during: "Mon-Fri 08:00-18:00" }`.
//
// The period slides: at any moment of `during`, the period before it is looked at, as long as it lies within the same stretch of `during`. So a feed that
// has to bring something each hour of the day is judged from 09:00 on. A period longer than the stretch is judged once, at the stretch's end. What was
// found too little stays so over the night and the weekend, until enough has come.
//
// Time in which we were down does not count: the period reaches so much further back.

/** New records, in the order in which they came. */
export interface Arrivals {
  readonly atMs: number;
  count: number;
}

/** Time in which nothing could be taken: we were down, or the integration was paused. */
export type Downtime = Stretch;

export interface DeclaredBounds {
  readonly atLeast: number | undefined;
  readonly atMost: number | undefined;
  readonly perMs: number;
}

export interface Seen {
  readonly arrivals: readonly Arrivals[];
  /** Since when it is watched at all. */
  readonly watchedSinceMs: number;
  readonly downtimes: readonly Downtime[];
  /** As `stretchesOf` gives them. */
  readonly stretches: readonly Stretch[];
  readonly nowMs: number;
}

/** What was found: so many in the period between these two moments. */
export interface Deviation extends Stretch {
  readonly kind: "too few" | "too many";
  readonly count: number;
}

const arrivalsMax = 2_048;

/** Writes down what came; what came close together is one entry, so that a period has at most 2,048 of them. */
export function keepArrivals(arrivals: Arrivals[], { atMs, count }: Arrivals, perMs: number): void {
  const last = arrivals.at(-1);
  const closeMs = Math.max(1_000, perMs / arrivalsMax);
  if (last !== undefined && Math.floor(last.atMs / closeMs) === Math.floor(atMs / closeMs)) last.count += count;
  else arrivals.push({ atMs, count });
  if (arrivals.length > arrivalsMax) arrivals.splice(0, arrivals.length - arrivalsMax);
}

/** Compares what came with what was declared. */
export function judgeDeclared(bounds: DeclaredBounds, seen: Seen): Deviation | undefined {
  return tooMany(bounds, seen) ?? tooFew(bounds, seen);
}

function tooMany({ atMost, perMs }: DeclaredBounds, { arrivals, stretches, nowMs }: Seen): Deviation | undefined {
  const stretch = stretches.at(-1);
  if (atMost === undefined || stretch === undefined || nowMs >= stretch.untilMs) return undefined;
  const fromMs = Math.max(stretch.fromMs, nowMs - perMs);
  const count = countBetween(arrivals, fromMs, nowMs);
  return count > atMost ? { kind: "too many", count, fromMs, untilMs: nowMs } : undefined;
}

function tooFew({ atLeast, perMs }: DeclaredBounds, seen: Seen): Deviation | undefined {
  if (atLeast === undefined || atLeast === 0) return undefined;
  const { arrivals, downtimes, watchedSinceMs, nowMs } = seen;
  for (const stretch of [...seen.stretches].reverse().slice(0, 2)) {
    const judgedMs = Math.min(nowMs, stretch.untilMs);
    const fromMs = reachedBack(judgedMs, perMs, downtimes);
    const isWhole = fromMs >= stretch.fromMs || (nowMs >= stretch.untilMs && perMs > stretch.untilMs - stretch.fromMs);
    if (!isWhole) continue;
    if (fromMs < watchedSinceMs) return undefined;
    const count = countBetween(arrivals, fromMs, judgedMs);
    const isMadeGood = count + countBetween(arrivals, judgedMs, nowMs) >= atLeast;
    return isMadeGood ? undefined : { kind: "too few", count, fromMs, untilMs: judgedMs };
  }
  return undefined;
}

/** So long before a moment, the time in which we were down left out. */
function reachedBack(untilMs: number, perMs: number, downtimes: readonly Downtime[]): number {
  let fromMs = untilMs - perMs;
  for (const down of [...downtimes].reverse()) {
    if (down.fromMs >= untilMs || down.untilMs <= fromMs) continue;
    fromMs -= Math.min(down.untilMs, untilMs) - down.fromMs;
  }
  return fromMs;
}

/** After the first moment, up to the second. */
function countBetween(arrivals: readonly Arrivals[], fromMs: number, untilMs: number): number {
  let count = 0;
  for (const { atMs, count: came } of arrivals) if (atMs > fromMs && atMs <= untilMs) count += came;
  return count;
}
