import assert from "node:assert/strict";
import { test } from "node:test";
import { bearer, byKey, byLookup, type Delivery, integration, push, rate, system, tenants } from "waybill";
import { type RehearsedWorld, rehearse } from "waybill/rehearse";
import { z } from "zod";

interface Shop {
  readonly id: string;
  readonly domain: string;
}

const asked = (what: string) => (): never => {
  throw new Error(`the rehearsal asked for ${what}`);
};
const shops = tenants("shops", {
  list: asked("the list"),
  id: ({ id }: Shop) => id,
  secrets: { TOKEN: asked("a vault") },
});
const shop = system("shop", {
  per: shops,
  baseUrl: ({ domain }: Shop) => `https://${domain}/api`,
  auth: bearer(shops.secret("TOKEN")),
  limits: [rate(20, "10s")],
});
const Made = z.object({ id: z.string() });
const Found = z.object({ items: z.array(Made) });
const Order = z.object({ id: z.string().min(1), customer: z.string().min(1) });
type Order = z.infer<typeof Order>;
/** Two of them share a host, as tenants of one vendor do. */
const some: readonly Shop[] = [
  { id: "one", domain: "shops.example.com" },
  { id: "two", domain: "shops.example.com" },
  { id: "three", domain: "three.example.com" },
];

const ordersOf = (ref: (order: Order, tenant: Shop) => string) =>
  integration("orders", {
    per: shops,
    source: push(),
    contract: Order,
    identify: ({ id, customer }) => ({ id, key: customer }),
    async deliver(order, { effect, call, tenant }: Delivery<Shop>) {
      const json = { ref: ref(order, tenant) };
      await effect("receipt", shop.post("/receipts", { json, idempotency: byKey() }));
      const find = async () => (await call(shop.get("/charges", { query: json, expect: Found }))).items;
      await effect("charge", shop.post("/charges", { json, expect: Made, idempotency: byLookup(find) }));
    },
  });

/** Each delivered record is charged once, in the account of its own tenant. */
function charged({ records, stored }: RehearsedWorld): void {
  for (const { id, tenant, state } of records) {
    if (state !== "delivered") continue;
    const charges = stored("shop", "/api/charges", tenant).filter(({ ref }) => ref === id);
    assert.equal(charges.length, 1, `${id} of ${tenant} is charged ${charges.length} times`);
  }
}

test("an integration is rehearsed for several tenants, each with an account and limits of its own, and nobody is asked who they are", async () => {
  const report = await rehearse(
    ordersOf(({ id }) => id),
    { nights: 6, seed: 3, tenants: some, check: charged },
  );
  assert.ok(report.ok, report.summary);
  assert.ok(report.records > 200, `only ${report.records} records`);
  assert.deepEqual(report.promises.at(-1), { name: "your own check holds", held: true, checked: report.records });
});

test("what mixes up tenants is found by a check of the user's own, and its message ends the story", async () => {
  const report = await rehearse(
    ordersOf(({ id }, tenant) => `${tenant.id}/${id}`),
    { nights: 1, seed: 3, tenants: some, check: charged },
  );
  assert.equal(report.ok, false);
  const [failure] = report.failures;
  assert.equal(failure?.promise, "your own check holds");
  assert.match(failure?.story.at(-1) ?? "", /So: .* of (one|two|three) is charged 0 times/);
});

test("a list that is a function is not asked: somebody has to say who the tenants are", async () => {
  const orders = ordersOf(({ id }) => id);
  await assert.rejects(rehearse(orders, { nights: 1 }), { code: "bad-usage", message: /a rehearsal does not ask/ });
  await assert.rejects(rehearse(orders, { nights: 1, tenants: [] }), { message: /no tenant at all/ });
  await assert.rejects(rehearse(orders, { nights: 1, tenants: [{ id: "a/b" }] }), { message: /Tenant 1 .* has no id/ });
});

test("a check that never ends breaks its promise within a minute of the night", async () => {
  const check = (): Promise<void> => new Promise(() => undefined);
  const report = await rehearse(
    ordersOf(({ id }) => id),
    { nights: 1, seed: 3, tenants: some, check },
  );
  assert.match(report.summary, /So: it came to no end within a minute/);
});
