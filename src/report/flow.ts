import type { CohortGroup } from "../ledger/ledger.ts";
import type { State } from "../model/record.ts";

// What came, and where it is now. Records are counted by when they came, so the parts of a flow add up to what came.

export interface Flow {
  /** New records: no duplicates, and nothing that was refused. */
  came: number;
  delivered: number;
  /** Waiting or being delivered. */
  underWay: number;
  /** Quarantined, dead or held. */
  needPerson: number;
  /** Filtered, superseded or discarded: nothing is to be done, by a rule or by a person. */
  letGo: number;
}

/** A flow, and how long what was delivered took from its receipt. */
export interface TimedFlow extends Flow {
  readonly took: Map<number, number>;
}

const placeOf = {
  delivered: "delivered",
  waiting: "underWay",
  delivering: "underWay",
  quarantined: "needPerson",
  dead: "needPerson",
  held: "needPerson",
  superseded: "letGo",
  filtered: "letGo",
  discarded: "letGo",
} as const satisfies Record<State, Exclude<keyof Flow, "came">>;

export const emptyFlow = (): TimedFlow => ({
  came: 0,
  delivered: 0,
  underWay: 0,
  needPerson: 0,
  letGo: 0,
  took: new Map(),
});

/** Adds records that stand alike. */
export function addGroup(flow: TimedFlow, { state, count, took }: Pick<CohortGroup, "state" | "count" | "took">): void {
  flow.came += count;
  flow[placeOf[state]] += count;
  for (const [ms, how] of took) flow.took.set(ms, (flow.took.get(ms) ?? 0) + how);
}

/** Adds one flow to another. */
export function addFlow(flow: TimedFlow, other: TimedFlow): TimedFlow {
  for (const name of ["came", "delivered", "underWay", "needPerson", "letGo"] as const) flow[name] += other[name];
  for (const [ms, how] of other.took) flow.took.set(ms, (flow.took.get(ms) ?? 0) + how);
  return flow;
}

/**
 * The time that this share of them did not exceed, by the nearest rank; undefined where there are none.
 *
 * @example quantile(new Map([[10, 3], [200, 1]]), 0.5) // 10
 */
export function quantile(took: ReadonlyMap<number, number>, share: number): number | undefined {
  const sorted = [...took].toSorted(([one], [other]) => one - other);
  const count = sorted.reduce((sum, [, how]) => sum + how, 0);
  let rank = Math.max(1, Math.ceil(count * share));
  for (const [ms, how] of sorted) {
    rank -= how;
    if (rank <= 0) return ms;
  }
  return undefined;
}
