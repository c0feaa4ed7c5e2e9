// An order becomes one invoice, whatever happens: rehearsed in simulated bad nights, in which answers are lost, processes die and records are damaged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rehearse } from "waybill/rehearse";
import orders from "./integrations/orders.ts";

test("orders keep every promise in bad nights", async () => {
  const report = await rehearse(orders, { nights: 50, seed: 1 });
  assert.ok(report.ok, report.summary);
});

test("what is delivered is in the books, once", async () => {
  const report = await rehearse(orders, {
    nights: 10,
    check({ records, stored }) {
      const delivered = records.filter(({ state }) => state === "delivered").map(({ id }) => id);
      const invoiced = stored("books", "/invoices").map(({ ref }) => ref);
      for (const id of delivered) assert.equal(invoiced.filter((ref) => ref === id).length, 1, `invoices of ${id}`);
    },
  });
  assert.ok(report.ok, report.summary);
});
