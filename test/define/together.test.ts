import assert from "node:assert/strict";
import { test } from "node:test";
import { integration, push, type Source, unverified, webhook } from "waybill";
import { z } from "zod";
import { checkTogether, meantIntegration } from "../../src/define/together.ts";
import { refuses } from "./refusal.ts";

const named = (name: string, source: Source = push()) =>
  integration(name, {
    source,
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  }).definition;
const hook = () => webhook("/shop/orders", { verify: unverified });

refuses([
  {
    name: "one name for two integrations",
    made: () => checkTogether([named("orders"), named("orders")]),
    says: 'integration "orders": two integrations have this name.',
    hints: "part of every identity",
  },
  {
    name: "one path for two webhooks",
    made: () => checkTogether([named("orders", hook()), named("invoices", hook())]),
    says: 'integration "invoices": integration "orders" has another webhook on /shop/orders.',
    hints: "Share one",
  },
]);

test("one webhook may feed several integrations", () => {
  const shared = hook();
  checkTogether([named("orders", shared), named("invoices", shared), named("receipts")]);
});

test("a name that is nearly right is understood", () => {
  const definitions = [named("orders"), named("invoices")];
  assert.equal(meantIntegration("ordrs", definitions), 'Did you mean "orders"?');
  assert.equal(meantIntegration("people", definitions), "There are: orders, invoices.");
  assert.equal(meantIntegration("people", []), "There are no integrations.");
});
