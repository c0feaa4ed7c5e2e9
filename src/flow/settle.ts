import { isLater, isPermanent } from "../define/verdict.ts";
import type { Settlement, StoredEffect } from "../ledger/ledger.ts";
import { durationText } from "../model/duration.ts";
import { said } from "../model/errors.ts";
import type { Cause, Issue, State } from "../model/record.ts";
import { givesUp, pauseMs, type RetryPlan } from "./retry.ts";
import { isInDoubt } from "./step.ts";
import { decisive, Halt, type Verdict } from "./verdict.ts";

/** How a run of `deliver` ended, gathered: what settles the record is decided from this alone. */
export interface Ending {
  /** What `deliver` threw; undefined when it returned. */
  readonly thrown: { readonly error: unknown } | undefined;
  readonly verdicts: readonly Verdict[];
  /** Effects of the record as they stand now, and those of its entity that this run asked for. */
  readonly effects: readonly StoredEffect[];
  readonly asked: ReadonlySet<string>;
  /** Refusals that user code never looked at. */
  readonly unseenRefusal: string | undefined;
  readonly attemptsBefore: number;
  readonly spentBeforeMs: number;
  readonly runMs: number;
  readonly nowMs: number;
  readonly chance: number;
  readonly plan: RetryPlan;
  readonly strict: boolean;
  /** The failure was a probe of a system that is down. */
  readonly probed: boolean;
}

export type Decided = Pick<
  Settlement,
  "to" | "cause" | "reason" | "atMs" | "nextAtMs" | "attempts" | "spentMs" | "strict"
> & {
  readonly issues?: readonly Issue[];
};

/** Where a record goes after a run. */
export function settle(ending: Ending): Decided {
  const verdict = decisive(ending.verdicts);
  const doubt = ending.effects.find((effect) => isInDoubt(effect));
  if (verdict?.kind === "held") return to(ending, "held", verdict.cause, verdict.reason);
  if (verdict?.kind === "retry") return retry(ending, verdict, doubt);
  if (verdict?.kind === "deferred") return deferred(ending, verdict.untilMs, verdict.why);
  if (ending.thrown !== undefined) return afterThrow(ending, ending.thrown.error, doubt);
  if (doubt !== undefined) {
    const reason = `The effect "${doubt.name}" is in doubt, and deliver ended without asking for it again.`;
    return to(ending, "held", "effect-orphaned", reason);
  }
  if (ending.unseenRefusal !== undefined) return to(ending, "dead", "refused", ending.unseenRefusal);
  return to(ending, "delivered", undefined, undefined);
}

function afterThrow(ending: Ending, error: unknown, doubt: StoredEffect | undefined): Decided {
  if (error instanceof Halt) {
    if (error.verdict.kind === "refused") return forGood(ending, "refused", error.verdict.why, doubt);
    if (error.verdict.kind === "retry") return retry(ending, error.verdict, doubt);
  }
  if (isPermanent(error)) return forGood(ending, "permanent", error.message, doubt);
  if (isLater(error)) {
    return retry(ending, { kind: "retry", why: error.message, pauseMs: error.afterMs }, doubt, { exactly: true });
  }
  return retry(ending, { kind: "retry", why: said(error) }, doubt);
}

/** Nothing that is in doubt dies: a person has to know. */
function forGood(ending: Ending, cause: Cause, why: string, doubt: StoredEffect | undefined): Decided {
  if (doubt === undefined) return to(ending, "dead", cause, why);
  return to(ending, "held", "in-doubt", `${why}; and the effect "${doubt.name}" is in doubt.`);
}

function retry(
  ending: Ending,
  verdict: Extract<Verdict, { kind: "retry" }>,
  doubt: StoredEffect | undefined,
  options?: { readonly exactly: boolean },
): Decided {
  const attempts = ending.attemptsBefore + 1;
  const jitterMs = options?.exactly === true ? 0 : pauseMs(ending.plan, attempts, ending.chance);
  const ourPauseMs = Math.max(jitterMs, verdict.pauseMs ?? 0);
  const waitMs = Math.max(ourPauseMs, verdict.afterMs ?? 0);
  const spentMs = ending.probed ? 0 : ending.runMs + (waitMs > ourPauseMs ? 0 : ourPauseMs);
  if (givesUp(ending.plan, ending.spentBeforeMs + spentMs)) {
    const reason = `gave up after ${attempts} attempts in ${durationText(ending.spentBeforeMs + ending.runMs)}; the last: ${verdict.why}`;
    return forGood(ending, "gave-up", reason, doubt);
  }
  return {
    ...to(ending, "waiting", "retrying", verdict.why),
    attempts: ending.probed ? 0 : 1,
    nextAtMs: ending.nowMs + waitMs,
    spentMs,
  };
}

function deferred(ending: Ending, untilMs: number, why: string): Decided {
  return { ...to(ending, "waiting", "deferred", why), attempts: 0, nextAtMs: untilMs, spentMs: 0 };
}

function to(
  ending: Ending,
  state: Exclude<State, "delivering">,
  cause: Cause | undefined,
  reason: string | undefined,
): Decided {
  return {
    to: state,
    cause,
    reason,
    atMs: ending.nowMs,
    nextAtMs: 0,
    attempts: 1,
    spentMs: ending.runMs,
    strict: ending.strict,
  };
}
