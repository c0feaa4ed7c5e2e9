import type { ClockSeen, Sightings, SystemSeen } from "../rules/observation.ts";

/** Of each kind: who has more of one needs no other number. */
const kindMax = 200;
/** Smaller differences of a clock are what asking over a network costs. */
const offLeastMs = 1_000;

/** Only what may be wrong, and nothing that is another one each time that it is looked at: that would be news without end. */
export function worthTelling({ systems, polls, tenants, recent, drifts, clocks }: Sightings): Sightings {
  return {
    systems: systems.filter(isWorthTelling).slice(0, kindMax),
    polls: polls
      .filter(({ failures }) => failures > 0)
      .slice(0, kindMax)
      .map((poll) => ({ ...poll, running: false, nextRunAtMs: undefined, cursor: undefined })),
    tenants: tenants.filter(({ problems }) => problems.length > 0),
    recent: {
      absurd: recent.absurd.slice(-kindMax),
      unsteady: recent.unsteady.slice(-kindMax),
      failing: recent.failing.slice(-kindMax),
    },
    drifts: drifts.slice(0, kindMax),
    clocks: clocks
      .map(roughly)
      .filter(
        ({ setBackAtMs, ledgerAheadMs, ahead }) =>
          setBackAtMs !== undefined || ledgerAheadMs !== undefined || ahead.length > 0,
      ),
  };
}

function isWorthTelling({ openSinceMs, auth, limits, renews, expiresAt, lastOpenMs }: SystemSeen): boolean {
  const isWrong = openSinceMs !== undefined || lastOpenMs !== undefined || auth === "unauthorized";
  return isWrong || (!renews && expiresAt !== null) || limits.some(({ left, spentAt }) => left < 1 || spentAt !== null);
}

function roughly(clock: ClockSeen): ClockSeen {
  const ahead = clock.ahead.filter(({ byMs }) => Math.abs(byMs) >= offLeastMs);
  const { ledgerAheadMs = 0 } = clock;
  return {
    ...clock,
    ledgerAheadMs: Math.abs(ledgerAheadMs) < offLeastMs ? undefined : inSeconds(ledgerAheadMs),
    ahead: ahead.map((one) => ({ ...one, byMs: inSeconds(one.byMs) })),
  };
}

const inSeconds = (ms: number): number => Math.round(ms / 1_000) * 1_000;
