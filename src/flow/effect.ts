import { everyDefault } from "../define/confirming.ts";
import { atMostOnce } from "../define/idempotency.ts";
import type { EffectOptions } from "../define/integration.ts";
import type { AnyChange, Change } from "../define/request.ts";
import type { StoredEffect } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import { durationMs } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import { differenceOf } from "../systems/difference.ts";
import type { StoredRequest } from "../systems/port.ts";
import { acceptanceOf, isAccepted } from "./acceptance.ts";
import { send } from "./attempt.ts";
import { requestOf } from "./batch-part.ts";
import { theirWait } from "./call.ts";
import { accepted, acceptedEntry, askForJob } from "./confirm.ts";
import { lookupOf, resolveDoubt } from "./doubt.ts";
import { takeName } from "./effect-name.ts";
import { keyOf } from "./generation.ts";
import { rereadAnswer } from "./inbox-reread.ts";
import { lostDoubt } from "./lost-time.ts";
import { waitForOrphans } from "./orphans.ts";
import type { Run } from "./run.ts";
import { isInDoubt, mayBeApplied, stepFor } from "./step.ts";
import { toUndo, undoing } from "./undo-option.ts";
import { NotMade } from "./undoable.ts";

// An effect, made safely repeatable. Before a request that is not harmless to repeat leaves, the ledger holds its intent: name, generation
// and the whole request. What the ledger knows decides what happens: a done effect is remembered, one that was certainly not applied is sent,
// one in doubt is resolved first, by its own rule, with the stored bytes.

/** `effect(name, change, options)` inside `deliver`. */
export async function makeEffect(
  run: Run,
  name: string,
  asked: Change<unknown>,
  options: EffectOptions | undefined,
): Promise<unknown> {
  run.handle.check();
  const change = undoing(run, name, checked(run, name, asked), options);
  const perEntity = options?.per === "entity";
  const known = perEntity ? await run.handle.waitInside(run.entityEffects()) : run.effects;
  const stored = known.get(name) ?? (options?.formerly === undefined ? undefined : known.get(options.formerly));
  run.asked.add(stored?.name ?? name);
  run.progressed();
  if (run.claimed.undoing) return remembered(run, change, stored ?? name, options);
  if (stored === undefined) {
    await waitForOrphans(run, name, perEntity ? known : new Map());
    return make(run, change, fresh(run, name, change, perEntity, 1), "fresh");
  }
  if (stored.madeBy !== run.claimed.record && perEntity) return shared(run, change, stored);
  return repeat(run, change, stored);
}

/** While a record is being undone nothing new is made: what is done is handed back, what is in doubt is found out. */
async function remembered(
  run: Run,
  change: AnyChange,
  stored: StoredEffect | string,
  options: EffectOptions<never> | undefined,
): Promise<unknown> {
  if (typeof stored === "string" || !mayBeApplied(stored))
    throw new NotMade(typeof stored === "string" ? stored : stored.name);
  // A doubt that nothing undoes is left as it is.
  if (isInDoubt(stored) && options?.undo === undefined) throw new NotMade(stored.name);
  const value = await asStored(run, change, stored);
  toUndo(run, stored.name, value, options);
  return value;
}

async function asStored(run: Run, change: AnyChange, stored: StoredEffect): Promise<unknown> {
  if (stored.state === "unexpected") return readOnceMore(run, change, stored);
  return stored.state === "done" ? decode(stored.result ?? "null") : findOut(run, change, stored);
}

/** Makes what undoes an effect: an effect of its own, one for each generation of what it undoes. */
export async function makeUndo(run: Run, name: string, asked: Change<unknown>, generation: number): Promise<void> {
  run.handle.check();
  const change = asChange(run, name, asked);
  const stored = run.effects.get(name);
  run.asked.add(name);
  if (stored === undefined || stored.generation < generation) {
    await make(run, change, fresh(run, name, change, false, generation), stored === undefined ? "fresh" : "again");
  } else if (stored.state !== "done") await repeat(run, change, stored);
  const made = run.effects.get(name);
  // The code never asks for it by name, so it is not missed when the record is delivered after all.
  if (made !== undefined) run.remember({ ...made, uncompared: true });
}

/** An effect that the ledger knows of, made by this same record. */
async function repeat(run: Run, change: AnyChange, stored: StoredEffect): Promise<unknown> {
  switch (stepFor(stored)) {
    case "remembered":
      compare(run, change, stored);
      return decode(stored.result ?? "null");
    case "unexpected":
      return readOnceMore(run, change, stored);
    case "refused":
      throw refusedAgain(run, stored);
    case "send":
      return make(run, change, unsent(run, change, stored), "again");
    case "resolve":
    case "ask-again": {
      const value = await findOut(run, change, stored);
      // The doubt is over; a request that the code has changed meanwhile is looked at now.
      compare(run, change, stored);
      return value;
    }
  }
}

/** The job of what was accepted is asked for; everything else that may have been applied is in doubt, and resolved by its own rule. */
async function findOut(run: Run, change: AnyChange, stored: StoredEffect): Promise<unknown> {
  // It went with others, and the code now makes it by itself: there are no bytes of its own to repeat.
  if (requestOf(stored).method === "PART") return resolveDoubt(run, alone(change), stored, conclude);
  if (change.confirming === undefined || !isAccepted(stored)) return resolveDoubt(run, change, stored, conclude);
  const { effect, outcome } = await askForJob(run, change, stored);
  return conclude(run, change, effect, outcome);
}

function alone(change: AnyChange): AnyChange {
  return { ...change, idempotency: lookupOf(change) ?? atMostOnce };
}

/** It was applied, and its answer broke `expect`: whoever let the record go may have put that right. */
async function readOnceMore(run: Run, change: AnyChange, stored: StoredEffect): Promise<unknown> {
  const reread = await run.handle.waitInside(rereadAnswer(run, change, stored));
  if (reread.state !== "done") throw heldUnexpected(run, reread.name, reread.why ?? "the answer breaks expect");
  if (change.confirming === undefined) {
    run.remember(reread);
    return decode(reread.result ?? "null");
  }
  const taken = accepted(run, change.confirming, reread, decode(reread.result ?? "null"), undefined);
  run.remember(taken, acceptedEntry(run, taken));
  return findOut(run, change, taken);
}

/** An effect of the entity that another record made. The first request counts: its result is handed on, uncompared. */
async function shared(run: Run, change: AnyChange, stored: StoredEffect): Promise<unknown> {
  switch (stepFor(stored)) {
    case "remembered":
      return decode(stored.result ?? "null");
    case "refused":
      // Refused with no doubt before it: this record asks anew, under a new key.
      return make(run, change, fresh(run, stored.name, change, true, stored.generation + 1), "again");
    case "send":
      return make(run, change, { ...unsent(run, change, stored), madeBy: run.claimed.record }, "again");
    case "unexpected":
    case "resolve":
    case "ask-again": {
      const maker = await run.handle.waitInside(run.shop.ledger.record(stored.madeBy));
      if (maker?.state === "held") {
        const reason = `The effect "${stored.name}" of its entity is held with record ${stored.madeBy}; it goes on when that is resolved.`;
        throw run.halt({ kind: "held", cause: "entity-held", reason }, reason);
      }
      if (stored.state === "unexpected")
        throw heldUnexpected(run, stored.name, stored.why ?? "the answer breaks expect");
      return findOut(run, change, stored);
    }
  }
}

function checked(run: Run, name: string, asked: Change<unknown>): AnyChange {
  const change = asChange(run, name, asked);
  takeName(run, name);
  return change;
}

function asChange(run: Run, name: string, asked: Change<unknown>): AnyChange {
  const change = asked as AnyChange;
  if (typeof change !== "object" || change === null || (change.how !== "http" && change.how !== "perform")) {
    throw new WaybillError(
      "effect-misused",
      `The effect "${name}" in "${run.claimed.integration}" is given something that is not a change.`,
      `Pass what a system makes, unawaited: effect("${name}", books.post("/invoices", { … })).`,
    );
  }
  return change;
}

function fresh(run: Run, name: string, change: AnyChange, perEntity: boolean, generation: number): StoredEffect {
  const { claimed } = run;
  const key = keyOf(claimed, name, perEntity ? "entity" : "record", generation);
  return {
    name,
    per: perEntity ? "entity" : "record",
    generation,
    state: "not-applied",
    how: change.idempotency.how,
    request: JSON.stringify(run.shop.systems.prepare(change, key)),
    result: undefined,
    answer: undefined,
    why: undefined,
    release: run.release,
    idempotencyKey: key,
    firstSentMs: 0,
    lastSentMs: 0,
    doneAtMs: undefined,
    attempts: 0,
    madeBy: claimed.record,
    uncompared: false,
  };
}

/** A stored effect that was certainly not applied, with the request as the code makes it now, unless the code is merely unsteady. */
function unsent(run: Run, change: AnyChange, stored: StoredEffect): StoredEffect {
  const now = run.shop.systems.prepare(change, stored.idempotencyKey);
  // No release made this generation: a person asked for it, and what is stored still holds the key of the one before.
  if (stored.release === "")
    return { ...stored, how: change.idempotency.how, request: JSON.stringify(now), release: run.release };
  const difference = differenceOf(JSON.parse(stored.request) as StoredRequest, now);
  if (difference === undefined) return { ...stored, how: change.idempotency.how };
  if (!difference.target && stored.release === run.release) {
    unsteady(run, stored, difference.fields);
    return { ...stored, how: change.idempotency.how };
  }
  return { ...stored, how: change.idempotency.how, request: JSON.stringify(now), release: run.release };
}

function compare(run: Run, change: AnyChange, stored: StoredEffect): void {
  if (stored.uncompared || run.claimed.uncompared) return;
  compareStored(run, stored, run.shop.systems.prepare(change, stored.idempotencyKey));
}

/** Holds a record whose code now makes another request than the one that was applied. */
export function compareStored(run: Run, stored: StoredEffect, now: StoredRequest): void {
  if (stored.uncompared || run.claimed.uncompared) return;
  const difference = differenceOf(JSON.parse(stored.request) as StoredRequest, now);
  if (difference === undefined) return;
  if (!difference.target && stored.release === run.release) return unsteady(run, stored, difference.fields);
  const reason = `The effect "${stored.name}" is done, and the code now makes another request: ${difference.fields.join(", ")} changed.`;
  throw run.halt({ kind: "held", cause: "effect-changed", reason }, reason);
}

function unsteady(run: Run, stored: StoredEffect, fields: readonly string[]): void {
  run.shop.emit({ event: "effect.unsteady", ...run.of, effect: stored.name, fields });
  run.writer.note(undefined, {
    atMs: run.nowMs,
    what: "steady-warning",
    actor: undefined,
    detail: JSON.stringify({ effect: stored.name, fields }),
  });
}

/** Sends an effect that is certainly not applied, and says what it came to. */
async function make(run: Run, change: AnyChange, effect: StoredEffect, mode: "fresh" | "again"): Promise<unknown> {
  const lost = lostDoubt(run, effect);
  if (lost !== undefined) {
    run.remember(lost);
    return resolveDoubt(run, change, lost, conclude);
  }
  const sent = await send(run, change, effect, mode, false);
  if (sent.kind === "known") return repeat(run, change, sent.effect);
  return conclude(run, change, sent.effect, sent.outcome);
}

/** Turns the state after an attempt into a result, or into the error that ends the effect. */
async function conclude(run: Run, change: AnyChange, effect: StoredEffect, outcome: Outcome): Promise<unknown> {
  const what = `effect "${effect.name}": ${effect.why ?? ""}`;
  switch (effect.state) {
    case "done":
      return decode(effect.result ?? "null");
    case "unexpected":
      throw heldUnexpected(run, effect.name, effect.why ?? "the answer breaks expect");
    case "refused":
      throw refusedAgain(run, effect);
    case "pending":
      throw run.halt({ kind: "deferred", untilMs: nextCheckMs(run, effect, outcome), why: what }, what);
    case "doubt":
      // A lookup may know at once; everything else waits for the next run.
      if (isInDoubt(effect) && outcome.name === "in-doubt" && canTellNow(change))
        return resolveDoubt(run, change, effect, conclude);
      throw run.halt({ kind: "retry", why: what, ...theirWait(outcome) }, what);
    case "not-applied":
    case "intended":
      throw run.halt({ kind: "retry", why: what, ...theirWait(outcome) }, what);
  }
}

/** When to ask again for what the destination works on: for its job, or with the same request where it named none. */
function nextCheckMs(run: Run, effect: StoredEffect, outcome: Outcome): number {
  return acceptanceOf(effect)?.nextCheckMs ?? run.nowMs + (theirWait(outcome).afterMs ?? durationMs(everyDefault));
}

function canTellNow(change: AnyChange): boolean {
  return change.idempotency.how === "byLookup" || change.idempotency.how === "atMostOnce";
}

export function heldUnexpected(run: Run, name: string, why: string): Error {
  const reason = `The effect "${name}" was applied, and its answer is not what was expected: ${why}`;
  return run.halt({ kind: "held", cause: "answer-unexpected", reason }, reason);
}

export function refusedAgain(run: Run, effect: StoredEffect): Error {
  const why = `effect "${effect.name}" was refused: ${effect.why ?? "no reason given"}`;
  return run.halt({ kind: "refused", why }, why);
}
