import type { Acceptance, Confirming } from "../define/confirming.ts";
import type { AnyChange, HttpChange } from "../define/request.ts";
import type { StoredEffect, TimelineEntry } from "../ledger/ledger.ts";
import { decode, encode } from "../model/codec.ts";
import { durationText } from "../model/duration.ts";
import { said } from "../model/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import { retryAfter } from "../systems/retry-after.ts";
import { acceptanceOf, acceptanceText, type StoredAcceptance } from "./acceptance.ts";
import { readOut } from "./call.ts";
import { nextGeneration } from "./generation.ts";
import { readAnswerAgain } from "./inbox-reread.ts";
import { readJob } from "./job.ts";
import type { Run } from "./run.ts";

// A change that is confirmed: its whole answer only accepts it and names a job. The acceptance is on disk from then on, and the request is not sent
// again while it stands. The record waits uncounted between the checks, with no slot and no permit held; each check is a read through the limits of its
// system. What a check that fails says of the job is nothing. Three things end the waiting besides the job itself: the destination does not know the
// job, and then the effect is in doubt and resolved by its own rule; the job does not end within the declared time; its answer cannot be read.

/** What an attempt or a check came to: the effect as it stands then, and the outcome that says how to go on. */
export interface Checked {
  readonly effect: StoredEffect;
  readonly outcome: Outcome;
}

/** The outcome of a confirmed request: what is marked as pending is an acceptance as well, and is read as one. */
export async function acceptedOutcome(run: Run, change: AnyChange, outcome: Outcome): Promise<Outcome> {
  if (change.confirming === undefined || outcome.name !== "pending" || outcome.answer?.text === undefined)
    return outcome;
  const { sent, durationMs, answer } = outcome;
  const read = await readAnswerAgain(change.expect, answer.status, outcome.answer.text, run.shop.world.clock);
  return read.ok
    ? { name: "done", sent, durationMs, answer, value: read.value }
    : { name: "done", sent, durationMs, answer, value: undefined, unexpected: read.why };
}

/** The effect once its request was accepted. @throws when what was answered cannot be stored. */
export function accepted(
  run: Run,
  { everyMs }: Confirming,
  effect: StoredEffect,
  value: unknown,
  answer: Outcome["answer"],
): StoredEffect {
  const asksMs = retryAfter(answer?.headers ?? {}, run.nowMs)?.afterMs ?? 0;
  const acceptance: StoredAcceptance = {
    accepted: encode(value),
    status: answer?.status,
    location: answer?.headers.location,
    acceptedAtMs: run.nowMs,
    nextCheckMs: run.nowMs + Math.max(everyMs, asksMs),
  };
  return {
    ...effect,
    state: "pending",
    result: undefined,
    answer: acceptanceText(acceptance),
    why: "accepted; its job still runs",
    doneAtMs: undefined,
  };
}

/** What the timeline says of an acceptance. */
export function acceptedEntry(run: Run, effect: StoredEffect): TimelineEntry {
  const { accepted: answered, location, status } = acceptanceOf(effect) as StoredAcceptance;
  const detail = { effect: effect.name, status, location, accepted: JSON.parse(answered) };
  return { atMs: run.nowMs, what: "accepted", actor: undefined, detail: JSON.stringify(detail) };
}

/** Asks for the job of an accepted effect, once it is time. */
export async function askForJob(run: Run, change: AnyChange, stored: StoredEffect): Promise<Checked> {
  const confirming = change.confirming as Confirming;
  const acceptance = acceptanceOf(stored) as StoredAcceptance;
  if (run.nowMs < acceptance.nextCheckMs) return waits(stored);
  const outcome = await check(run, stored, readOf(run, confirming, stored, acceptance));
  if (isUnknown(outcome)) return forgotten(run, stored, outcome);
  if (outcome.name !== "done") return checkFailed(run, confirming, stored, acceptance, outcome);
  if (outcome.unexpected !== undefined)
    throw unclear(run, stored, `the job's answer breaks expect: ${outcome.unexpected}`);
  const says = readJob(confirming.read, outcome.value, outcome.answer?.status);
  switch (says.is) {
    case "done":
      return { effect: ended(run, stored, says.value), outcome };
    case "failed": {
      const effect: StoredEffect = { ...stored, state: "refused", why: says.why, answer: undefined };
      run.remember(effect, failure(run, stored, "failed-permanent", says.why));
      return { effect, outcome };
    }
    case "again": {
      const effect = { ...nextGeneration(run.claimed, stored), why: says.why };
      run.remember(effect, failure(run, stored, "failed-retryable", says.why));
      const { sent, durationMs } = outcome;
      return { effect, outcome: { name: "limited", sent, durationMs, why: says.why, afterMs: says.afterMs } };
    }
    case "running":
      return later(run, confirming, stored, acceptance, { why: says.why, outcome });
    case "unclear":
      throw unclear(run, stored, says.why);
  }
}

function ended(run: Run, stored: StoredEffect, value: unknown): StoredEffect {
  let result: string;
  try {
    result = encode(value);
  } catch (error) {
    throw unclear(run, stored, `its result cannot be stored: ${said(error)}`);
  }
  const effect: StoredEffect = {
    ...stored,
    state: "done",
    result,
    answer: undefined,
    why: undefined,
    doneAtMs: run.nowMs,
  };
  run.remember(effect);
  return effect;
}

/** The read that asks for the job, as the code makes it from what was accepted. */
function readOf(run: Run, { check: ask }: Confirming, stored: StoredEffect, acceptance: StoredAcceptance): HttpChange {
  const known: Acceptance = { location: acceptance.location, status: acceptance.status };
  let read: AnyChange | undefined;
  try {
    read = ask(decode(acceptance.accepted), known) as AnyChange | undefined;
  } catch (error) {
    throw unclear(run, stored, `check() makes no read of what was accepted: ${said(error)}`);
  }
  if (read?.how === "http" && read.kind === "read") return read;
  throw unclear(run, stored, "check() has to return a read: what get() or query() of a system makes, unawaited");
}

async function check(run: Run, stored: StoredEffect, read: HttpChange): Promise<Outcome> {
  const outcome = await readOut(run, read, `${stored.name} (check)`);
  run.handle.check();
  return outcome;
}

/** The destination knows no such job. A read that says `orAbsent` answers so too. */
function isUnknown({ answer }: Outcome): boolean {
  return answer?.status === 404 || answer?.status === 410;
}

/** What was accepted there is not there: whether it was applied, nobody knows. */
function forgotten(run: Run, stored: StoredEffect, outcome: Outcome): Checked {
  const why = `it was accepted, and its job is not known there (status ${outcome.answer?.status})`;
  const { sent, durationMs } = outcome;
  const harmless = stored.how === "natural";
  const effect: StoredEffect = { ...stored, state: harmless ? "not-applied" : "doubt", answer: undefined, why };
  run.remember(effect, failure(run, stored, harmless ? "failed-retryable" : "in-doubt", why));
  return { effect, outcome: { name: harmless ? "failed-retryable" : "in-doubt", sent, durationMs, why } };
}

/** A check that fails says nothing of the job. Past the declared time, one that is refused is for a person, and others go on as ordinary failures. */
function checkFailed(
  run: Run,
  confirming: Confirming,
  stored: StoredEffect,
  acceptance: StoredAcceptance,
  outcome: Exclude<Outcome, { name: "done" }>,
): Checked {
  const why = `its job cannot be asked for: ${outcome.why}`;
  if (stored.why !== why) run.remember({ ...stored, why }, failure(run, stored, outcome.name, why, "check-failed"));
  const over = run.nowMs >= acceptance.acceptedAtMs + confirming.withinMs;
  if (over && outcome.name !== "failed-permanent") throw run.halt({ kind: "retry", why: named(stored, why) }, why);
  return later(run, confirming, stored, acceptance, { why, outcome });
}

/** The next check, or a person once the time is over. The last check is at its very end. */
function later(
  run: Run,
  { everyMs, withinMs }: Confirming,
  stored: StoredEffect,
  acceptance: StoredAcceptance,
  { why, outcome }: { readonly why: string; readonly outcome: Outcome },
): Checked {
  const overMs = acceptance.acceptedAtMs + withinMs;
  if (run.nowMs >= overMs) {
    const reason = `The effect "${stored.name}" was accepted ${durationText(run.nowMs - acceptance.acceptedAtMs)} ago and is not confirmed: ${why}.`;
    throw run.halt({ kind: "held", cause: "unconfirmed", reason }, reason);
  }
  const asksMs = retryAfter(outcome.answer?.headers ?? {}, run.nowMs)?.afterMs ?? 0;
  const nextCheckMs = Math.min(run.nowMs + Math.max(everyMs, asksMs), overMs);
  const effect: StoredEffect = { ...stored, why, answer: acceptanceText({ ...acceptance, nextCheckMs }) };
  run.remember(effect);
  return waits(effect);
}

function waits(effect: StoredEffect): Checked {
  const why = effect.why ?? "its job still runs";
  return { effect, outcome: { name: "pending", sent: "no", durationMs: 0, why, afterMs: undefined } };
}

function unclear(run: Run, stored: StoredEffect, why: string): Error {
  const reason = `The effect "${stored.name}" was accepted, and what became of it cannot be told: ${why}.`;
  return run.halt({ kind: "held", cause: "answer-unexpected", reason }, reason);
}

function named(stored: StoredEffect, why: string): string {
  return `effect "${stored.name}": ${why}`;
}

function failure(
  run: Run,
  stored: StoredEffect,
  outcome: Outcome["name"],
  why: string,
  what: "attempt-failed" | "check-failed" = "attempt-failed",
): TimelineEntry {
  return {
    atMs: run.nowMs,
    what,
    actor: undefined,
    detail: JSON.stringify({ effect: stored.name, outcome, why }),
  };
}
