import assert from "node:assert/strict";
import { test } from "node:test";
import { lostDoubt } from "../../src/flow/lost-time.ts";
import type { Run } from "../../src/flow/run.ts";
import type { Restore, StoredEffect } from "../../src/ledger/ledger.ts";

const copiedAtMs = 1_000_000;
const atMs = 2_000_000;
const untilMs = 3_000_000;
const restore: Restore = { epoch: 2, atMs, copiedAtMs, doubtNewUntilMs: untilMs };

/** A run whose record came at one time and whose turn comes at another. */
function runOf(receivedAtMs: number, nowMs: number, restores: readonly Restore[] = [restore]): Run {
  return { nowMs, claimed: { receivedAtMs }, shop: { restores: () => restores } } as unknown as Run;
}

const effect = (parts: Partial<StoredEffect> = {}): StoredEffect =>
  ({
    name: "charge",
    how: "byKey",
    state: "not-applied",
    generation: 1,
    firstSentMs: 0,
    lastSentMs: 0,
    ...parts,
  }) as StoredEffect;

const before = copiedAtMs - 5;
const after = atMs + 5;
const later = untilMs + 5;

for (const [what, run, stored, doubted] of [
  ["a record that the copy knows is doubted, however long it has waited", runOf(before, later), effect(), true],
  ["a new record is doubted while it may be a lost one", runOf(after, after + 1), effect(), true],
  ["a new record is new once that time is over", runOf(later, later), effect(), false],
  ["without a restore nothing is doubted", runOf(before, after, []), effect(), false],
  ["what is harmless to repeat is not doubted", runOf(before, after), effect({ how: "natural" }), false],
  ["what was tried since the restore is known", runOf(before, after + 9), effect({ lastSentMs: after }), false],
  [
    "a new generation may be one that was lost",
    runOf(before, after),
    effect({ generation: 2, lastSentMs: before }),
    true,
  ],
  [
    "a new generation is trusted in the end",
    runOf(before, later),
    effect({ generation: 2, lastSentMs: before }),
    false,
  ],
] as const) {
  test(`${what}: otherwise it would be made twice, or held for nothing`, () => {
    const doubt = lostDoubt(run, stored);
    assert.equal(doubt !== undefined, doubted);
    if (doubt === undefined) return;
    assert.equal(doubt.state, "doubt");
    assert.equal(doubt.firstSentMs, copiedAtMs, "a key's window counts from the copy");
    assert.equal(doubt.lastSentMs, atMs, "an absence is believed from the restore on");
    assert.match(doubt.why ?? "", /made between .* and /);
  });
}

test("after two restores, doubt reaches from the earlier copy to the later restore", () => {
  const second: Restore = { epoch: 3, atMs: atMs * 2, copiedAtMs: atMs + 10, doubtNewUntilMs: untilMs * 2 };
  const doubt = lostDoubt(runOf(before, atMs * 2 + 1, [restore, second]), effect());
  assert.deepEqual([doubt?.firstSentMs, doubt?.lastSentMs], [copiedAtMs, atMs * 2]);
});
