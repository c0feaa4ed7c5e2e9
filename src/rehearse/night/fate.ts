import type { HttpChange } from "../../define/request.ts";
import { between, chance } from "./chance.ts";
import { type ExchangeFault, exchangeFaults, type Mix } from "./faults.ts";
import type { Plan } from "./plan.ts";

// What becomes of one exchange: decided by what it is for and which try it is, so that it stays the same whatever else happens in the night.

export interface Fate {
  readonly fault: ExchangeFault | "outage" | "late-arrival" | undefined;
  /** In milliseconds: until the connection stands, from there to the other side, and back. */
  readonly connectMs: number;
  readonly wayMs: number;
  readonly backMs: number;
}

export interface FateOptions {
  readonly seed: number;
  readonly mix: Mix;
  /** Nothing goes wrong any more. */
  readonly calm: boolean;
  /** The system is away. */
  readonly away: boolean;
}

/** What goes wrong with a system at a moment of the night. */
export function fateAt({ seed, mix, calmAtMs, outages }: Plan, nowMs: number, system: string): FateOptions {
  const calm = nowMs >= calmAtMs;
  const away = outages.some(
    ({ fromMs, untilMs, which }) => fromMs <= nowMs && nowMs < untilMs && (which + system.length) % 2 === 0,
  );
  return { seed, mix, calm, away: away && !calm };
}

export function fateOf(change: HttpChange, name: string, nth: number, { seed, mix, calm, away }: FateOptions): Fate {
  const timeoutMs = change.timeoutMs ?? change.system.timeoutMs;
  const quick = between(10, 200, seed, "way", name, nth);
  const happens = (fault: ExchangeFault | "late-arrival"): boolean =>
    mix.has(fault) && suits(fault, change) && chance(seed, fault, name, nth) < (mix.get(fault) ?? 0);
  const fault = calm ? undefined : away ? "outage" : [...exchangeFaults, "late-arrival" as const].find(happens);
  const slow = fault === "slow" ? Math.floor(timeoutMs * 0.8 * chance(seed, "how slow", name, nth)) : 0;
  const lateMs =
    fault === "late-arrival" ? Math.floor((timeoutMs - quick) * 0.9 * chance(seed, "how late", name, nth)) : 0;
  return {
    fault,
    connectMs: between(1, 20, seed, "connect", name, nth),
    wayMs: quick / 2 + Math.max(0, lateMs),
    backMs: quick / 2 + slow,
  };
}

/** Not everything can be answered to everything. */
function suits(fault: ExchangeFault | "late-arrival", change: HttpChange): boolean {
  if (fault === "expired-token") return change.system.auth !== undefined;
  if (fault === "rejected") return change.kind === "change";
  return true;
}
