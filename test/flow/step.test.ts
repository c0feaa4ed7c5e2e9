import assert from "node:assert/strict";
import { test } from "node:test";
import { believedAbsentFromMs, resolutionFor, stateAfter, stepFor } from "../../src/flow/step.ts";
import type { EffectState, How, StoredEffect } from "../../src/ledger/ledger.ts";
import type { Outcome, OutcomeName } from "../../src/model/outcome.ts";

const stored = (state: EffectState, how: How = "byKey"): StoredEffect => ({
  name: "invoice",
  per: "record",
  generation: 1,
  state,
  how,
  request: "{}",
  result: undefined,
  answer: undefined,
  why: undefined,
  release: "r1",
  idempotencyKey: "k",
  firstSentMs: 1,
  lastSentMs: 2,
  doneAtMs: undefined,
  attempts: 1,
  madeBy: "r",
  uncompared: false,
});

test("an effect that the ledger knows is never simply sent again, unless that is harmless or it was certainly not applied", () => {
  const expected: Record<EffectState, readonly [keyed: string, natural: string]> = {
    done: ["remembered", "remembered"],
    unexpected: ["unexpected", "unexpected"],
    refused: ["refused", "refused"],
    "not-applied": ["send", "send"],
    intended: ["resolve", "send"],
    doubt: ["resolve", "send"],
    pending: ["ask-again", "send"],
  };
  for (const [state, [keyed, natural]] of Object.entries(expected)) {
    for (const how of ["byKey", "byLookup", "atMostOnce"] as const) {
      assert.equal(stepFor(stored(state as EffectState, how)), keyed, `${state}, ${how}`);
    }
    assert.equal(stepFor(stored(state as EffectState, "natural")), natural, `${state}, natural`);
  }
});

test("doubt sticks: no refusal of a later attempt ends it", () => {
  const after: Record<OutcomeName, readonly [fresh: EffectState, inDoubt: EffectState]> = {
    done: ["done", "done"],
    pending: ["pending", "pending"],
    "in-doubt": ["doubt", "doubt"],
    "failed-permanent": ["refused", "doubt"],
    "failed-retryable": ["not-applied", "doubt"],
    limited: ["not-applied", "doubt"],
    unavailable: ["not-applied", "doubt"],
    unauthorized: ["not-applied", "doubt"],
  };
  for (const [name, [fresh, inDoubt]] of Object.entries(after)) {
    const outcome = { name, sent: "maybe", durationMs: 1, why: "", value: 1, afterMs: undefined } as unknown as Outcome;
    assert.equal(stateAfter(outcome, false), fresh, name);
    assert.equal(stateAfter(outcome, true), inDoubt, `${name} after doubt`);
  }
});

test("a doubt is resolved by its own rule: the key while it is remembered, then a lookup, then a person", () => {
  const facts = { windowMs: 1_000, requestMsMax: 100, replayedFailure: false };
  const table: readonly (readonly [How, hasLookup: boolean, ageMs: number, replayed: boolean, string])[] = [
    ["byKey", false, 500, false, "repeat"],
    ["byKey", true, 500, false, "repeat"],
    // The window counts from the first possible send, less the longest time that the repeat may be under way.
    ["byKey", false, 899, false, "repeat"],
    ["byKey", false, 900, false, "person"],
    ["byKey", true, 900, false, "lookup"],
    ["byKey", true, 500, true, "lookup"],
    ["byKey", false, 500, true, "person"],
    ["byLookup", true, 89_999, false, "lookup"],
    ["byLookup", false, 500, false, "person"],
    ["atMostOnce", false, 1, false, "person"],
  ];
  for (const [how, hasLookup, ageMs, replayedFailure, by] of table) {
    const resolution = resolutionFor({ ...facts, how, hasLookup, ageMs, replayedFailure });
    assert.equal(resolution.by, by, `${how}, lookup ${hasLookup}, ${ageMs} ms ago, replayed ${replayedFailure}`);
  }
});

test("an absence is believed only when what was sent last would be visible", () => {
  assert.equal(believedAbsentFromMs(5_000, 60_000), 65_000);
});
