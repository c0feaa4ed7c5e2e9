import type { SharedCall, StoredEffect, TimelineEntry } from "../ledger/ledger.ts";
import type { Outcome } from "../model/outcome.ts";
import { nextGeneration } from "./generation.ts";
import type { Run } from "./run.ts";
import type { ItemOutcome } from "./shared-item.ts";
import { stateAfter } from "./step.ts";

// What a call that carried several records' effects means for one of them.

/** An effect after its call, and what says how to go on. */
export interface Judged {
  readonly effect: StoredEffect;
  readonly outcome: Outcome | undefined;
  /** It asked for this pause. */
  readonly pauseMs?: number;
}

interface Came {
  /** What came of the call now; undefined where its stored answer is read. */
  readonly outcome: Outcome | undefined;
  /** The call, where it was answered whole. */
  readonly call?: SharedCall;
  /** What the answer says of this item; undefined where the answer broke `expect`. */
  readonly item?: ItemOutcome | undefined;
}

export function after(run: Run, effect: StoredEffect, { outcome, call, item }: Came): Judged {
  if (call !== undefined) {
    const broken: ItemOutcome = { state: "unexpected", why: call.why ?? "the answer to its call breaks expect" };
    return afterItem(run, effect, call, item ?? broken, outcome);
  }
  if (outcome === undefined) throw new Error(`Nothing came of the effect "${effect.name}".`);
  const state = stateAfter(outcome, false);
  const why = outcome.name === "done" ? outcome.unexpected : outcome.why;
  if (state === "not-applied") return { effect: notApplied(effect, outcome), outcome };
  return { effect: { ...effect, state: state === "pending" ? "doubt" : state, why }, outcome };
}

function afterItem(
  run: Run,
  effect: StoredEffect,
  call: SharedCall,
  item: ItemOutcome,
  outcome: Outcome | undefined,
): Judged {
  const nowMs = run.nowMs;
  const base = { ...effect, result: undefined, answer: undefined };
  switch (item.state) {
    case "done":
      return {
        effect: { ...base, state: "done", result: item.result, why: undefined, doneAtMs: nowMs },
        outcome,
      };
    case "unexpected":
      return {
        effect: { ...base, state: "unexpected", why: item.why, answer: answerOf(call), doneAtMs: nowMs },
        outcome,
      };
    case "refused":
    case "doubt":
      return { effect: { ...base, state: item.state, why: item.why }, outcome };
    case "not-applied":
      // Under the same key its destination would only replay what it said.
      return {
        effect: { ...nextGeneration(run.claimed, effect), why: item.why },
        outcome,
        pauseMs: item.afterMs,
      };
  }
}

/** The whole answer: which part of it is this one's, nobody could tell. `codec` where it met `expect`. */
function answerOf(call: SharedCall): string | undefined {
  if (call.result === undefined) return call.answer;
  return JSON.stringify({ text: call.result.slice(0, 100_000), codec: true });
}

export function notApplied(effect: StoredEffect, outcome: Outcome): StoredEffect {
  const why = outcome.name === "done" ? undefined : outcome.why;
  return { ...effect, state: "not-applied", why, firstSentMs: 0 };
}

/** What the timeline says of it; nothing where it is done. */
export function failedEntry(run: Run, { effect, outcome }: Judged): TimelineEntry | undefined {
  if (effect.state === "done") return undefined;
  return {
    atMs: run.nowMs,
    what: "attempt-failed",
    actor: undefined,
    detail: JSON.stringify({
      effect: effect.name,
      outcome: outcome?.name === "done" || outcome === undefined ? outcomeNames[effect.state] : outcome.name,
      why: effect.why,
      status: outcome?.answer?.status,
    }),
  };
}

const outcomeNames: Readonly<Partial<Record<StoredEffect["state"], Outcome["name"]>>> = {
  refused: "failed-permanent",
  unexpected: "done",
  "not-applied": "failed-retryable",
  doubt: "in-doubt",
};
