import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkerRow } from "../../../src/ledger/workers.ts";
import type { Observation } from "../../../src/watch/rules/observation.ts";
import { worker } from "../../../src/watch/rules/worker.ts";

const minute = 60_000;
const nowMs = 1_000 * minute;
const row = (given: Partial<WorkerRow>): WorkerRow => ({
  name: "a",
  pid: 7,
  release: "1",
  state: "alive",
  joinedAtMs: 0,
  lanes: 128,
  inHand: 0,
  movedAtMs: undefined,
  endedAtMs: undefined,
  ...given,
});
/** Declared dead so many minutes ago, eight seconds after it was last seen. */
const lost = (ago: number, given: Partial<WorkerRow> = {}): WorkerRow =>
  row({
    state: "lost",
    lanes: 0,
    joinedAtMs: nowMs - ago * minute - 20_000,
    movedAtMs: nowMs - ago * minute - 8_000,
    endedAtMs: nowMs - ago * minute,
    ...given,
  });
const joined = (ago: number, given: Partial<WorkerRow> = {}): WorkerRow =>
  row({ joinedAtMs: nowMs - ago * minute, ...given });

function found(
  ...workers: readonly WorkerRow[]
): readonly (readonly [about: string, count: number, message: string])[] {
  const seen = { nowMs, thresholds: () => ({ within: 60 * minute }), ledger: { workers } };
  return worker.find(seen as unknown as Observation).map(({ about, count, message }) => [about, count, message]);
}

const cases: readonly [what: string, workers: readonly WorkerRow[], expected: Record<string, number>][] = [
  ["all are there", [joined(500), joined(10, { state: "leaving" })], {}],
  ["one is lost", [joined(500, { name: "b" }), lost(5)], { a: 1 }],
  ["one of another name has come", [joined(3, { name: "b" }), lost(5)], { a: 1 }],
  ["one of its name is back", [joined(3), lost(5)], {}],
  ["it was back before anybody saw that the other was dead", [joined(5.1), lost(5)], {}],
  ["one of its name was there all the while", [joined(500), lost(5)], { a: 1 }],
  ["two are lost and one is back", [joined(3), lost(5), lost(5)], { a: 2 }],
  ["it is lost and back again and again, and just now", [joined(0.1), lost(0.1), lost(5), lost(9)], { a: 3 }],
  ["it was lost and back again and again", [joined(2.2), lost(2.3), lost(5), lost(9)], {}],
  [
    "who came in its place has left since",
    [row({ state: "left", joinedAtMs: nowMs - 4 * minute, endedAtMs: nowMs }), lost(5)],
    {},
  ],
  ["nobody came in its place, for longer than anybody wants to know", [joined(500, { name: "b" }), lost(61)], {}],
  ["two of several names", [joined(500, { name: "c" }), lost(1), lost(2, { name: "b" })], { a: 1, b: 1 }],
];

test("a worker is missed until one of its name has come in its place", () => {
  for (const [what, workers, expected] of cases)
    assert.deepEqual(Object.fromEntries(found(...workers).map(([about, count]) => [about, count])), expected, what);
});

test("who is lost is told of with what it had in hand, also where another took its place at once", () => {
  const [one] = found(joined(0.1), lost(0.1, { inHand: 12 }));
  assert.equal(
    one?.[2],
    "The worker a (process 7, release 1) is gone and did not leave by itself: it was last seen at 16:39 UTC. It had 12 records in hand: those go on elsewhere, once nothing of it can be under way any more. One of that name is back; 1 worker works.",
  );
});
