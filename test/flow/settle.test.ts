import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { later, permanent } from "../../src/define/verdict.ts";
import { givesUp, pauseMs } from "../../src/flow/retry.ts";
import { type Ending, settle } from "../../src/flow/settle.ts";
import { decisive, Halt, type Verdict } from "../../src/flow/verdict.ts";
import type { StoredEffect } from "../../src/ledger/ledger.ts";

const plan = { giveUpAfterMs: 10_000, firstMs: 100, longestMs: 1_000 };
const ending = (more: Partial<Ending> = {}): Ending => ({
  thrown: undefined,
  verdicts: [],
  effects: [],
  asked: new Set(),
  unseenRefusal: undefined,
  attemptsBefore: 0,
  spentBeforeMs: 0,
  runMs: 50,
  nowMs: 1_000,
  chance: 1,
  plan,
  strict: false,
  probed: false,
  ...more,
});
const doubtful = { name: "charge", state: "doubt", how: "byKey" } as StoredEffect;
const held: Verdict = { kind: "held", cause: "in-doubt", reason: "nobody can tell" };
const retry: Verdict = { kind: "retry", why: "503" };
const deferred: Verdict = { kind: "deferred", untilMs: 7_000, why: "limit" };

test("how a run ended decides where its record goes", () => {
  const refused = new Halt("effect-refused", "422", { kind: "refused", why: "422" });
  const table: readonly (readonly [string, Partial<Ending>, to: string, cause: string | undefined])[] = [
    ["everything was done", {}, "delivered", undefined],
    ["an ordinary error", { thrown: { error: new Error("x") } }, "waiting", "retrying"],
    ["undefined was thrown", { thrown: { error: undefined } }, "waiting", "retrying"],
    ["permanent()", { thrown: { error: permanent("no") } }, "dead", "permanent"],
    ["permanent() with a doubt", { thrown: { error: permanent("no") }, effects: [doubtful] }, "held", "in-doubt"],
    ["later()", { thrown: { error: later("5s", "not yet") } }, "waiting", "retrying"],
    ["a refusal that was not caught", { thrown: { error: refused } }, "dead", "refused"],
    ["a refusal that nobody looked at", { unseenRefusal: "422" }, "dead", "refused"],
    ["a doubt that user code caught", { verdicts: [retry], effects: [doubtful] }, "waiting", "retrying"],
    ["a doubt that the code no longer asks for", { effects: [doubtful] }, "held", "effect-orphaned"],
    ["a person is needed", { verdicts: [held] }, "held", "in-doubt"],
    ["a person is needed, and it could be retried", { verdicts: [retry, held, deferred] }, "held", "in-doubt"],
    ["a limit", { verdicts: [deferred], thrown: { error: new Error("limit") } }, "waiting", "deferred"],
    ["out of patience", { verdicts: [retry], spentBeforeMs: 9_999 }, "dead", "gave-up"],
    [
      "out of patience with a doubt",
      { verdicts: [retry], spentBeforeMs: 9_999, effects: [doubtful] },
      "held",
      "in-doubt",
    ],
  ];
  for (const [what, more, to, cause] of table) {
    const decided = settle(ending(more));
    assert.equal(decided.to, to, what);
    assert.equal(decided.cause, cause, what);
  }
});

test("waits for limits cost nothing, and later() waits exactly as long as it says", () => {
  const limited = settle(ending({ verdicts: [deferred] }));
  assert.deepEqual([limited.attempts, limited.spentMs, limited.nextAtMs], [0, 0, 7_000]);
  const told = settle(ending({ verdicts: [{ kind: "retry", why: "429", afterMs: 60_000 }] }));
  assert.deepEqual([told.attempts, told.spentMs, told.nextAtMs], [1, 50, 61_000]);
  const own = settle(ending({ thrown: { error: later("5s", "not yet") } }));
  assert.deepEqual([own.attempts, own.spentMs, own.nextAtMs], [1, 5_050, 6_000]);
  const probe = settle(ending({ verdicts: [retry], probed: true }));
  assert.deepEqual([probe.attempts, probe.spentMs], [0, 0]);
});

test("of two waits the longer one counts, whichever was pronounced first", () => {
  const short: Verdict = { kind: "retry", why: "a", pauseMs: 5 };
  const long: Verdict = { kind: "retry", why: "b", afterMs: 50 };
  assert.equal(decisive([short, long]), long);
  assert.equal(decisive([long, short]), long);
});

test("pauses grow, are spread, and never pass the longest", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, chance) => {
      const pause = pauseMs(plan, attempts, chance);
      return pause >= 0 && pause <= plan.longestMs && pause <= plan.firstMs * 2 ** Math.min(attempts - 1, 40);
    }),
  );
  assert.equal(pauseMs(plan, 1, 1), 100);
  assert.equal(pauseMs(plan, 3, 1), 400);
  assert.equal(pauseMs(plan, 9, 1), 1_000);
  assert.equal(givesUp(plan, 9_999), false);
  assert.equal(givesUp(plan, 10_000), true);
});
