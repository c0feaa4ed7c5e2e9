import { pausedReason } from "../model/paused.ts";
import type { Clock } from "../world/clock.ts";
import { Deferred } from "./port.ts";

/** Sends a record away until then: milliseconds since 1970. */
export function deferredUntil(system: string, untilMs: number, why: string): Deferred {
  return new Deferred(system, Math.ceil(untilMs), `${system}: ${why}`);
}

/** What a paused system sends away looks again after this long, unless the system is resumed before. */
const pausedAgainMs = 3_600_000;

export function pausedFor(system: string, clock: Clock): Deferred {
  return new Deferred(system, clock.now() + pausedAgainMs, pausedReason(system), true);
}
