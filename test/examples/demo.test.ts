// What the demo is made of; `npm run demo` runs it whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deliveriesFor } from "../../examples/demo/deliveries.ts";
import type { Book } from "../../examples/demo/operations.ts";
import orders from "../../examples/demo/orders.ts";
import { promisesKept } from "../../examples/demo/promises.ts";

const book: Book = {
  balanced: true,
  received: 1,
  duplicate: 0,
  quarantined: 0,
  waiting: 0,
  delivering: 0,
  delivered: 1,
  dead: 0,
  held: 0,
  refused: 0,
};
const count = {
  invoices: { "A-1": 1 },
  charges: { "A-1": 1 },
  lines: {},
  receipts: { "A-1": 1 },
  details: { "A-1": "C-1 5.00" },
  requests: 4,
  faults: {},
};
const sent = {
  acknowledged: [{ kind: "order", order: "A-1", body: "{}", details: "C-1 5.00" }],
  turnedAway: 0,
  odd: [],
} as const;

test("the same seed sends the same 2,000 deliveries, of every kind", () => {
  const deliveries = deliveriesFor(7, 2_000);
  assert.equal(deliveries.length, 2_000);
  assert.deepEqual(deliveriesFor(7, 2_000), deliveries);
  assert.deepEqual([...new Set(deliveries.map(({ kind }) => kind))].sort(), [
    "broken",
    "conflict",
    "duplicate",
    "edit",
    "forged",
    "late",
    "order",
  ]);
});

test("what the demo calls broken breaks the contract, and nothing else does", async () => {
  for (const { kind, body } of deliveriesFor(11, 500)) {
    const result = await orders.definition.contract["~standard"].validate(JSON.parse(body));
    assert.equal(result.issues !== undefined, kind === "broken", `${kind}: ${body}`);
  }
});

test("a promise that is not kept is seen", () => {
  const kept = promisesKept(sent, book, [], count);
  assert.deepEqual([kept.lost, kept.doubled, kept.wrong], [[], [], []]);
  assert.equal(promisesKept(sent, book, [], { ...count, charges: {} }).lost.length, 1);
  assert.equal(promisesKept(sent, book, [], { ...count, charges: { "A-1": 2 } }).doubled.length, 1);
  assert.equal(promisesKept(sent, book, [], { ...count, receipts: { "A-1": 1, "B-1": 1 } }).wrong.length, 1);
  assert.equal(promisesKept(sent, book, [], { ...count, details: { "A-1": "C-1 4.00" } }).wrong.length, 1);
  assert.equal(promisesKept(sent, { ...book, balanced: false }, [], count).wrong.length, 1);
  assert.equal(promisesKept(sent, { ...book, received: 0 }, [], count).lost.length, 1);
});
