import type { Limit } from "../define/limit.ts";
import type { BudgetAsk } from "../ledger/budgets.ts";
import { durationText } from "../model/duration.ts";

// Limits as they are counted, worked out once, for however many keys.

type Cost = Extract<Limit, { kind: "cost" }>;

/** The size of the window in which a limit is kept. */
export type Span = Pick<BudgetAsk, "points" | "perMs">;

/** A limit over time. */
export interface Windowed {
  readonly limit: Exclude<Limit, { kind: "concurrent" }>;
  /** Which of its system's budgets it is, in the ledger. */
  readonly name: string;
  readonly span: Span;
  /** Which of the prices of a call are its points; undefined where every call takes one. */
  readonly costAt: number | undefined;
  readonly text: string;
}

export interface Planned {
  readonly windows: readonly Windowed[];
  readonly costs: readonly Cost[];
  /** The least of all that say how many may be under way; Infinity where none does. */
  readonly concurrentMax: number;
  /** The same, as people see it. */
  readonly concurrent: string | undefined;
  /** Which of its system's budgets that is, in a ledger that workers share. */
  readonly concurrentName: string;
}

export function planOf(limits: readonly Limit[]): Planned {
  const names = new Map<string, number>();
  const windowed = limits.filter((limit) => limit.kind !== "concurrent");
  const costs = windowed.filter((limit) => limit.kind === "cost");
  const windows = windowed.map((limit): Windowed => {
    const span = spanOf(limit);
    // Declared with another count it is the same budget: its length says which one it is.
    const name = `${limit.kind} ${span.perMs}${perText(limit)}`;
    const alike = (names.get(name) ?? 0) + 1;
    names.set(name, alike);
    return {
      limit,
      name: alike === 1 ? name : `${name} ${alike}`,
      span,
      costAt: limit.kind === "cost" ? costs.indexOf(limit) : undefined,
      text: limitText(limit),
    };
  });
  const concurrent = limits.filter((limit) => limit.kind === "concurrent");
  const concurrentMax = Math.min(...concurrent.map(({ count }) => count));
  const [first] = concurrent;
  return {
    windows,
    costs,
    concurrentMax,
    concurrentName: `concurrent${first === undefined ? "" : perText(first)}`,
    concurrent: first === undefined ? undefined : `${concurrentMax} at a time${perText(first)}`,
  };
}

/** The rolling window that is never looser: a bucket cannot give more than its size while it refills. */
function spanOf({ count, perMs, burst }: Windowed["limit"]): Span {
  return burst === undefined ? { points: count, perMs } : { points: burst, perMs: Math.ceil((burst * perMs) / count) };
}

/** A limit as people see it: `60 per 1m`. */
export function limitText(limit: Limit): string {
  if (limit.kind === "concurrent") return `${limit.count} at a time${perText(limit)}`;
  const { kind, count, perMs, burst } = limit;
  const points = kind === "cost" ? " points" : "";
  const bursts = burst === undefined ? "" : ` with bursts of ${burst}`;
  return `${count}${points} per ${durationText(perMs).replaceAll(" ", "")}${bursts}${perText(limit)}`;
}

function perText({ per }: Limit): string {
  return per === undefined ? "" : typeof per === "string" ? `, each ${per}` : ", each key";
}
