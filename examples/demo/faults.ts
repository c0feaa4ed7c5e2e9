import { chance } from "./chance.ts";

/** What a destination does to a request on a bad night. */
export type Fault =
  | "fine"
  /** Answers late, but in time. */
  | "slow"
  /** The connection breaks, and nothing was applied. */
  | "reset-before"
  /** It was applied, and the connection breaks. */
  | "reset-after"
  /** It was applied, and the answer says 500. */
  | "error-after"
  /** It was applied, and the answer never comes. */
  | "lost-answer"
  /** It was applied, and half of the answer comes. */
  | "truncated"
  /** Too many requests: 429 with Retry-After. Not applied. */
  | "limited"
  /** Overloaded: 503 with Retry-After. Not applied. */
  | "unavailable";

/** How often each fault happens, in per mille of the requests. */
export type Faults = Readonly<Partial<Record<Exclude<Fault, "fine">, number>>>;

/** The fault that this seed has for the `nth` request about `subject`: the same on every run, whatever order they come in. */
export function faultFor(faults: Faults, seed: number, subject: string, nth: number): Fault {
  let rest = chance(seed, "fault", subject, nth) * 1_000;
  for (const [fault, perMille] of Object.entries(faults) as [Exclude<Fault, "fine">, number][]) {
    rest -= perMille;
    if (rest < 0) return fault;
  }
  return "fine";
}
