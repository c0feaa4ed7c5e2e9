import type { ByLookup } from "../define/idempotency.ts";
import type { AnyChange } from "../define/request.ts";
import type { StoredEffect } from "../ledger/ledger.ts";
import { decode, encode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import type { WaybillEvent } from "../model/events.ts";
import type { Outcome } from "../model/outcome.ts";
import { send } from "./attempt.ts";
import { accepted, acceptedEntry } from "./confirm.ts";
import { keyOf } from "./generation.ts";
import { isLost } from "./lost-time.ts";
import type { Run } from "./run.ts";
import { believedAbsentFromMs, type Resolution, resolutionFor } from "./step.ts";
import { isUndo, NotMade } from "./undoable.ts";
import { Halt } from "./verdict.ts";

// An effect is in doubt when its request may have been applied and no whole answer came. It is resolved by its own rule and never guessed:
// repeated under the same key while the destination remembers keys, looked up, or given to a person. Until then nothing else is made of it.

/** What follows an attempt: see effect.ts, which hands it in, because an attempt may leave a new doubt. */
export type Conclude = (run: Run, change: AnyChange, effect: StoredEffect, outcome: Outcome) => Promise<unknown>;

/** Finds out about an effect in doubt; answers its result, or throws the verdict. */
export async function resolveDoubt(
  run: Run,
  change: AnyChange,
  stored: StoredEffect,
  conclude: Conclude,
): Promise<unknown> {
  const { idempotency } = change;
  const lookup = lookupOf(change);
  const resolution: Resolution =
    run.claimed.undoing && !isUndo(stored) && lookup !== undefined
      ? { by: "lookup" }
      : resolutionFor({
          // What was sent with a key may be repeated with it; an effect that was sent without one may not start to have one now.
          how:
            stored.how === "byKey" && idempotency.how === "byKey"
              ? "byKey"
              : stored.how === "byKey"
                ? "byLookup"
                : idempotency.how,
          hasLookup: lookup !== undefined,
          windowMs: idempotency.how === "byKey" ? idempotency.windowMs : 0,
          ageMs: run.shop.ages.atMost(stored.firstSentMs),
          requestMsMax: run.shop.systems.requestMsMax(change),
          replayedFailure: replaysFailure(stored),
        });
  switch (resolution.by) {
    case "person": {
      const why = isLost(stored) ? `${stored.why}; ${lostWhy(stored.how)}` : resolution.why;
      throw heldInDoubt(run, stored, why);
    }
    case "repeat":
      return again(run, change, stored, conclude, true);
    case "lookup":
      return look(run, change, stored, conclude, lookup as ByLookup<unknown>);
  }
}

/** Why a person has to say what became of it in time that this ledger has lost. */
function lostWhy(how: StoredEffect["how"]): string {
  return how === "byKey"
    ? "the destination no longer remembers its key, and there is no lookup"
    : "it is sent at most once, and nobody can tell";
}

export function heldInDoubt(run: Run, stored: StoredEffect, why: string): Halt {
  const reason = `The effect "${stored.name}" is in doubt: ${why}.`;
  return run.halt({ kind: "held", cause: "in-doubt", reason }, reason);
}

export function lookupOf(change: AnyChange): ByLookup<unknown> | undefined {
  const { idempotency } = change;
  if (idempotency.how === "byLookup") return idempotency;
  return idempotency.how === "byKey" ? idempotency.after : undefined;
}

const replayMark = "the destination replays a stored failure";

function replaysFailure(stored: StoredEffect): boolean {
  return stored.why?.startsWith(replayMark) === true;
}

/** Sends the stored bytes once more. */
async function again(
  run: Run,
  change: AnyChange,
  stored: StoredEffect,
  conclude: Conclude,
  inDoubt: boolean,
): Promise<unknown> {
  const sent = await send(run, change, stored, "again", inDoubt);
  if (sent.kind === "known")
    throw new Error(`Effect "${stored.name}" of ${run.claimed.record} changed in its owner's hands.`);
  const { outcome } = sent;
  let { effect } = sent;
  if (outcome.name === "in-doubt" && outcome.replayedFailure === true) {
    effect = { ...effect, why: `${replayMark}: ${outcome.why}` };
    run.remember(effect);
    return resolveDoubt(run, change, effect, conclude);
  }
  return conclude(run, change, effect, outcome);
}

/** Looks whether an effect in doubt was applied: its result, or the absence that is believed. @throws the verdict where neither is known yet. */
export async function lookUp(
  run: Run,
  stored: StoredEffect,
  lookup: ByLookup<unknown>,
): Promise<{ readonly result: string } | { readonly absent: true }> {
  const found = await seek(run, stored, lookup);
  if (found === undefined) return { absent: true };
  const result = encode(found.value);
  run.remember({ ...stored, state: "done", result, why: undefined, answer: undefined, doneAtMs: run.nowMs });
  return { result };
}

/** The one match; undefined where its absence is believed. */
async function seek(
  run: Run,
  stored: StoredEffect,
  lookup: ByLookup<unknown>,
): Promise<{ readonly value: unknown } | undefined> {
  let found: unknown;
  try {
    found = await lookup.find();
  } catch (error) {
    const why = `The lookup of effect "${stored.name}" failed: ${said(error)}`;
    tell(run, stored, "nobody-knows");
    note(run, stored, why);
    if (error instanceof Halt && error.verdict.kind === "deferred") throw error;
    throw run.halt({ kind: "retry", why }, why);
  }
  run.handle.check();
  const matches = Array.isArray(found) ? found : found === undefined || found === null ? [] : [found];
  if (matches.length > 1) {
    tell(run, stored, "several");
    throw heldInDoubt(run, stored, `its lookup found ${matches.length} matches: which one it is, a person has to say`);
  }
  if (matches[0] === false || matches[0] === true)
    throw heldInDoubt(
      run,
      stored,
      `its lookup answered ${String(matches[0])}: it has to return what it found, or nothing`,
    );
  if (matches.length === 1) {
    tell(run, stored, "one");
    return { value: matches[0] };
  }
  const believedFromMs = believedAbsentFromMs(stored.lastSentMs, lookup.visibleAfterMs);
  const waitMs = believedFromMs - run.nowMs;
  if (stored.state === "pending" || waitMs > 0) {
    tell(run, stored, "not-yet");
    const pauseMs = Math.max(waitMs, 250);
    const why = `The effect "${stored.name}" is in doubt and not to be found yet; it is looked up again in ${Math.ceil(pauseMs / 1_000)} s`;
    if (stored.state === "intended") run.remember({ ...stored, state: "doubt", why });
    throw run.halt({ kind: "retry", why, pauseMs }, why);
  }
  tell(run, stored, "none");
  return undefined;
}

function tell(
  run: Run,
  { name }: StoredEffect,
  found: Extract<WaybillEvent, { event: "effect.looked-up" }>["found"],
): void {
  run.shop.emit({ event: "effect.looked-up", ...run.of, effect: name, found });
}

async function look(
  run: Run,
  change: AnyChange,
  stored: StoredEffect,
  conclude: Conclude,
  lookup: ByLookup<unknown>,
): Promise<unknown> {
  const found = await seek(run, stored, lookup);
  if (found !== undefined && change.confirming !== undefined) {
    const taken = accepted(run, change.confirming, stored, found.value, undefined);
    run.remember(taken, acceptedEntry(run, taken));
    return conclude(run, change, taken, pendingOutcome);
  }
  if (found !== undefined) {
    const result = encode(found.value);
    run.remember({ ...stored, state: "done", result, why: undefined, answer: undefined, doneAtMs: run.nowMs });
    return decode(result);
  }
  if (run.claimed.undoing && !isUndo(stored)) {
    // There is nothing to undo, and nothing is made any more.
    run.remember({ ...stored, state: "not-applied", why: undefined, firstSentMs: 0 });
    throw new NotMade(stored.name);
  }
  // The absence is believed: it was not applied. The key stays, unless the destination is known to replay a failure under it.
  const generation = replaysFailure(stored) ? stored.generation + 1 : stored.generation;
  const absent: StoredEffect = { ...stored, state: "not-applied", why: undefined, firstSentMs: 0, generation };
  if (generation === stored.generation) return again(run, change, absent, conclude, false);
  const key = keyOf(run.claimed, stored.name, stored.per, generation);
  const request = JSON.stringify(run.shop.systems.prepare(change, key));
  return again(run, change, { ...absent, idempotencyKey: key, request, release: run.release }, conclude, false);
}

/** What was looked up was accepted, no more. */
const pendingOutcome: Outcome = { name: "pending", sent: "no", durationMs: 0, why: "accepted", afterMs: undefined };

function note(run: Run, stored: StoredEffect, why: string): void {
  run.writer.note(undefined, {
    atMs: run.nowMs,
    what: "lookup-failed",
    actor: undefined,
    detail: JSON.stringify({ effect: stored.name, why }),
  });
}
