import type { SystemDefinition } from "../../define/system.ts";
import { durationText } from "../../model/duration.ts";

// Whether a system ever got more than it was declared to bear, counted where it counts: at the system.

/** Whose limits: each tenant's own, where a system is for each. */
export interface Account {
  readonly system: SystemDefinition;
  readonly account: string;
  /** Which process asks. */
  readonly life: number;
}

interface Arrival {
  readonly atMs: number;
  readonly life: number;
}

/** Windows up to this begin empty after a crash (DESIGN of limits): the process that counted them is gone. */
const keptFromMs = 60_000;

export class LimitBooks {
  readonly #arrivals = new Map<string, { readonly system: SystemDefinition; readonly all: Arrival[] }>();
  readonly #under = new Map<string, number>();
  readonly #exceeded = new Set<string>();

  arrived({ system, account, life }: Account, atMs: number): void {
    const name = `${account} ${system.name}`;
    const known = this.#arrivals.get(name) ?? { system, all: [] };
    known.all.push({ atMs, life });
    this.#arrivals.set(name, known);
  }

  sent(account: Account): void {
    const { system } = account;
    const under = this.#add(account, 1);
    for (const limit of system.limits)
      if (limit.kind === "concurrent" && limit.per === undefined && under > limit.count)
        this.#exceeded.add(`"${system.name}" had ${under} requests at once, and bears ${limit.count}`);
  }

  ended(account: Account): void {
    this.#add(account, -1);
  }

  exceeded(): readonly string[] {
    return [...this.#exceeded, ...[...this.#arrivals.values()].flatMap(({ system, all }) => overRate(system, all))];
  }

  #add({ system, account, life }: Account, by: number): number {
    const key = `${life} ${account} ${system.name}`;
    const under = (this.#under.get(key) ?? 0) + by;
    this.#under.set(key, under);
    return under;
  }
}

function overRate(system: SystemDefinition, arrivals: readonly Arrival[]): string[] {
  return system.limits.flatMap((limit) => {
    if (limit.kind !== "rate" || limit.per !== undefined || limit.burst !== undefined) return [];
    const { count, perMs } = limit;
    const most =
      perMs > keptFromMs
        ? mostWithin(arrivals, perMs)
        : Math.max(0, ...[...Map.groupBy(arrivals, ({ life }) => life).values()].map((of) => mostWithin(of, perMs)));
    return most <= count
      ? []
      : [`"${system.name}" got ${most} requests within ${durationText(perMs)}, and bears ${count}`];
  });
}

function mostWithin(arrivals: readonly Arrival[], lengthMs: number): number {
  const sorted = arrivals.map(({ atMs }) => atMs).sort((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [at, atMs] of sorted.entries()) {
    while (atMs - (sorted[from] ?? atMs) >= lengthMs) from += 1;
    most = Math.max(most, at - from + 1);
  }
  return most;
}
