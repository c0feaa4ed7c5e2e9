import type { EffectState, How, StoredEffect } from "../ledger/ledger.ts";
import type { Outcome } from "../model/outcome.ts";
import { isAccepted } from "./acceptance.ts";

// The decisions about one effect, as functions from values to values. The loops that act on them are in effect.ts and doubt.ts.
//
// Doubt sticks. Once an attempt of a generation may have been applied without a whole answer, no later refusal ends that doubt: a 422 to the
// second attempt says nothing about the first. Only `done`, an absence that can be believed, or a person ends it.

/** What to do about an effect that the ledger already knows. */
export type Step =
  /** Its result is stored: hand it back. */
  | "remembered"
  /** Applied, but its answer breaks `expect`: a person reads it. */
  | "unexpected"
  /** Refused for good in this generation: the same refusal again. */
  | "refused"
  /** Certainly not applied: send it. */
  | "send"
  /** It may have been applied: find out first. */
  | "resolve"
  /** The destination works on it: ask again. */
  | "ask-again";

export function stepFor(stored: StoredEffect): Step {
  switch (stored.state) {
    case "done":
      return "remembered";
    case "unexpected":
      return "unexpected";
    case "refused":
      return "refused";
    case "not-applied":
      return "send";
    case "intended":
    case "doubt":
      return stored.how === "natural" ? "send" : "resolve";
    case "pending":
      return stored.how === "natural" && !isAccepted(stored) ? "send" : "ask-again";
  }
}

/** Whether an effect with this stored state may have changed its system. */
export function mayBeApplied(stored: StoredEffect): boolean {
  return stored.state !== "not-applied" && stored.state !== "refused";
}

/** In doubt, or not known to be otherwise: what a person is asked about. */
export function isInDoubt(stored: StoredEffect): boolean {
  if (stored.how === "natural") return isAccepted(stored);
  return stored.state === "doubt" || stored.state === "intended" || stored.state === "pending";
}

/** How a doubt about a stored effect is resolved. */
export type Resolution =
  | { readonly by: "repeat" }
  | { readonly by: "lookup" }
  | { readonly by: "person"; readonly why: string };

export interface DoubtFacts {
  readonly how: How;
  readonly hasLookup: boolean;
  readonly windowMs: number;
  /** How long ago it was first sent, at the most. */
  readonly ageMs: number;
  readonly requestMsMax: number;
  /** The destination answered with a replay of a stored failure: repeating cannot help. */
  readonly replayedFailure: boolean;
}

/** Within the destination's window repeat; past it look; where nobody can look, ask a person. */
export function resolutionFor(facts: DoubtFacts): Resolution {
  if (facts.how === "byKey") {
    // The window is counted from the first possible send, less the longest time that a repeat may be under way.
    if (facts.ageMs < facts.windowMs - facts.requestMsMax && !facts.replayedFailure) return { by: "repeat" };
    if (facts.hasLookup) return { by: "lookup" };
    return {
      by: "person",
      why: facts.replayedFailure
        ? "the destination replays a stored failure under this key, and there is no lookup"
        : "the destination no longer remembers its key, and there is no lookup",
    };
  }
  if (facts.hasLookup) return { by: "lookup" };
  return {
    by: "person",
    why: "it is sent at most once, and its answer was lost: nobody can tell whether it was applied",
  };
}

/** The state of an effect after one more outcome. */
export function stateAfter(outcome: Outcome, inDoubtBefore: boolean): EffectState {
  switch (outcome.name) {
    case "done":
      return outcome.unexpected === undefined ? "done" : "unexpected";
    case "pending":
      return "pending";
    case "in-doubt":
      return "doubt";
    case "failed-permanent":
      return inDoubtBefore ? "doubt" : "refused";
    case "failed-retryable":
    case "limited":
    case "unavailable":
    case "unauthorized":
      return inDoubtBefore ? "doubt" : "not-applied";
  }
}

/** When an absence may be believed: an applied effect is visible to the lookup from then on. */
export function believedAbsentFromMs(lastSentMs: number, visibleAfterMs: number): number {
  return lastSentMs + visibleAfterMs;
}
