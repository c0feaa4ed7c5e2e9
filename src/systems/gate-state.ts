import type { Clock } from "../world/clock.ts";
import type { BreakerState } from "./breaker.ts";
import type { LearnedState } from "./learned.ts";
import type { LeftAlone } from "./left-alone.ts";
import type { Limits } from "./limits.ts";
import type { LimitView, SystemState } from "./port.ts";

/** What a gate shows of itself. Times are monotonic. */
export interface GateView {
  readonly name: string;
  readonly nowMs: number;
  /** Between its time and milliseconds since 1970. */
  readonly offsetMs: number;
  readonly breaker: BreakerState | undefined;
  readonly inFlight: number;
  readonly limits: readonly LimitView[];
  readonly leftAlone: LeftAlone;
  readonly learned: LearnedState | undefined;
  readonly auth: SystemState["auth"];
  readonly paused: boolean;
}

export function systemState(gate: GateView): SystemState {
  const { name, nowMs, offsetMs, breaker, inFlight, limits, leftAlone, learned, auth, paused } = gate;
  const iso = (atMs: number): string => new Date(offsetMs + atMs).toISOString();
  const stopped = leftAlone.untilMs > nowMs;
  return {
    name,
    breaker: breaker === undefined || breaker.name === "recovering" ? "closed" : breaker.name,
    openUntil: breaker?.name === "open" ? iso(breaker.untilMs) : null,
    inFlight,
    limits,
    stoppedUntil: stopped ? iso(leftAlone.untilMs) : null,
    stoppedBecause: stopped ? leftAlone.because : null,
    atOnce: atOnceOf(breaker, learned),
    told: (learned?.told ?? []).map(({ told, limit, left, untilMs }) => ({
      told,
      limit: limit ?? null,
      left,
      until: untilMs === undefined ? null : iso(untilMs),
    })),
    latency: learned?.latency ?? null,
    auth,
    paused,
  };
}

/** How many may be under way for now, and why. */
function atOnceOf(breaker: BreakerState | undefined, learned: LearnedState | undefined): SystemState["atOnce"] {
  const { atOnce, why } = learned ?? {};
  if (breaker?.name === "recovering" && breaker.atOnce <= (atOnce ?? Number.POSITIVE_INFINITY))
    return { most: breaker.atOnce, why: "it is back, and gets more as it goes well" };
  return atOnce === undefined ? null : { most: atOnce, why: why ?? "" };
}

export function limitViews(limits: Limits, clock: Clock): readonly LimitView[] {
  const nowMs = clock.monotonic();
  const offsetMs = clock.now() - nowMs;
  const iso = (atMs: number | undefined): string | null => (atMs === undefined ? null : new Date(atMs).toISOString());
  return limits.state(nowMs, offsetMs).map(({ limit, left, freeAtMs, spentAtMs }) => ({
    limit,
    left,
    refillsAt: iso(freeAtMs === undefined ? undefined : offsetMs + freeAtMs),
    spentAt: iso(spentAtMs),
  }));
}
