import { type Batch, checkBatch, itemsMax } from "../define/batch.ts";
import type { ByLookup, Idempotency } from "../define/idempotency.ts";
import type { AnyChange } from "../define/request.ts";
import type { StoredEffect } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import { WaybillError } from "../model/errors.ts";
import { declared } from "../model/options.ts";
import { jsonText } from "../systems/json-text.ts";
import { type Part, type PartOutcome, partOf, readOwnPart, requestOf, storePart } from "./batch-part.ts";
import { compareStored, heldUnexpected, makeEffect } from "./effect.ts";
import { nameMax } from "./effect-name.ts";
import type { Run } from "./run.ts";
import { believedAbsentFromMs } from "./step.ts";
import { NotMade } from "./undoable.ts";

// One call that carries many effects. The call is an effect like any other, named "lines#1": its intent is on disk before it leaves, its doubt is
// resolved by its own rule, and what is repeated are the stored bytes. Each part is an effect too, named "lines/SKU", and is settled by its own part
// of the call's answer: done, refused, or certainly not applied. What was not applied goes with the next call, "lines#2", under another key; what is
// done never goes again. Which parts a call carries is stored with its request, so a crash, a deploy or another `size` cannot mix them up.

interface Whole {
  readonly run: Run;
  readonly name: string;
  readonly given: Batch<unknown, unknown, unknown>;
  readonly parts: ReadonlyMap<string, Part>;
  /** How long the parts that were put off want to wait. */
  pauseMs: number;
}

/** `effects(name, items, batch)` inside `deliver`. */
export async function makeEffects(
  run: Run,
  name: string,
  items: readonly unknown[],
  given: Batch<unknown, unknown, unknown>,
): Promise<unknown[]> {
  run.handle.check();
  const whole: Whole = { run, name, given, parts: partsOf(run, name, items, given), pauseMs: 0 };
  for (const part of whole.parts.values()) run.asked.add(part.effect);
  for (const part of whole.parts.values()) compareDone(run, part);
  const calls = callsOf(run, name);
  for (const call of calls) await carryOn(whole, call);
  if (run.claimed.undoing && [...whole.parts.values()].some((part) => isOpen(run, part))) throw new NotMade(name);
  let number = numberOf(calls.at(-1)?.name ?? "#0");
  for (const chunk of chunked(
    [...whole.parts.values()].filter((part) => isOpen(run, part)),
    given.size ?? 100,
  ))
    await callFor(whole, `${name}#${++number}`, chunk);
  return concluded(whole);
}

function partsOf(run: Run, name: string, items: readonly unknown[], given: unknown): Map<string, Part> {
  const thing = declared(`effects "${name}" in "${run.claimed.integration}"`, "effect-misused");
  checkBatch(thing, given);
  const misused = (what: string, hint: string): WaybillError =>
    new WaybillError("effect-misused", `${thing.name}: ${what}`, hint);
  if (!Array.isArray(items))
    throw misused("the items are not a list.", "Give the items as an array, an empty one where there are none.");
  if (items.length > itemsMax)
    throw misused(`${items.length} items are too many.`, `One record makes at most ${itemsMax} of them.`);
  const parts = new Map<string, Part>();
  for (const item of items) {
    const own = String(given.name(item));
    const effect = `${name}/${own}`;
    if (own === "" || effect.length > nameMax)
      throw misused(
        `the name ${JSON.stringify(own)} is empty or too long.`,
        `"${name}/" and it take at most ${nameMax} characters.`,
      );
    if (run.used.has(effect))
      throw misused(`two items are named ${JSON.stringify(own)}.`, "Name each by what tells it from the others.");
    run.used.add(effect);
    const secrets: string[] = [];
    const text = jsonText(item, secrets);
    if (secrets.length > 0)
      throw misused(`an item holds the secret ${secrets[0]}.`, "Put it into the call: items are stored.");
    parts.set(effect, { effect, item, text });
  }
  return parts;
}

/** A part that is done, and whose item the code has changed since, is for a person. */
function compareDone(run: Run, part: Part): void {
  const stored = run.effects.get(part.effect);
  if (stored?.state !== "done") return;
  compareStored(run, stored, { ...requestOf(stored), body: { kind: "json", text: part.text } });
}

/** The calls that the ledger knows of, oldest first. */
function callsOf(run: Run, name: string): StoredEffect[] {
  const isCall = (effect: StoredEffect): boolean =>
    effect.name.startsWith(`${name}#`) &&
    /^\d+$/.test(effect.name.slice(name.length + 1)) &&
    requestOf(effect).parts !== undefined;
  return [...run.effects.values()].filter(isCall).sort((a, b) => numberOf(a.name) - numberOf(b.name));
}

const numberOf = (call: string): number => Number(call.slice(call.lastIndexOf("#") + 1));

/** Finds out about a call of an earlier run, and settles those of its parts that are not settled yet. */
async function carryOn(whole: Whole, call: StoredEffect): Promise<void> {
  const { run, parts } = whole;
  const carried = (requestOf(call).parts ?? []).map((effect) => parts.get(effect));
  if (!carried.some((part) => part !== undefined)) return; // nothing of it is asked for any more: an orphan, if it may have been applied
  if (call.state !== "done")
    return callFor(
      whole,
      call.name,
      carried.filter((part) => part !== undefined),
    );
  run.asked.add(call.name);
  run.progressed();
  carried.forEach((part, at) => {
    if (part === undefined || !isUnread(run, part, call)) return;
    settle(whole, call, part, readOwnPart(whole.given, decode(call.result ?? "null"), part, at, false));
  });
}

/** Whether a done call has not settled this part yet, or in a way that may read better by now. */
function isUnread(run: Run, part: Part, call: StoredEffect): boolean {
  const stored = run.effects.get(part.effect);
  if (stored === undefined) return true;
  const by = partOf(stored);
  if (by.call !== call.name) return numberOf(by.call) < numberOf(call.name);
  return by.key !== call.idempotencyKey || stored.state === "unexpected";
}

/** A part that no call has settled, or that certainly was not applied; what was put off in this very run waits for the next one. */
function isOpen(run: Run, part: Part): boolean {
  const stored = run.effects.get(part.effect);
  return stored === undefined || (stored.state === "not-applied" && part.putOff !== true);
}

/** Makes one call and settles its parts. */
async function callFor(whole: Whole, name: string, carried: readonly Part[]): Promise<void> {
  const { run, given } = whole;
  const asked = given.change(carried.map(({ item }) => item)) as unknown as AnyChange;
  let lookedUp = false;
  const idempotency = patient(whole, name, carried, asked.idempotency, () => {
    lookedUp = true;
  });
  const change: AnyChange = { ...asked, idempotency, parts: carried.map(({ effect }) => effect) };
  const answer = await makeEffect(run, name, change, undefined);
  const call = run.effects.get(name);
  if (call === undefined) throw new Error(`The call "${name}" of ${run.claimed.record} is done and not there.`);
  const order = requestOf(call).parts ?? [];
  for (const part of carried)
    settle(whole, call, part, readOwnPart(given, answer, part, order.indexOf(part.effect), lookedUp));
}

/** A lookup that found some of a call's parts found nothing yet, until the absence of the others can be believed. */
function patient(
  whole: Whole,
  name: string,
  carried: readonly Part[],
  idempotency: Idempotency<unknown>,
  onFound: () => void,
): Idempotency<unknown> {
  const wrapped = (lookup: ByLookup<unknown>): ByLookup<unknown> => ({
    ...lookup,
    find: async () => {
      const found = await lookup.find();
      const answer = Array.isArray(found) ? found[0] : found;
      if (answer === undefined || answer === null) return found;
      const isThere = (part: Part, at: number): boolean =>
        readOwnPart(whole.given, answer, part, at, true).state !== "not-applied";
      const sentMs = whole.run.effects.get(name)?.lastSentMs ?? 0;
      if (!carried.every(isThere) && whole.run.nowMs < believedAbsentFromMs(sentMs, lookup.visibleAfterMs))
        return undefined;
      onFound();
      return found;
    },
  });
  if (idempotency?.how === "byLookup") return wrapped(idempotency);
  if (idempotency?.how === "byKey" && idempotency.after !== undefined)
    return { ...idempotency, after: wrapped(idempotency.after) };
  return idempotency;
}

function settle(whole: Whole, call: StoredEffect, part: Part, outcome: PartOutcome): void {
  if (outcome.state === "not-applied") {
    part.putOff = true;
    whole.pauseMs = Math.max(whole.pauseMs, outcome.afterMs);
  }
  storePart(whole.run, call, part, outcome);
}

/** What all of it comes to: every result in the order of the items, or the error that says what is missing. */
function concluded({ run, name, parts, pauseMs }: Whole): unknown[] {
  const stored = [...parts.values()]
    .map(({ effect }) => run.effects.get(effect))
    .filter((effect) => effect !== undefined);
  const open = stored.filter(({ state }) => state === "not-applied");
  if (open.length > 0)
    throw run.halt(
      { kind: "retry", why: said(name, "not applied yet", open, parts.size), pauseMs },
      said(name, "not applied yet", open, parts.size),
    );
  const unexpected = stored.find(({ state }) => state === "unexpected");
  if (unexpected !== undefined) throw heldUnexpected(run, unexpected.name, unexpected.why ?? "");
  const refused = stored.filter(({ state }) => state === "refused");
  if (refused.length > 0) {
    const why = said(name, "refused", refused, parts.size);
    throw run.halt({ kind: "refused", why }, why);
  }
  return stored.map(({ result }) => decode(result ?? "null"));
}

/** `effects "lines": 2 of 40 refused: "A-1" (no such sku), "A-2" (no such sku)`; a person reads the first few. */
function said(name: string, what: string, parts: readonly StoredEffect[], of: number): string {
  const some = parts
    .slice(0, 3)
    .map(({ name: effect, why }) => `"${effect.slice(name.length + 1)}"${why === undefined ? "" : ` (${why})`}`);
  return `effects "${name}": ${parts.length} of ${of} ${what}: ${some.join(", ")}${parts.length > some.length ? ", …" : ""}`;
}

function chunked<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}
