import type { Clock } from "../world/clock.ts";

/**
 * Whether to tell of something that anybody can make happen a thousand times a second: of the same thing once in a while.
 *
 * @example const mayTell = seldom(clock, 60_000); if (mayTell(why)) emit({ event: "intake.failed", … });
 */
export function seldom(clock: Clock, everyMs: number): (what: string) => boolean {
  let toldWhat: string | undefined;
  let toldAtMs = 0;
  return (what) => {
    const now = clock.monotonic();
    if (what === toldWhat && now - toldAtMs < everyMs) return false;
    toldWhat = what;
    toldAtMs = now;
    return true;
  };
}
