import type { EffectOptions } from "../define/integration.ts";
import type { AskedChange, GatheredChange } from "../define/request.ts";
import type { SharedCall, StoredEffect } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import { said, WaybillError } from "../model/errors.ts";
import { jsonText } from "../systems/json-text.ts";
import { theirWait } from "./call.ts";
import { heldInDoubt, lookUp } from "./doubt.ts";
import { compareStored, heldUnexpected, refusedAgain } from "./effect.ts";
import { takeName } from "./effect-name.ts";
import { gatheringsOf } from "./gather.ts";
import { keyOf, nextGeneration } from "./generation.ts";
import { readAnswerAgain } from "./inbox-reread.ts";
import { lostDoubt } from "./lost-time.ts";
import { waitForOrphans } from "./orphans.ts";
import type { Run } from "./run.ts";
import { callMadeBy, isDeferred, replaysFailure, sizeOf } from "./shared-call.ts";
import { callOf, itemRequest, readItem, readStored } from "./shared-item.ts";
import { after, failedEntry, type Judged } from "./shared-outcome.ts";
import { isInDoubt, mayBeApplied, stepFor } from "./step.ts";
import { toUndo, undoing } from "./undo-option.ts";
import { NotMade } from "./undoable.ts";

// An effect of one record that goes with those of others in one call; the call is told in gather.ts. What the ledger knows decides, as for every
// effect: done is remembered, what was certainly not applied joins the next call, what is in doubt is found out first. While its call may be repeated,
// that is how: whole, with the stored bytes, under the call's key. Nobody goes in a new call while an old one that carries it may still be repeated, or
// it would be applied by both.

interface Item {
  readonly run: Run;
  readonly change: GatheredChange;
  readonly text: string;
}

export function isGathered(change: unknown): change is GatheredChange {
  return typeof change === "object" && change !== null && (change as AskedChange).how === "gathered";
}

/** `effect(name, batch(item))` inside `deliver`. */
export async function makeMember(
  run: Run,
  name: string,
  change: GatheredChange,
  options: EffectOptions | undefined,
): Promise<unknown> {
  run.handle.check();
  takeName(run, name);
  if (options?.per === "entity") {
    throw new WaybillError(
      "effect-misused",
      `The effect "${name}" in "${run.claimed.integration}" is made per entity and goes in a batch.`,
      "An effect that goes with others is made once per record: leave per out, or make it by a call of its own.",
    );
  }
  const item: Item = { run, change: undoing(run, name, change, options), text: itemText(run, name, change) };
  const stored = run.effects.get(name) ?? run.effects.get(options?.formerly ?? name);
  run.asked.add(stored?.name ?? name);
  run.progressed();
  if (run.claimed.undoing) {
    if (stored === undefined || !mayBeApplied(stored)) throw new NotMade(name);
    if (isInDoubt(stored) && options?.undo === undefined) throw new NotMade(name);
    const value = stored.state === "done" ? decode(stored.result ?? "null") : await repeat(item, stored);
    toUndo(run, stored.name, value, options);
    return value;
  }
  if (stored !== undefined) return repeat(item, stored);
  await waitForOrphans(run, name, new Map());
  return join(item, fresh(item, name));
}

function itemText(run: Run, name: string, change: GatheredChange): string {
  const secrets: string[] = [];
  const text = jsonText(change.item, secrets);
  if (secrets.length === 0) return text;
  throw new WaybillError(
    "effect-misused",
    `The effect "${name}" in "${run.claimed.integration}": its item holds the secret ${secrets[0]}.`,
    "Put it into the call: items are stored.",
  );
}

function fresh({ run, change, text }: Item, name: string): StoredEffect {
  return {
    name,
    per: "record",
    generation: 1,
    state: "not-applied",
    how: callMadeBy(change, [change.item]).idempotency.how,
    request: JSON.stringify(itemRequest(change, text)),
    result: undefined,
    answer: undefined,
    why: undefined,
    release: run.release,
    idempotencyKey: keyOf(run.claimed, name, "record", 1),
    firstSentMs: 0,
    lastSentMs: 0,
    doneAtMs: undefined,
    attempts: 0,
    madeBy: run.claimed.record,
    uncompared: false,
  };
}

/** An effect that the ledger knows of. */
async function repeat(item: Item, stored: StoredEffect): Promise<unknown> {
  const { run } = item;
  switch (stepFor(stored)) {
    case "remembered":
      compare(item, stored);
      return decode(stored.result ?? "null");
    case "unexpected":
      return conclude(item, await run.handle.waitInside(readOnceMore(item, stored)));
    case "refused":
      throw refusedAgain(run, stored);
    case "send":
      return (await repeatable(item, stored)) === undefined ? join(item, stored) : findOut(item, stored);
    case "resolve":
    case "ask-again": {
      const value = await findOut(item, stored);
      compare(item, stored);
      return value;
    }
  }
}

function compare({ run, change, text }: Item, stored: StoredEffect): void {
  compareStored(run, stored, itemRequest(change, text));
}

/** Goes with the next call. */
async function join(item: Item, effect: StoredEffect): Promise<unknown> {
  const { run } = item;
  if (run.claimed.undoing) {
    run.remember({ ...effect, state: "not-applied" });
    throw new NotMade(effect.name);
  }
  const lost = lostDoubt(run, effect);
  if (lost !== undefined) {
    run.remember(lost);
    return findOut(item, lost);
  }
  return conclude(item, await run.handle.waitInside(gatheringsOf(run.shop).join({ ...item, effect })));
}

/** Turns the state after a call into a result, or into the error that ends the effect. */
async function conclude(item: Item, { effect, outcome, pauseMs }: Judged): Promise<unknown> {
  const { run, change } = item;
  const why = `effect "${effect.name}": ${effect.why ?? ""}`;
  switch (effect.state) {
    case "done":
      return decode(effect.result ?? "null");
    case "unexpected":
      throw heldUnexpected(run, effect.name, effect.why ?? "the answer breaks expect");
    case "refused":
      throw refusedAgain(run, effect);
    case "doubt":
      if (change.lookup !== undefined || effect.how === "atMostOnce" || outcome?.name === "done")
        return findOut(item, effect);
      break;
    default:
  }
  const wait = outcome === undefined ? {} : theirWait(outcome);
  throw run.halt({ kind: "retry", why, ...wait, ...(pauseMs === undefined ? {} : { pauseMs }) }, why);
}

/** Finds out about an item in doubt: by its call, while that can tell; by its own lookup; by a person. */
async function findOut(item: Item, stored: StoredEffect): Promise<unknown> {
  const { run, change } = item;
  const went = callOf(stored);
  const call = await toldBy(item, stored);
  const read = call === undefined || went === undefined ? undefined : readStored(change, call, went.at);
  if (call !== undefined && read !== undefined && read.state !== "doubt") {
    const judged = after(run, stored, { outcome: undefined, call, item: read });
    run.remember(judged.effect, failedEntry(run, judged));
    return conclude(item, judged);
  }
  const why = (read?.state === "doubt" ? read.why : undefined) ?? stored.why ?? "its answer was lost";
  if (change.lookup === undefined) {
    const others = call === undefined ? 0 : sizeOf(call) - 1;
    const company = others === 0 ? "" : ` (it went with ${others} other${others === 1 ? "" : "s"})`;
    throw heldInDoubt(run, stored, `${why}${company}; its call cannot be repeated, and there is no lookup`);
  }
  const found = await lookUp(run, stored, change.lookup);
  if ("result" in found) return decode(found.result);
  return join(item, nextGeneration(run.claimed, stored));
}

/** The call that carried an item, once it has told all that it can. */
async function toldBy(item: Item, stored: StoredEffect): Promise<SharedCall | undefined> {
  const { run } = item;
  const { ledger } = run.shop;
  const call = await repeatable(item, stored);
  const went = callOf(stored);
  if (call === undefined) return went === undefined ? undefined : run.handle.waitInside(ledger.sharedCall(went.key));
  try {
    await run.handle.waitInside(gatheringsOf(run.shop).repeat({ ...item, effect: stored }, call));
  } catch (error) {
    if (!isDeferred(error)) throw error;
    throw run.halt({ kind: "deferred", untilMs: error.untilMs, why: error.message }, error.message);
  }
  run.handle.check();
  const now = await run.handle.waitInside(ledger.sharedCall(call.key));
  if (now === undefined || now.state === "done" || !mayBeRepeated(item, now)) return now;
  const why = `effect "${stored.name}": ${now.why ?? "its call is in doubt"}`;
  const effect: StoredEffect = { ...stored, state: "doubt", why: now.why, lastSentMs: now.lastSentMs };
  run.remember(effect, failedEntry(run, { effect, outcome: undefined }));
  throw run.halt({ kind: "retry", why }, why);
}

/** The call that carried an item, where repeating it can tell what became of it. */
async function repeatable(item: Item, stored: StoredEffect): Promise<SharedCall | undefined> {
  const { run } = item;
  const went = callOf(stored);
  if (went === undefined) return undefined;
  // A run before this one may have left it on its way.
  await run.handle.waitInside(
    gatheringsOf(run.shop)
      .underWay(went.key)
      ?.catch(() => undefined) ?? Promise.resolve(),
  );
  const call = await run.handle.waitInside(run.shop.ledger.sharedCall(went.key));
  return call !== undefined && mayBeRepeated(item, call) ? call : undefined;
}

function mayBeRepeated({ run, change }: Item, call: SharedCall): boolean {
  if (call.state !== "doubt" || call.how !== "byKey" || replaysFailure(call)) return false;
  const made = callMadeBy(change, [change.item]);
  if (made.idempotency.how !== "byKey") return false;
  const { ages, systems } = run.shop;
  return ages.atMost(call.firstSentMs) < made.idempotency.windowMs - systems.requestMsMax(made);
}

/** It was applied, and its answer could not be read: whoever let the record go may have put that right. */
async function readOnceMore({ run, change }: Item, stored: StoredEffect): Promise<Judged> {
  const kept = JSON.parse(stored.answer ?? "{}") as { status?: number; text?: string; codec?: true };
  const as = (effect: StoredEffect): Judged => ({ effect, outcome: undefined });
  if (kept.text === undefined) return as(stored);
  let answer: unknown;
  try {
    if (kept.codec === true) answer = decode(kept.text);
    else {
      const { expect } = callMadeBy(change, [change.item]);
      const met = await readAnswerAgain(expect, kept.status ?? 200, kept.text, run.shop.world.clock);
      if (!met.ok) return as({ ...stored, why: met.why });
      answer = met.value;
    }
  } catch (error) {
    return as({ ...stored, why: said(error) });
  }
  const read = readItem(change.batch.each, answer, change.item, callOf(stored)?.at ?? 0);
  if (read.state !== "done") return as({ ...stored, why: read.why });
  const effect: StoredEffect = { ...stored, state: "done", result: read.result, answer: undefined, why: undefined };
  run.remember(effect);
  return as(effect);
}
