import assert from "node:assert/strict";
import { test } from "node:test";
import { likenessOf, nameOf } from "../../src/prove/likeness.ts";
import type { StoredRequest } from "../../src/systems/port.ts";

const sent: StoredRequest = {
  system: "books",
  method: "POST",
  path: "/customers/c-9/invoices",
  query: [["tenantId", "t-3"]],
  headers: [["idempotency-key", "key-1"]],
  body: { kind: "json", text: '{"orderId":"o-7","lines":[{"sku_id":12}]}' },
};

const answer = (body: unknown, headers: Record<string, string> = {}) => ({
  status: 201,
  headers,
  text: body === undefined ? "" : JSON.stringify(body),
});

const table: readonly [what: string, one: unknown, two: unknown, kind: string][] = [
  ["the same id", { id: 17 }, { id: 17 }, "same"],
  ["another id", { id: 17 }, { id: 18 }, "other"],
  ["an id in an envelope", { data: { id: "a" } }, { data: { id: "b" } }, "other"],
  ["an id beside a time", { id: "a", made: "10:00:01" }, { id: "a", made: "10:00:02" }, "same"],
  ["an id of the exchange", { id: "a", request_id: "r-1" }, { id: "a", request_id: "r-2" }, "same"],
  ["an id of what was written last", { id: "a", revisionId: 1 }, { id: "a", revisionId: 2 }, "same"],
  ["only an id of the exchange", { request_id: "r-1" }, { request_id: "r-2" }, "silent"],
  ["an echo of the body", { orderId: "o-7" }, { orderId: "o-7" }, "silent"],
  [
    "an echo of the path and the query",
    { customer_id: "c-9", tenantId: "t-3" },
    { customer_id: "c-9", tenantId: "t-3" },
    "silent",
  ],
  [
    "an echo, and its own id below",
    { orderId: "o-7", invoice: { id: 1 } },
    { orderId: "o-7", invoice: { id: 2 } },
    "other",
  ],
  ["the ids of what hangs on it", { id: "a", events: [{ id: 1 }] }, { id: "a", events: [{ id: 2 }] }, "same"],
  ["nothing", undefined, undefined, "silent"],
  ["a yes", { ok: true }, { ok: true }, "silent"],
  ["words that only look like ids", { paid: "yes", valid: 1 }, { paid: "no", valid: 2 }, "silent"],
  ["text", "done", "done", "silent"],
];

for (const [what, one, two, kind] of table)
  test(`two answers with ${what} are ${kind}`, () => {
    assert.equal(likenessOf(answer(one), answer(two), sent).kind, kind);
  });

test("where a thing is names it too, and a mark of a replay says it at once", () => {
  const at = (location: string) => answer(undefined, { location });
  assert.equal(likenessOf(at("/invoices/1"), at("/invoices/1"), sent).kind, "same");
  assert.equal(likenessOf(at("/invoices/1"), at("/invoices/2"), sent).kind, "other");
  const replayed = answer({ ok: true }, { "idempotent-replayed": "true" });
  assert.equal(likenessOf(answer({ ok: true }), replayed, sent).kind, "same");
  assert.equal(likenessOf(undefined, replayed, sent).kind, "silent");
});

test("a value has a name where one id stands nearest to its top", () => {
  assert.equal(nameOf({ id: 7n, lines: [{ id: 1 }] }), "7");
  assert.equal(nameOf({ id: "a", orderId: "b" }), undefined);
  assert.equal(nameOf("a"), undefined);
});
