import type { PollStatus } from "../../sources/poll.ts";
import type { TenantsState } from "../../systems/tenant-ref.ts";
import type { Drift } from "../drift/drift-watch.ts";
import type { DriftSeen } from "../drift/shapes.ts";
import type { Sightings, SystemSeen, Told } from "../rules/observation.ts";

// What several workers see, as one. What is so counts as long as the worker is there that sees it: a breaker that is open, a list that cannot be read. What
// has happened stays, whoever saw it, since it says when: an absurd answer, a poll that failed.

export interface OfAnother {
  readonly seen: Sightings;
  /** It is there, as far as is known. */
  readonly isThere: boolean;
}

/** @param own of the process that asks the rules: it reads the sources. */
export function merged(own: Sightings, others: readonly OfAnother[]): Sightings {
  if (others.length === 0) return own;
  const all = [own, ...others.map(({ seen }) => seen)];
  const now = [own, ...others.filter(({ isThere }) => isThere).map(({ seen }) => seen)];
  const each = <T>(of: readonly Sightings[], part: (one: Sightings) => readonly T[]): T[] => of.flatMap(part);
  return {
    systems: byName(
      each(now, ({ systems }) => systems),
      ({ name, tenant }) => [name, tenant],
      oneSystem,
    ),
    polls: own.polls.map((poll) =>
      onePoll(
        poll,
        each(all.slice(1), ({ polls }) => polls).filter((one) => one.source === poll.source),
      ),
    ),
    tenants: byName(
      each(now, ({ tenants }) => tenants),
      ({ name }) => [name],
      oneList,
    ),
    recent: {
      absurd: byName(
        each(all, ({ recent }) => recent.absurd),
        ({ system, what }) => [system, what],
        oneTold,
      ),
      unsteady: byName(
        each(all, ({ recent }) => recent.unsteady),
        ({ integration, tenant, effect }) => [integration, tenant, effect],
        oneTold,
      ),
      failing: byName(
        each(all, ({ recent }) => recent.failing),
        ({ integration, tenant, system }) => [integration, tenant, system],
        oneTold,
      ),
    },
    drifts: byName(
      each(now, ({ drifts }) => drifts),
      ({ integration, source }) => [integration, source],
      oneShape,
    ),
    clocks: each(now, ({ clocks }) => clocks),
  };
}

/** Those of one name become one. */
function byName<T>(
  all: readonly T[],
  nameOf: (one: T) => readonly (string | undefined)[],
  one: (a: T, b: T) => T,
): readonly T[] {
  const found = new Map<string, T>();
  for (const next of all) {
    const name = JSON.stringify(nameOf(next));
    const before = found.get(name);
    found.set(name, before === undefined ? next : one(before, next));
  }
  return [...found.values()];
}

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : Math.min(a, b ?? a);
const most = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : Math.max(a, b ?? a);

/** The worse of two views of it. */
function oneSystem(a: SystemSeen, b: SystemSeen): SystemSeen {
  const badness = ({ auth, openSinceMs }: SystemSeen): number =>
    auth === "unauthorized" ? 2 : openSinceMs === undefined ? 0 : 1;
  const worse = badness(b) > badness(a) ? b : a;
  const { openSinceMs, lastOpenMs, lastUnauthorizedMs, ...rest } = worse;
  return {
    ...rest,
    limits: byName(
      [...a.limits, ...b.limits],
      ({ limit, key }) => [limit, key],
      (one, other) => (other.left < one.left ? other : one),
    ),
    openSinceMs: least(a.openSinceMs, b.openSinceMs),
    lastOpenMs: most(a.lastOpenMs, b.lastOpenMs),
    lastUnauthorizedMs: most(a.lastUnauthorizedMs, b.lastUnauthorizedMs),
  };
}

/** Whoever read it before may have failed too: what failed before the last good run is over. */
function onePoll(own: PollStatus, others: readonly PollStatus[]): PollStatus {
  const { failures, lastRunAtMs = 0 } = own;
  const before = others.filter((one) =>
    failures > 0 ? own.cursor === undefined : (one.lastRunAtMs ?? 0) > lastRunAtMs,
  );
  if (before.length === 0) return own;
  const last = before.reduce((a, b) => ((b.lastRunAtMs ?? 0) > (a.lastRunAtMs ?? 0) ? b : a));
  return {
    ...own,
    failures: failures + before.reduce((sum, one) => sum + one.failures, 0),
    lastError: own.lastError ?? last.lastError,
    lastRunAtMs: most(own.lastRunAtMs, last.lastRunAtMs),
  };
}

function oneList(a: TenantsState, b: TenantsState): TenantsState {
  return { ...a, count: a.count ?? b.count, problems: [...new Set([...a.problems, ...b.problems])] };
}

/** Both told of it: the newer one, and as often as both. */
function oneTold<T extends Told>(a: T, b: T): T {
  return { ...(b.atMs > a.atMs ? b : a), count: a.count + b.count };
}

/** Each looked at a part of what came. */
function oneShape(a: DriftSeen, b: DriftSeen): DriftSeen {
  const drifts = byName(
    [...a.drifts, ...b.drifts],
    ({ path, kind }) => [path, kind],
    (one: Drift, other: Drift) => ({
      ...(other.payloads > one.payloads ? other : one),
      sinceMs: Math.min(one.sinceMs, other.sinceMs),
    }),
  );
  return { ...a, drifts };
}
