import type { Outcome } from "../model/outcome.ts";
import type { Permit } from "./port.ts";

/** Outcomes that ended from this side: they say nothing about the system. */
const ownOutcomes = new WeakSet<Outcome>();

export function markOwn(outcome: Outcome): Outcome {
  ownOutcomes.add(outcome);
  return outcome;
}

/** What is known about a permit when it comes back. */
export interface Granted {
  readonly record: string;
  readonly sinceMs: number;
  readonly probe: boolean;
  /** The breaker's era in which it was granted. */
  readonly era: number;
}

export type Ended = (granted: Granted, outcome: Outcome | undefined, own: boolean) => void;

/** A permit: it comes back once, with the outcome or unused. */
export class Entered implements Permit, Granted {
  readonly record: string;
  readonly sinceMs: number;
  readonly probe: boolean;
  readonly era: number;
  #ended: Ended | undefined;

  constructor(record: string, sinceMs: number, probe: boolean, era: number, ended: Ended) {
    this.record = record;
    this.sinceMs = sinceMs;
    this.probe = probe;
    this.era = era;
    this.#ended = ended;
  }

  release(outcome: Outcome): void {
    const ended = this.#ended;
    this.#ended = undefined;
    ended?.(this, outcome, outcome.name !== "done" && ownOutcomes.has(outcome));
  }

  unsent(): void {
    const ended = this.#ended;
    this.#ended = undefined;
    ended?.(this, undefined, false);
  }
}
