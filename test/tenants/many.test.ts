import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, integration, push, system, tenants } from "waybill";
import { z } from "zod";
import { Host, Street } from "./street.ts";

// Hundreds of customers on one machine: what one of them does, or has done to it, is no business of the others.

const contract = z.object({ id: z.string() });

test("500 tenants, one of them down: the other 499 get everything, and its records wait with nothing used up", async (t) => {
  const host = await Host.open(t);
  const gone = await Host.open(t);
  const { url } = gone;
  gone.close();
  const each = 4;
  const list = Array.from({ length: 500 }, (_, at) => ({ id: `shop-${at}`, token: `token-of-shop-${at}` }));
  const down = "shop-7";
  const shops = tenants("street", {
    list: async () => list,
    id: (shop) => shop.id,
    secrets: { TOKEN: (shop) => shop.token },
  });
  const shop = system("street-api", {
    per: shops,
    baseUrl: ({ id }) => (id === down ? url : `${host.url}/${id}`),
    private: true,
    headers: { "X-Token": shops.secret("TOKEN") },
  });
  const orders = integration("street-orders", {
    per: shops,
    source: push(),
    contract,
    identify: ({ id }) => ({ id }),
    retry: { first: "50ms", longest: "200ms" },
    async deliver(order, { effect }) {
      await effect("order", shop.post("/orders", { json: order, idempotency: byKey() }));
    },
  });
  const street = new Street(t);
  await street.start(orders);
  const { intake } = street.waybill;
  for (let id = 0; id < each; id++)
    await Promise.all(list.map((one) => intake.send(orders.definition, { id: String(id) }, one.id)));
  await street.until(async () => {
    const books = await street.waybill.ledger.balance(undefined);
    return books.filter(({ delivered }) => delivered === each).length === 499;
  });
  const misdirected = host.visits.filter(
    ({ path, headers }) => headers["x-token"] !== `token-of-${path.split("/")[1] ?? ""}`,
  );
  assert.equal(misdirected.length, 0, "a secret went to another tenant's address");
  const counts = Map.groupBy(host.visits, ({ path }) => path);
  assert.equal(counts.size, 499);
  assert.ok([...counts.values()].every((visits) => visits.length === each));
  await street.until(async () => (await street.book(down))?.waiting === each);
  const book = await street.book(down);
  assert.deepEqual([book?.delivered, book?.dead, book?.held], [0, 0, 0]);
  const open = street.waybill.systems.state().filter(({ breaker }) => breaker !== "closed");
  assert.ok(open.every(({ tenant }) => tenant === down));
  t.diagnostic(`${host.visits.length} calls to 499 tenants, ${book?.waiting} records of ${down} waiting`);
});

test("a tenant whose host hangs with 2,000 records waiting takes half of the hands, and another's record goes at once", async (t) => {
  const slow = await Host.open(t);
  const quick = await Host.open(t);
  slow.will = () => "hang";
  const shops = tenants("hanging", {
    list: [
      { id: "slow", url: slow.url },
      { id: "quick", url: quick.url },
    ],
    id: (shop) => shop.id,
  });
  const shop = system("hanging-api", {
    per: shops,
    baseUrl: (one) => one.url,
    private: true,
    timeout: "10m",
    breaker: false,
  });
  const orders = integration("hanging-orders", {
    per: shops,
    source: push(),
    contract,
    identify: ({ id }) => ({ id }),
    deliverTimeout: "1h",
    async deliver(order, { effect }) {
      await effect("order", shop.put(`/orders/${order.id}`, { json: order }));
    },
  });
  const street = new Street(t);
  await street.start(orders);
  const { intake } = street.waybill;
  await Promise.all(
    Array.from({ length: 2_000 }, (_, id) => intake.send(orders.definition, { id: String(id) }, "slow")),
  );
  await street.until(() => slow.visits.length >= 100);
  for (let id = 0; id < 20; id++) await street.send("hanging-orders", "quick", { id: String(id) });
  await street.until(async () => (await street.book("quick"))?.delivered === 20);
  assert.ok(slow.visits.length <= 144, `${slow.visits.length} of 288 hands`);
  assert.equal((await street.book("slow"))?.delivered, 0);
});

test("a paused tenant waits alone: nothing is called for it, and it goes on where it was", async (t) => {
  const host = await Host.open(t);
  const shops = tenants("pausing", { list: [{ id: "a" }, { id: "b" }], id: (shop) => shop.id });
  const shop = system("pausing-api", { per: shops, baseUrl: host.url });
  const orders = integration("pausing-orders", {
    per: shops,
    source: push(),
    contract,
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect, tenant }) {
      await effect("order", shop.put(`/${tenant.id}/${order.id}`, { json: order }));
    },
  });
  const street = new Street(t);
  await street.start(orders);
  const person = { actor: "ann", why: "it moves house" };
  assert.equal((await street.waybill.pauses.pause("a", "tenant", person)).changed, true);
  await assert.rejects(street.waybill.pauses.pause("c", "tenant", person), { code: "unknown-tenant" });
  for (const tenant of ["a", "b"]) for (const id of ["1", "2"]) await street.send("pausing-orders", tenant, { id });
  await street.until(async () => (await street.book("b"))?.delivered === 2);
  assert.equal((await street.book("a"))?.waiting, 2);
  assert.ok(host.visits.every(({ path }) => path.startsWith("/b/")));
  await street.waybill.pauses.resume("a", "tenant", person);
  await street.until(async () => (await street.book("a"))?.delivered === 2);
});
