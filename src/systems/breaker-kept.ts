import type { Clock } from "../world/clock.ts";
import type { BreakerState } from "./breaker.ts";
import type { Keeps } from "./keeps.ts";

/** Writes down that a breaker opened, or that it is not open any more, so that a process which starts meanwhile begins with one probe. */
export function keepBreaker(
  keeps: Keeps,
  system: string,
  clock: Clock,
  nowMs: number,
  is: BreakerState,
  why: string,
): void {
  const { tenant, post } = keeps;
  const of = { system, tenant, kind: "breaker" } as const;
  const atMs = clock.now();
  if (is.name === "open") {
    const untilMs = Math.ceil(atMs + Math.max(0, is.untilMs - nowMs));
    post({ post: "stop", ...of, atMs, untilMs, openMs: is.openMs, why });
  } else if (is.name !== "probing") {
    post({ post: "lift", ...of });
  }
}
