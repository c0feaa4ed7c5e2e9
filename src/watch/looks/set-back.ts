import type { Clock } from "../../world/clock.ts";
import type { ClockSeen } from "../rules/observation.ts";

/** Smaller steps are what keeping the time looks like. */
const leastMs = 5_000;

/** Compares the clock of the machine with one that never jumps, each time that it is asked. */
export function watchSetBack(clock: Clock): () => Pick<ClockSeen, "setBackMs" | "setBackAtMs"> {
  let offsetMs = clock.now() - clock.monotonic();
  let setBackMs = 0;
  let setBackAtMs: number | undefined;
  return () => {
    const nowMs = clock.now();
    const nowOffsetMs = nowMs - clock.monotonic();
    const backMs = offsetMs - nowOffsetMs;
    offsetMs = nowOffsetMs;
    if (backMs >= leastMs) {
      setBackMs = backMs;
      setBackAtMs = nowMs;
    }
    return { setBackMs, setBackAtMs };
  };
}
