import type { Batch } from "../define/batch.ts";
import { isLater, isPermanent } from "../define/verdict.ts";
import type { StoredEffect } from "../ledger/ledger.ts";
import { encode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import type { StoredRequest } from "../systems/port.ts";
import { keyOf } from "./generation.ts";
import type { Run } from "./run.ts";

// One part of a call that carries many: what the answer says of it, and how it is stored. A part is stored as an effect whose request is its item,
// sent to the call that carried it last.

export interface Part {
  /** The name of its effect: the batch's name, a slash, its own. */
  readonly effect: string;
  readonly item: unknown;
  /** The item as JSON: what is stored and compared. */
  readonly text: string;
  /** In this run the destination said that it was not applied: the next run sends it again. */
  putOff?: boolean;
}

export type PartOutcome =
  | { readonly state: "done"; readonly result: string }
  | { readonly state: "refused" | "unexpected"; readonly why: string }
  | { readonly state: "not-applied"; readonly why: string; readonly afterMs: number };

/** How an answer is read, and what the user calls that. */
export interface PartReader {
  readonly part: (answer: unknown, item: unknown, at: number) => unknown;
  readonly what: "part" | "each";
}

/** What the answer to a whole call says of one of its parts. */
export function readPart(
  { part, what }: PartReader,
  answer: unknown,
  item: unknown,
  at: number,
  fromLookup: boolean,
): PartOutcome | { readonly state: "unspoken"; readonly why: string } {
  try {
    const value = part(answer, item, at);
    if (value instanceof Promise) {
      value.catch(() => undefined);
      return { state: "unexpected", why: `${what}() is asynchronous: it has to read the answer at once` };
    }
    if (value !== undefined) return { state: "done", result: encode(value) };
  } catch (error) {
    if (isPermanent(error)) return { state: "refused", why: error.message };
    if (isLater(error)) return { state: "not-applied", why: error.message, afterMs: error.afterMs };
    return { state: "unexpected", why: `${what}() threw: ${said(error)}` };
  }
  if (fromLookup) return { state: "not-applied", why: "it is not among what was found", afterMs: 0 };
  return { state: "unspoken", why: "the answer does not speak of it" };
}

/** A part of one record's own call that its answer does not speak of is for that record's person. */
export function readOwnPart(
  given: Batch<unknown, unknown, unknown>,
  answer: unknown,
  part: Part,
  at: number,
  fromLookup: boolean,
): PartOutcome {
  const read = readPart({ part: given.part, what: "part" }, answer, part.item, at, fromLookup);
  return read.state === "unspoken" ? { ...read, state: "unexpected" } : read;
}

/** Notes what became of a part. */
export function storePart(run: Run, call: StoredEffect, part: Part, outcome: PartOutcome): void {
  const before = run.effects.get(part.effect);
  const stored = asStored(run, call, part, before, outcome);
  run.remember(
    stored,
    outcome.state === "done"
      ? undefined
      : {
          atMs: run.nowMs,
          what: "attempt-failed",
          actor: undefined,
          detail: JSON.stringify({
            effect: part.effect,
            outcome: outcomeNames[outcome.state],
            why: outcome.why,
            call: call.name,
          }),
        },
  );
}

const outcomeNames = {
  refused: "failed-permanent",
  unexpected: "done",
  "not-applied": "failed-retryable",
} as const;

function asStored(
  run: Run,
  call: StoredEffect,
  part: Part,
  before: StoredEffect | undefined,
  outcome: PartOutcome,
): StoredEffect {
  const { claimed } = run;
  const generation = before?.generation ?? 1;
  const isApplied = outcome.state === "done" || outcome.state === "unexpected";
  return {
    name: part.effect,
    per: "record",
    generation,
    state: outcome.state,
    how: call.how,
    request: JSON.stringify(partRequest(call, part)),
    result: outcome.state === "done" ? outcome.result : undefined,
    // The whole answer: which part of it is this one's, nobody could tell.
    answer: outcome.state === "unexpected" ? JSON.stringify({ text: call.result?.slice(0, 100_000) }) : undefined,
    why: outcome.state === "done" ? undefined : outcome.why,
    release: run.release,
    idempotencyKey: keyOf(claimed, part.effect, "record", generation),
    firstSentMs: isApplied ? call.firstSentMs : 0,
    lastSentMs: call.lastSentMs,
    doneAtMs: isApplied ? run.nowMs : undefined,
    attempts: (before?.attempts ?? 0) + 1,
    madeBy: claimed.record,
    uncompared: false,
  };
}

function partRequest(call: StoredEffect, part: Part): StoredRequest {
  const { system } = requestOf(call);
  return {
    system,
    method: "PART",
    path: call.name,
    query: [],
    headers: [["call-key", call.idempotencyKey]],
    body: { kind: "json", text: part.text },
  };
}

/** Which call settled a part, and under which key. */
export function partOf(stored: StoredEffect): { readonly call: string; readonly key: unknown } {
  const { path, headers } = requestOf(stored);
  return { call: path, key: headers.find(([name]) => name === "call-key")?.[1] };
}

export function requestOf(effect: StoredEffect): StoredRequest {
  return JSON.parse(effect.request) as StoredRequest;
}
