import type { AnyChange } from "../define/request.ts";
import type { StoredEffect } from "../ledger/ledger.ts";
import { encode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import { type AttemptSpan, during } from "../model/tracing.ts";
import type { Permit, StoredRequest } from "../systems/port.ts";
import { callOf, enter, haltRecalled, onItsWay, reportAttempt } from "./call.ts";
import { accepted, acceptedEntry, acceptedOutcome } from "./confirm.ts";
import type { Run } from "./run.ts";
import { stateAfter } from "./step.ts";

export type Sent =
  | { readonly kind: "sent"; readonly effect: StoredEffect; readonly outcome: Outcome }
  /** It was there already. */
  | { readonly kind: "known"; readonly effect: StoredEffect };

/** One attempt: intent on disk, permit, request, and its outcome noted. */
export function send(
  run: Run,
  change: AnyChange,
  effect: StoredEffect,
  mode: "fresh" | "again",
  inDoubt: boolean,
): Promise<Sent> {
  const { name, attempts, generation } = effect;
  const system = change.system.name;
  const span = run.span?.attempt({ effect: name, system, attempt: attempts + 1, generation, inDoubt });
  if (span === undefined) return sendOnce(run, change, effect, mode, inDoubt, undefined);
  return during(span, () => sendOnce(run, change, effect, mode, inDoubt, span));
}

async function sendOnce(
  run: Run,
  change: AnyChange,
  effect: StoredEffect,
  mode: "fresh" | "again",
  inDoubt: boolean,
  span: AttemptSpan | undefined,
): Promise<Sent> {
  const { systems, world } = run.shop;
  // What cannot be repeated asks for its permit first: an intent that waits in a queue would be in doubt after a crash for nothing.
  const lapsesAtMs = lapseOf(run, change, effect);
  const early = change.idempotency.how === "atMostOnce" ? await enter(run, change, { lapsesAtMs }) : undefined;
  const intentMs = run.shop.ages.now();
  const intended: StoredEffect = {
    ...effect,
    state: inDoubt ? effect.state : "intended",
    firstSentMs: effect.firstSentMs === 0 ? intentMs : effect.firstSentMs,
    lastSentMs: intentMs + systems.requestMsMax(change) + waitMsInside,
    attempts: effect.attempts + 1,
  };
  if (change.idempotency.how !== "natural") {
    const entity = effect.per === "entity" ? run.entity : undefined;
    let existing: StoredEffect | undefined;
    try {
      existing = await run.handle.waitInside(run.writer.intend({ entity, mode, effect: intended }));
    } catch (error) {
      early?.unsent();
      throw error;
    }
    if (existing !== undefined) {
      early?.unsent();
      return { kind: "known", effect: existing };
    }
    run.keep(intended);
    tellIntended(run, change.system.name, intended);
  }
  const remembersIntent = change.idempotency.how !== "natural";
  const permit = await permitted(run, change, early, lapsesAtMs).catch((error: unknown) => {
    if (remembersIntent) run.remember(neverLeft(effect, inDoubt));
    throw error;
  });
  world.passing("before-send");
  const request = JSON.parse(intended.request) as StoredRequest;
  const options = {
    call: callOf(run, "effect", effect.name),
    span,
    tenant: run.tenant,
    signal: run.handle.signal,
    beforeSend: () => onItsWay(run, permit),
    idempotencyKey: effect.idempotencyKey,
    attempt: intended.attempts,
    // What is gone already is what an undo is for.
    afterDoubt: inDoubt || run.claimed.undoing || mayHaveRun(run, change),
  };
  const answered = await (change.how === "http"
    ? systems.send(change, request, options)
    : systems.perform(change, request, options));
  world.passing("after-answer");
  if (permit.recalled !== undefined && remembersIntent) run.remember(neverLeft(effect, inDoubt));
  haltRecalled(run, permit);
  permit.release(answered);
  if (permit.free) run.probed = true;
  const { attempts: attempt } = intended;
  reportAttempt(run, { effect: effect.name, kind: "effect", attempt, system: change.system.name }, answered);
  const outcome = await acceptedOutcome(run, change, answered);
  span?.came(outcome.name);
  return { kind: "sent", outcome, effect: noteOutcome(run, change, intended, outcome, inDoubt) };
}

/** Its intent is on disk. */
export function tellIntended(run: Run, system: string, effect: StoredEffect): void {
  const { integration, tenant, record } = run.claimed;
  const { name, generation, attempts: attempt } = effect;
  run.shop.emit({ event: "effect.intended", integration, tenant, record, effect: name, system, generation, attempt });
}

async function permitted(
  run: Run,
  change: AnyChange,
  early: Permit | undefined,
  lapsesAtMs: number | undefined,
): Promise<Permit> {
  const permit = early ?? (await enter(run, change, { lapsesAtMs }));
  try {
    run.handle.check();
    return permit;
  } catch (error) {
    permit.unsent();
    throw error;
  }
}

/** Its intent is on disk, and its request was not sent this time. */
function neverLeft(effect: StoredEffect, inDoubt: boolean): StoredEffect {
  return inDoubt ? effect : { ...effect, state: "not-applied", firstSentMs: 0 };
}

/** What is harmless to repeat leaves no intent: an earlier run of this record may have sent it. */
function mayHaveRun(run: Run, change: AnyChange): boolean {
  return change.idempotency.how === "natural" && (run.claimed.attempts > 0 || run.claimed.recovered > 0);
}

/** An intent may wait this long for its permit before its request leaves. */
const waitMsInside = 1_000;

/** When its key is forgotten, by the clock as it stands now. */
function lapseOf({ nowMs, shop }: Run, { idempotency }: AnyChange, { firstSentMs }: StoredEffect): number | undefined {
  if (idempotency.how !== "byKey" || firstSentMs === 0) return undefined;
  return Math.max(0, nowMs + idempotency.windowMs - shop.ages.atMost(firstSentMs));
}

/** Writes down what an attempt came to. */
function noteOutcome(
  run: Run,
  change: AnyChange,
  effect: StoredEffect,
  outcome: Outcome,
  inDoubtBefore: boolean,
): StoredEffect {
  let state = stateAfter(outcome, inDoubtBefore);
  let why = outcome.name === "done" ? outcome.unexpected : outcome.why;
  let result: string | undefined;
  if (state === "done" && outcome.name === "done") {
    try {
      if (change.confirming !== undefined) {
        const after = accepted(run, change.confirming, effect, outcome.value, outcome.answer);
        run.remember(after, acceptedEntry(run, after));
        return after;
      }
      result = encode(outcome.value);
    } catch (error) {
      state = "unexpected";
      why = said(error);
    }
  }
  const after: StoredEffect = {
    ...effect,
    state,
    result,
    why,
    answer: state === "done" ? undefined : answerText(outcome),
    doneAtMs: state === "done" || state === "unexpected" ? run.nowMs : undefined,
  };
  const failed =
    state === "done"
      ? undefined
      : {
          atMs: run.nowMs,
          what: "attempt-failed" as const,
          actor: undefined,
          detail: JSON.stringify({
            effect: effect.name,
            outcome: outcome.name,
            why,
            status: outcome.answer?.status,
            durationMs: Math.round(outcome.durationMs),
            answer: outcome.answer?.text?.slice(0, answerCharactersMax),
          }),
        };
  if (effect.how === "natural" && state !== "done" && state !== "refused" && state !== "unexpected") {
    run.writer.note(undefined, failed);
    return after;
  }
  run.remember(after, failed);
  return after;
}

const answerCharactersMax = 2_000;

function answerText(outcome: Outcome): string | undefined {
  const { answer } = outcome;
  return answer === undefined
    ? undefined
    : JSON.stringify({ status: answer.status, text: answer.text?.slice(0, 100_000) });
}
