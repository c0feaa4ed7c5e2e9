import type { Outcome } from "../model/outcome.ts";
import type { Prices } from "./limits.ts";
import type { Deferred, Permit } from "./port.ts";

/** Outcomes that ended from this side: they say nothing about the system. */
const ownOutcomes = new WeakSet<Outcome>();

export function markOwn(outcome: Outcome): Outcome {
  ownOutcomes.add(outcome);
  return outcome;
}

/** Outcomes whose request ran out of its time. */
const timeouts = new WeakSet<Outcome>();

export function markTimedOut(outcome: Outcome): Outcome {
  timeouts.add(outcome);
  return outcome;
}

export function timedOut(outcome: Outcome): boolean {
  return outcome.name !== "done" && timeouts.has(outcome);
}

/** What is known about a permit when it comes back. */
export interface Granted {
  readonly record: string;
  readonly sinceMs: number;
  readonly probe: boolean;
  /** The breaker's era in which it was granted. */
  readonly era: number;
  /** A person asked for it, in spite of a stop. */
  readonly anyway: boolean;
  readonly prices: Prices;
}

/** Where a permit comes from. */
export interface Home {
  /** It comes back, unused where there is no outcome. Answers whether its failure costs nothing. */
  ended(granted: Granted, outcome: Outcome | undefined, own: boolean): boolean;
  /** Whether it may still be used, asked when the request is about to leave. */
  recall(granted: Granted): Deferred | undefined;
}

/** A permit: it comes back once, with the outcome or unused. */
export class Entered implements Permit, Granted {
  readonly record: string;
  readonly sinceMs: number;
  readonly probe: boolean;
  readonly era: number;
  readonly anyway: boolean;
  readonly prices: Prices;
  free = false;
  recalled: Deferred | undefined = undefined;
  readonly #home: Home;
  #over = false;

  constructor({ record, sinceMs, probe, era, anyway, prices }: Granted, home: Home) {
    this.record = record;
    this.sinceMs = sinceMs;
    this.probe = probe;
    this.era = era;
    this.anyway = anyway;
    this.prices = prices;
    this.#home = home;
  }

  check(): void {
    this.recalled = this.#home.recall(this);
    if (this.recalled !== undefined) throw this.recalled;
  }

  release(outcome: Outcome): void {
    const own = outcome.name !== "done" && ownOutcomes.has(outcome);
    this.free = this.#end(outcome, own);
  }

  unsent(): void {
    this.#end(undefined, false);
  }

  #end(outcome: Outcome | undefined, own: boolean): boolean {
    if (this.#over) return false;
    this.#over = true;
    return this.#home.ended(this, outcome, own);
  }
}
