import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../../world/clock.ts";
import type { Random } from "../../world/random.ts";
import { UnderWay } from "./under-way.ts";
import type { Violation } from "./violation.ts";

/** What user code meets in a rehearsal instead of the world as it is. */
export interface ScopeWorld {
  /** Virtual. `after` and `soon` are called from outside of the scope; the others must ask nothing that is replaced. */
  readonly clock: Clock;
  /** Seeded. */
  readonly random: Random;
  /** What `fetch` in user code does instead. */
  fetch(request: Request): Promise<Response>;
  /** Told at once, from wherever it happens: it must not throw. */
  violated(what: Violation): void;
  /** Hears whenever it is asked whether all is quiet. */
  readonly onTurn?: (() => void) | undefined;
}

/** What a timer that was turned into a number can be found by: `clearTimeout(+timer)`. */
export interface Clearable {
  close(): void;
}

/** One rehearsal, as the functions that are replaced see it. */
export interface Scope {
  readonly world: ScopeWorld;
  /** So that `performance.timeOrigin + performance.now()` is the virtual time. */
  readonly timeOriginMs: number;
  readonly underWay: UnderWay;
  /** Timers that were turned into numbers, and the last number that was given. */
  readonly numbered: Map<number, Clearable>;
  lastNumber: number;
}

const store = new AsyncLocalStorage<Scope>();

export function openScope(world: ScopeWorld): Scope {
  const timeOriginMs = world.clock.now() - world.clock.monotonic();
  return { world, timeOriginMs, underWay: new UnderWay(), numbered: new Map(), lastNumber: 0 };
}

/** The rehearsal that the running code belongs to, whatever promises, timers and events lie between. */
export function currentScope(): Scope | undefined {
  return store.getStore();
}

export function inside<T>(scope: Scope, work: () => T): T {
  return store.run(scope, work);
}

/**
 * Runs `work` with the real clock, chance and timers, although a rehearsal has called: for what drives the rehearsal itself.
 *
 * @example
 * await outside(() => drive(clock, scope));
 */
export function outside<T>(work: () => T): T {
  return store.exit(work);
}
