import assert from "node:assert/strict";
import { test } from "node:test";
import { bearer, byKey, integration, push, rate, secret, system, tenants } from "waybill";
import { z } from "zod";
import { createLog } from "../../src/watch/log.ts";
import { Host, type Shop, Street } from "./street.ts";

// What one customer would have lost, or seen of another, if tenants were not kept apart.

const orderSchema = z.object({ id: z.string(), note: z.string().optional() });

/** One integration that writes each order into the shop whose it is. */
function ordersFor(list: readonly Shop[] | (() => readonly Shop[]), name: string, refresh: "1s" | "1m" = "1m") {
  const shops = tenants(name, {
    list,
    id: (shop) => shop.id,
    secrets: { TOKEN: (shop) => shop.token },
    refresh,
  });
  const shop = system(`${name}-api`, {
    per: shops,
    baseUrl: (one) => one.url,
    private: true,
    auth: bearer(shops.secret("TOKEN")),
    headers: { "X-Shop-Token": shops.secret("TOKEN") },
    timeout: "2s",
    breaker: { volume: 1, open: "1m" },
  });
  return integration(`${name}-orders`, {
    per: shops,
    source: push(),
    contract: orderSchema,
    identify: ({ id }) => ({ id }),
    retry: { first: "50ms", longest: "100ms" },
    async deliver(order, { effect, tenant }) {
      const json = { ...order, of: tenant.id, pass: shops.secret("TOKEN") };
      await effect("order", shop.post("/orders", { json, idempotency: byKey() }));
    },
  });
}

test("the same id of two tenants is two records, each delivered to its own host with its own key", async (t) => {
  const [a, b] = [await Host.open(t), await Host.open(t)];
  const street = new Street(t);
  const orders = ordersFor(
    [
      { id: "a", url: a.url, token: "token-of-a" },
      { id: "b", url: b.url, token: "token-of-b" },
    ],
    "twins",
  );
  await street.start(orders);
  await street.send("twins-orders", "a", { id: "1" });
  await street.send("twins-orders", "b", { id: "1" });
  await street.send("twins-orders", "b", { id: "1" });
  await street.waybill.settled(undefined, 10_000);
  assert.equal((await street.book("a"))?.delivered, 1);
  assert.deepEqual([(await street.book("b"))?.delivered, (await street.book("b"))?.duplicate], [1, 1]);
  assert.equal(a.visits.length, 1);
  assert.equal(b.visits.length, 1);
  assert.equal(JSON.parse(a.visits[0]?.body ?? "").of, "a");
  assert.notEqual(a.visits[0]?.headers["idempotency-key"], b.visits[0]?.headers["idempotency-key"]);
});

test("a tenant's secret goes to its own host and nowhere else: not to another's, not to disk, logs or errors", async (t) => {
  const [a, b] = [await Host.open(t), await Host.open(t)];
  // The destination echoes what it was given, and refuses.
  for (const host of [a, b])
    host.will = ({ headers, body }) => ({ status: 422, body: { error: "no", saw: headers.authorization, body } });
  const street = new Street(t);
  const orders = ordersFor(
    [
      { id: "a", url: a.url, token: "canary-of-a-7f3d" },
      { id: "b", url: b.url, token: "canary-of-b-91ce" },
    ],
    "canary",
  );
  await street.start(orders);
  for (const id of ["1", "2", "3"]) for (const tenant of ["a", "b"]) await street.send("canary-orders", tenant, { id });
  await street.waybill.settled(undefined, 10_000);
  assert.ok(a.visits.length >= 3 && b.visits.length >= 3, "both were called");
  assert.match(JSON.stringify(a.visits), /Bearer canary-of-a-7f3d/);
  assert.doesNotMatch(JSON.stringify(a.visits), /canary-of-b/);
  assert.doesNotMatch(JSON.stringify(b.visits), /canary-of-a/);
  const lines: string[] = [];
  const log = createLog({ level: "trace", redact: street.waybill.secrets.redact, write: (line) => lines.push(line) });
  for (const event of street.events) log(event);
  assert.ok(lines.length > 6);
  assert.doesNotMatch(lines.join(""), /canary-of/);
  const { rows } = await street.waybill.ledger.find({ limit: 100 });
  assert.doesNotMatch(JSON.stringify(rows.map(({ reason }) => reason)), /canary-of/, "errors");
  await street.stop();
  assert.doesNotMatch(street.disk().toString("latin1"), /canary-of/, "disk");
  assert.match(street.disk().toString("latin1"), /secret canary\/TOKEN/, "stored by name");
});

test("one tenant that is down waits behind its own breaker, and takes nobody with it", async (t) => {
  const up = await Host.open(t);
  const down = await Host.open(t);
  const { url } = down;
  down.close();
  const street = new Street(t);
  const orders = ordersFor(
    [
      { id: "up", url: up.url, token: "token-up" },
      { id: "down", url, token: "token-down" },
    ],
    "outage",
  );
  await street.start(orders);
  for (let id = 0; id < 20; id++)
    for (const tenant of ["up", "down"]) await street.send("outage-orders", tenant, { id: String(id) });
  await street.until(async () => (await street.book("up"))?.delivered === 20);
  await street.until(() => street.events.some(({ event }) => event === "system.opened"));
  const opened = street.events.filter((event) => event.event === "system.opened");
  assert.deepEqual([...new Set(opened.map(({ tenant }) => tenant))], ["down"]);
  const states = street.waybill.systems.state().filter(({ name }) => name === "outage-api");
  assert.deepEqual(
    states.map(({ tenant, breaker }) => [tenant, breaker]),
    [
      ["down", "open"],
      ["up", "closed"],
    ],
  );
  await street.until(async () => (await street.book("down"))?.waiting === 20);
  assert.equal((await street.book("down"))?.dead, 0);
});

test("a tenant without its secret is the only one that is unauthorized, and goes on once it has it", async (t) => {
  const host = await Host.open(t);
  const street = new Street(t);
  const shops: Shop[] = [
    { id: "has", url: host.url, token: "token-has" },
    { id: "lacks", url: host.url },
  ];
  const shopsOf = tenants("lacking", {
    list: () => shops,
    id: (shop) => shop.id,
    secrets: { TOKEN: (shop) => shop.token },
    refresh: "1s",
  });
  const shop = system("lacking-api", {
    per: shopsOf,
    baseUrl: (one) => one.url,
    private: true,
    auth: bearer(shopsOf.secret("TOKEN")),
    breaker: { open: "50ms" },
  });
  const orders = integration("lacking-orders", {
    per: shopsOf,
    source: push(),
    contract: orderSchema,
    identify: ({ id }) => ({ id }),
    retry: { first: "50ms", longest: "100ms" },
    async deliver(order, { effect }) {
      await effect("order", shop.post("/orders", { json: order, idempotency: byKey() }));
    },
  });
  await street.start(orders);
  await street.send("lacking-orders", "has", { id: "1" });
  await street.send("lacking-orders", "lacks", { id: "1" });
  await street.until(async () => (await street.book("has"))?.delivered === 1);
  await street.until(() =>
    street.waybill.systems.state().some(({ tenant, auth }) => tenant === "lacks" && auth === "unauthorized"),
  );
  await street.until(async () => (await street.book("lacks"))?.waiting === 1);
  assert.equal(host.visits.length, 1, "nothing is sent without a secret");
  shops[1] = { id: "lacks", url: host.url, token: "token-now" };
  await street.until(async () => (await street.book("lacks"))?.delivered === 1);
  assert.equal(host.visits.at(-1)?.headers.authorization, "Bearer token-now");
});

test("one budget for each tenant: one that has used up its own holds up nobody else", async (t) => {
  const host = await Host.open(t);
  const street = new Street(t);
  const shops = tenants("budgets", {
    list: ["a", "b", "c"].map((id) => ({ id })),
    id: (shop) => shop.id,
    secrets: { TOKEN: () => secret("BUDGETS_TOKEN") },
  });
  const shop = system("budgets-api", { per: shops, baseUrl: host.url, limits: [rate(3, "1h")] });
  const orders = integration("budgets-orders", {
    per: shops,
    source: push(),
    contract: orderSchema,
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect, tenant }) {
      await effect("order", shop.put(`/${tenant.id}/${order.id}`, { json: order }));
    },
  });
  await street.start(orders);
  for (let id = 0; id < 10; id++) await street.send("budgets-orders", "a", { id: String(id) });
  await street.until(() => host.visits.length === 3);
  for (const tenant of ["b", "c"])
    for (const id of ["1", "2", "3"]) await street.send("budgets-orders", tenant, { id });
  await street.until(() => host.visits.length === 9);
  assert.deepEqual(
    ["a", "b", "c"].map((id) => host.visits.filter(({ path }) => path.startsWith(`/${id}/`)).length),
    [3, 3, 3],
  );
  await street.until(async () => (await street.book("a"))?.waiting === 7);
});

test("where all share one account, a limit may still count each tenant by itself", async (t) => {
  const host = await Host.open(t);
  const street = new Street(t);
  const shops = tenants("sharing", { list: ["a", "b"].map((id) => ({ id })), id: (shop) => shop.id });
  const books = system("sharing-books", { baseUrl: host.url, limits: [rate(2, "1h", { per: "tenant" })] });
  const orders = integration("sharing-orders", {
    per: shops,
    source: push(),
    contract: orderSchema,
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect, tenant }) {
      await effect("order", books.put(`/${tenant.id}/${order.id}`, { json: order }));
    },
  });
  await street.start(orders);
  for (let id = 0; id < 5; id++) await street.send("sharing-orders", "a", { id: String(id) });
  await street.until(() => host.visits.length === 2);
  for (const id of ["1", "2"]) await street.send("sharing-orders", "b", { id });
  await street.until(async () => (await street.book("b"))?.delivered === 2);
  await street.until(async () => (await street.book("a"))?.waiting === 3);
  assert.equal(host.visits.filter(({ path }) => path.startsWith("/a/")).length, 2);
});

test("records of two tenants never share a call, and each call goes out with its own tenant's token", async (t) => {
  const [a, b] = [await Host.open(t), await Host.open(t)];
  const answers = ({ body }: { readonly body: string }) => ({ status: 200, body: JSON.parse(body) });
  a.will = answers;
  b.will = answers;
  const shops = tenants("gathered", {
    list: [
      { id: "a", url: a.url, token: "gathered-token-a" },
      { id: "b", url: b.url, token: "gathered-token-b" },
    ],
    id: (shop) => shop.id,
    secrets: { TOKEN: (shop) => shop.token },
  });
  const shop = system("gathered-api", {
    per: shops,
    baseUrl: (one) => one.url,
    private: true,
    auth: bearer(shops.secret("TOKEN")),
  });
  const Made = z.object({ items: z.array(z.object({ id: z.string(), of: z.string() })) });
  const together = shop.batch("orders", {
    most: 50,
    linger: "50ms",
    send: (items: readonly { id: string; of: string }[]) =>
      shop.post("/orders", { json: { items }, expect: Made, idempotency: byKey() }),
    each: (answer, { id }) => answer.items.find((one) => one.id === id)?.id,
  });
  const orders = integration("gathered-orders", {
    per: shops,
    source: push(),
    contract: orderSchema,
    identify: ({ id }) => ({ id }),
    async deliver(order, { effect, tenant }) {
      await effect("order", together({ id: order.id, of: tenant.id }));
    },
  });
  const street = new Street(t);
  await street.start(orders);
  await Promise.all(
    Array.from({ length: 20 }, (_, at) => street.send("gathered-orders", at % 2 === 0 ? "a" : "b", { id: String(at) })),
  );
  await street.waybill.settled(undefined, 20_000);
  for (const [host, id] of [
    [a, "a"],
    [b, "b"],
  ] as const) {
    const items = host.visits.flatMap(({ body }) => (JSON.parse(body) as z.infer<typeof Made>).items);
    assert.equal(items.length, 10);
    assert.ok(items.every((item) => item.of === id));
    assert.ok(host.visits.length < 10, "they were gathered");
    assert.ok(host.visits.every(({ headers }) => headers.authorization === `Bearer gathered-token-${id}`));
  }
});

test("who is no longer in the list keeps its records, waiting with the reason, and nothing is sent for it", async (t) => {
  const host = await Host.open(t);
  const street = new Street(t);
  let list: Shop[] = [
    { id: "stays", url: host.url, token: "token-1" },
    { id: "goes", url: host.url, token: "token-2" },
  ];
  const orders = ordersFor(() => list, "leaving", "1s");
  await street.start(orders);
  list = list.slice(0, 1);
  await street.until(() => street.events.some((event) => event.event === "tenants.listed" && event.gone === 1));
  await street.waybill.intake.send(orders.definition, { id: "1" }, "goes");
  await street.send("leaving-orders", "stays", { id: "1" });
  await street.until(async () => (await street.book("stays"))?.delivered === 1);
  await street.until(() => street.events.some((event) => event.event === "record.settled" && event.tenant === "goes"));
  const { rows } = await street.waybill.ledger.find({ tenant: "goes", limit: 10 });
  assert.deepEqual(
    rows.map(({ state, cause, reason, attempts }) => [state, cause, reason, attempts]),
    [["waiting", "deferred", 'the tenant "goes" is not in the list "leaving"', 0]],
  );
  assert.equal(host.visits.length, 1);
});
