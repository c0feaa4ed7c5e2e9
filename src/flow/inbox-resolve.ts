import type { Definition } from "../define/integration.ts";
import type { RecordId, RecordWhole, StoredEffect } from "../ledger/ledger.ts";
import { encode } from "../model/codec.ts";
import { said, WaybillError } from "../model/errors.ts";
import { decodeJson } from "../model/json.ts";
import type { State } from "../model/record.ts";
import { meets } from "../systems/expect.ts";
import type { Clock } from "../world/clock.ts";
import { isAccepted } from "./acceptance.ts";
import { requestOf } from "./batch-part.ts";
import { nextGeneration } from "./generation.ts";
import { expectOf } from "./inbox-expect.ts";
import type { Asked } from "./inbox-words.ts";
import { isInDoubt } from "./step.ts";

// What only a person can say about a held record's effect: that it is there and what it answered, that it is not there, that what is stored counts
// whatever the code asks for now, that it shall be made again, or that its stored answer is to be read anew.

interface OfEffect {
  /** Which effect; needed where it could be several. */
  readonly effect?: string | undefined;
}

export type How = OfEffect &
  /** `unchecked`: whatever the effect expects. */
  (
    | { readonly kind: "applied"; readonly result: unknown; readonly unchecked?: boolean | undefined }
    | { readonly kind: "not-applied" }
    | { readonly kind: "keep" }
    | { readonly kind: "redo" }
    | { readonly kind: "reread" }
  );

type Resolved = Omit<Asked, "what">;

interface Around {
  readonly definition: Definition;
  readonly clock: Clock;
  /** Which of the records that made the entity's effects are where. */
  readonly makers: ReadonlyMap<RecordId, State>;
}

/** @throws {WaybillError} `refused-move` or `bad-usage`, with what to say instead. */
export async function resolveOf(
  whole: RecordWhole,
  how: How,
  { definition, clock, makers }: Around,
): Promise<Resolved> {
  const chosen = chosenEffects(whole, how, makers);
  const meant = how.kind === "applied" ? await asExpected(whole, definition, how, chosen, clock) : how;
  const effects = chosen.map((effect) => resolved(whole, effect, meant, clock.now()));
  const names = chosen.map(({ name }) => name);
  return {
    to: "waiting",
    effects,
    freeEntity: chosen.some(({ per }) => per === "entity"),
    detail: {
      how: how.kind,
      effects: names,
      from: whole.state,
      cause: whole.cause,
      ...(how.kind === "applied" ? { result: how.result } : {}),
      ...(how.kind === "applied" && how.unchecked === true ? { unchecked: true } : {}),
    },
    note:
      whole.cause === "effect-orphaned" && how.kind === "keep"
        ? "What the code asks for under another name is made as a new effect, unless it says formerly."
        : undefined,
  };
}

type Applied = Extract<How, { readonly kind: "applied" }>;

/** What a person says was answered is read as the answer itself would be: code that comes to it later relies on that. */
async function asExpected(
  whole: RecordWhole,
  definition: Definition,
  how: Applied,
  chosen: readonly StoredEffect[],
  clock: Clock,
): Promise<Applied> {
  const [effect] = chosen;
  if (how.unchecked === true || effect === undefined) return how;
  const expect = await expectOf(whole, definition, effect.name, clock);
  if (expect === undefined) return how;
  const met = await meets(expect, how.result, clock, expectMsMax);
  if (met.ok) return { ...how, result: met.value };
  throw new WaybillError(
    "refused-move",
    `What the effect "${effect.name}" is said to have answered is not what it expects: ${met.why}.`,
    "Give the whole answer, as the destination would; or --unchecked, to take it as you say it.",
  );
}

const expectMsMax = 5_000;

function resolved(whole: RecordWhole, effect: StoredEffect, how: How, nowMs: number): StoredEffect {
  const done = (result: string): StoredEffect => ({
    ...effect,
    state: "done",
    result,
    answer: undefined,
    why: undefined,
    doneAtMs: nowMs,
    uncompared: true,
  });
  switch (how.kind) {
    case "applied":
      return done(resultText(how.result));
    case "not-applied":
      // The key stays, so that a person who is wrong does no harm within its window; unless the destination is known to have used it up.
      return effect.state === "unexpected" || isAccepted(effect) || isPart(effect) || replaysFailure(effect)
        ? nextGeneration(whole, effect)
        : {
            ...effect,
            state: "not-applied",
            why: undefined,
            answer: undefined,
            firstSentMs: 0,
            // A person knows it, as of now.
            lastSentMs: nowMs,
            attempts: Math.max(1, effect.attempts),
          };
    case "keep":
      return effect.state === "unexpected" ? done(answerOf(effect)) : { ...effect, uncompared: true };
    case "redo":
      return nextGeneration(whole, effect);
    case "reread":
      if (effect.answer !== undefined) return effect;
      throw new WaybillError(
        "refused-move",
        `The answer of the effect "${effect.name}" is not kept: it was made by code of your own.`,
        "Say --applied '{…}' with what it means.",
      );
  }
}

/** Which effects the person speaks of. */
function chosenEffects(whole: RecordWhole, how: How, makers: ReadonlyMap<RecordId, State>): readonly StoredEffect[] {
  const may = whole.effects.filter((effect) => fits(effect, how.kind));
  const elsewhere = whole.effects.find(
    (effect) => effect.madeBy !== whole.record && makers.get(effect.madeBy) === "held" && needsPerson(effect),
  );
  if (whole.cause === "entity-held" && elsewhere !== undefined) {
    throw new WaybillError(
      "refused-move",
      `Record ${whole.record} waits for the effect "${elsewhere.name}" of its entity, which is held with record ${elsewhere.madeBy}.`,
      `Resolve that one, and this goes on by itself: waybill held resolve ${elsewhere.madeBy} …`,
    );
  }
  // Whatever it was held with is settled meanwhile: it may simply go on.
  if (whole.cause === "entity-held" && how.kind !== "redo" && !whole.effects.some(needsPerson)) return [];
  if (how.effect !== undefined) return [named(whole, how, may)];
  const mentioned = may.filter(({ name }) => whole.reason?.includes(`"${name}"`) === true);
  const candidates = mentioned.length > 0 ? mentioned : may;
  if (candidates.length === 0) throw noneFits(whole, how);
  if (how.kind === "keep" || how.kind === "reread" || candidates.length === 1) return candidates;
  throw new WaybillError(
    "bad-usage",
    `Record ${whole.record} has several effects of which that could be said: ${quoted(candidates)}.`,
    `Say which with --effect ${candidates[0]?.name}.`,
  );
}

function needsPerson(effect: StoredEffect): boolean {
  return isInDoubt(effect) || effect.state === "unexpected";
}

function fits(effect: StoredEffect, kind: How["kind"]): boolean {
  switch (kind) {
    case "applied":
    case "not-applied":
      return needsPerson(effect);
    case "keep":
    case "redo":
      return effect.state === "done" || effect.state === "unexpected";
    case "reread":
      return effect.state === "unexpected" || isAccepted(effect);
  }
}

function named(whole: RecordWhole, how: How, may: readonly StoredEffect[]): StoredEffect {
  const found = may.find(({ name }) => name === how.effect);
  if (found !== undefined) return found;
  const stored = whole.effects.find(({ name }) => name === how.effect);
  if (stored === undefined) {
    throw new WaybillError(
      "bad-usage",
      `Record ${whole.record} has no effect "${how.effect}".`,
      whole.effects.length === 0 ? "It has none." : `It has ${quoted(whole.effects)}.`,
    );
  }
  throw new WaybillError("refused-move", `The effect "${stored.name}" is ${stateText(stored)}.`, wayFor(stored));
}

function noneFits(whole: RecordWhole, how: How): WaybillError {
  const doubt = whole.effects.find(needsPerson);
  const what = {
    applied: "in doubt",
    "not-applied": "in doubt",
    keep: "done",
    redo: "done",
    reread: "waiting with an answer to read",
  }[how.kind];
  return new WaybillError(
    "refused-move",
    `Record ${whole.record} has no effect that is ${what}${doubt === undefined ? "" : `; "${doubt.name}" is ${stateText(doubt)}`}.`,
    doubt === undefined
      ? `It is held because of ${whole.cause}; --keep, --redo or \`held discard\` may fit.`
      : wayFor(doubt),
  );
}

function wayFor(effect: StoredEffect): string {
  if (isAccepted(effect))
    return "Say --reread to ask for its job once more, --applied '{…}' with its result, or --not-applied to have it sent anew.";
  if (isInDoubt(effect))
    return "Look whether it was applied, then say --applied '{…}' with what it answered, or --not-applied.";
  if (effect.state === "unexpected") return "Say --applied '{…}', --reread, --keep, or --redo.";
  return effect.state === "done" ? "Say --keep or --redo." : "There is nothing to say about it.";
}

function stateText(effect: StoredEffect): string {
  if (isAccepted(effect)) return "accepted and not confirmed";
  if (isInDoubt(effect)) return "in doubt";
  return effect.state === "unexpected" ? "applied, with an answer that was not expected" : effect.state;
}

function quoted(effects: readonly StoredEffect[]): string {
  return effects.map(({ name }) => `"${name}"`).join(", ");
}

function resultText(result: unknown): string {
  try {
    return encode(result);
  } catch (error) {
    throw new WaybillError(
      "bad-usage",
      `What it answered cannot be stored: ${said(error)}`,
      "Give JSON, as the destination answered it.",
    );
  }
}

/** The stored answer as it came, whatever `expect` says of it. */
function answerOf(effect: StoredEffect): string {
  const { text } = JSON.parse(effect.answer ?? "{}") as { text?: string };
  try {
    if (text !== undefined) return encode(decodeJson(text));
  } catch {
    // Falls through: what cannot be read cannot count.
  }
  throw new WaybillError(
    "refused-move",
    `The stored answer of the effect "${effect.name}" cannot be read as a result.`,
    "Say --applied '{…}' with what it means.",
  );
}

/** It went with others: alone, or with others, it goes under another key. */
function isPart(effect: StoredEffect): boolean {
  return requestOf(effect).method === "PART";
}

function replaysFailure(effect: StoredEffect): boolean {
  return effect.why?.includes("replays a stored failure") === true;
}
