import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { type TestContext, test } from "node:test";
import {
  bearer,
  createWaybill,
  hmac,
  integration,
  poll,
  push,
  type Source,
  secret,
  system,
  tenants,
  webhook,
} from "waybill";
import { z } from "zod";
import { listen } from "../../src/server/listen.ts";
import { Host, type Shop, Street } from "./street.ts";

// Whose a record is has to be known before anything is kept of it, and is taken from nobody who was not verified.

const shopsOf = (name: string, list: readonly Shop[]) =>
  tenants(name, { list, id: (shop) => shop.id, secrets: { HOOK: (shop) => shop.token, TOKEN: (shop) => shop.token } });

function taking(name: string, source: Source, per: ReturnType<typeof shopsOf>) {
  return integration(name, {
    per,
    source,
    contract: z.object({ id: z.string() }).loose(),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
}

const signed = (secretText: string, body: string): Record<string, string> => ({
  "x-signature": createHmac("sha256", secretText).update(body).digest("hex"),
  "content-type": "application/json",
});

/** The street's server, and how to post to it. */
async function open(t: TestContext, street: Street) {
  const server = await listen(street.waybill.app, { host: "127.0.0.1", port: 0 });
  t.after(() => server.close(0));
  return async (path: string, body: unknown, key: string | undefined) => {
    const text = JSON.stringify(body);
    const headers = key === undefined ? { "content-type": "application/json" } : signed(key, text);
    const answer = await fetch(server.url + path, { method: "POST", body: text, headers });
    return { status: answer.status, text: await answer.text() };
  };
}

const two: readonly Shop[] = [
  { id: "a", url: "", token: "hook-secret-of-a" },
  { id: "b", url: "", token: "hook-secret-of-b" },
];

test("a path names the tenant, and only that tenant's secret opens it", async (t) => {
  const shops = shopsOf("hooked", two);
  const street = new Street(t);
  const verify = hmac(shops.secret("HOOK"), { header: "X-Signature" });
  await street.start(taking("hooked-orders", webhook("/t/:tenant/orders", { verify }), shops));
  const post = await open(t, street);
  assert.equal((await post("/t/a/orders", { id: "1" }, "hook-secret-of-a")).status, 202);
  assert.equal((await post("/t/%61/orders", { id: "2" }, "hook-secret-of-a")).status, 202, "written otherwise");
  assert.equal((await post("/t/a/orders", { id: "3" }, "hook-secret-of-b")).status, 401, "another tenant's secret");
  assert.equal((await post("/t/b/orders", { id: "1" }, "hook-secret-of-b")).status, 202);
  assert.equal((await post("/t/nobody/orders", { id: "1" }, "hook-secret-of-a")).status, 404);
  assert.equal((await post("/t/a%2Fb/orders", { id: "1" }, "hook-secret-of-a")).status, 404);
  assert.equal((await post("/t/__proto__/orders", { id: "1" }, "hook-secret-of-a")).status, 404);
  await street.waybill.app.flush();
  const refused = await street.waybill.ledger.refusals(undefined);
  assert.deepEqual(
    refused.map(({ reason, tenant, count }) => [reason, tenant, count]).sort(),
    [
      ["bad-signature", "a", 1],
      ["unknown-tenant", "", 3],
    ].sort(),
  );
  assert.match(
    refused.find(({ reason }) => reason === "unknown-tenant")?.sample ?? "",
    /POST \/t\/(nobody|__proto__|a%2Fb)\//,
  );
  assert.deepEqual([(await street.book("a"))?.received, (await street.book("b"))?.received], [2, 1]);
});

test("a tenant in the payload is believed only once the delivery is verified; each item goes to its own", async (t) => {
  const shops = shopsOf("paid", two);
  const street = new Street(t, { PAID_HOOK: "one-secret-for-all" });
  const source = webhook("/events", {
    verify: hmac(secret("PAID_HOOK"), { header: "X-Signature" }),
    split: "events",
    tenant: (event) => (event as { shop: string }).shop,
  });
  await street.start(taking("paid-events", source, shops));
  const post = await open(t, street);
  const forged = await post("/events", { events: [{ id: "1", shop: "a" }] }, "hook-secret-of-a");
  assert.equal(forged.status, 401);
  assert.equal(await street.book("a").then((book) => book?.received ?? 0), 0);
  const mixed = {
    events: [
      { id: "1", shop: "a" },
      { id: "1", shop: "b" },
      { id: "2", shop: "a" },
    ],
  };
  assert.equal((await post("/events", mixed, "one-secret-for-all")).status, 202);
  assert.deepEqual([(await street.book("a"))?.received, (await street.book("b"))?.received], [2, 1]);
  const stranger = {
    events: [
      { id: "9", shop: "gone" },
      { id: "3", shop: "b" },
    ],
  };
  assert.equal((await post("/events", stranger, "one-secret-for-all")).status, 404, "the sender comes again");
  assert.equal((await street.book("b"))?.received, 2, "and what is known was taken");
  assert.equal((await post("/events", { events: [{ id: "9" }] }, "one-secret-for-all")).status, 404);
});

test("a webhook whose tenant has no secret yet asks its sender to come again, and no other's", async (t) => {
  const shops = shopsOf("unset", [
    { id: "a", url: "", token: "hook-secret-of-a" },
    { id: "bare", url: "" },
  ]);
  const street = new Street(t);
  const verify = hmac(shops.secret("HOOK"), { header: "X-Signature" });
  await street.start(taking("unset-orders", webhook("/u/:tenant", { verify }), shops));
  const post = await open(t, street);
  assert.equal((await post("/u/bare", { id: "1" }, "anything")).status, 503);
  assert.equal((await post("/u/a", { id: "1" }, "hook-secret-of-a")).status, 202);
});

test("a tenant in a signed address is part of what is signed", async (t) => {
  const shops = shopsOf("addressed", two);
  const street = new Street(t);
  const verify = hmac(shops.secret("HOOK"), {
    header: "X-Signature",
    signed: "{url}{body}",
    url: "https://hooks.example.com/s/:tenant",
  });
  await street.start(taking("addressed-orders", webhook("/s/:tenant", { verify }), shops));
  const server = await listen(street.waybill.app, { host: "127.0.0.1", port: 0 });
  t.after(() => server.close(0));
  const body = '{"id":"1"}';
  for (const [named, status] of [
    ["a", 202],
    ["b", 401],
  ] as const) {
    const headers = signed("hook-secret-of-a", `https://hooks.example.com/s/${named}${body}`);
    const answer = await fetch(`${server.url}/s/a`, { method: "POST", body, headers });
    assert.equal(answer.status, status);
  }
});

test("what is handed in names its tenant: in code, over HTTP, and never for an integration without tenants", async (t) => {
  const shops = shopsOf("handed", two);
  const orders = taking("handed-orders", push(), shops);
  const plain = integration("plain-orders", {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
  await using waybill = await createWaybill({ integrations: [orders, plain], ledger: "sqlite::memory:" });
  assert.equal((await waybill.send("handed-orders", { id: "1" }, { tenant: "a" })).state, "waiting");
  await assert.rejects(waybill.send("handed-orders", { id: "1" }, { tenant: "x" }), { code: "unknown-tenant" });
  await assert.rejects((waybill.send as (...given: unknown[]) => Promise<unknown>)("handed-orders", { id: "1" }), {
    code: "bad-usage",
    message: '"handed-orders" is per "handed", and no tenant is named.',
  });
  await assert.rejects(waybill.send("plain-orders", { id: "1" }, { tenant: "a" }), { code: "bad-usage" });
  const post = async (path: string) => {
    const init = { method: "POST", body: '{"id":"2"}', headers: { "content-type": "application/json" } };
    const request = new Request(`http://localhost${path}`, init);
    return (await waybill.fetch(request, { address: "127.0.0.1" })).status;
  };
  assert.equal(await post("/v1/integrations/handed-orders/records?tenant=b"), 202);
  assert.equal(await post("/v1/integrations/handed-orders/records?tenant=nobody"), 404);
  assert.equal(await post("/v1/integrations/handed-orders/records"), 400);
  assert.equal(await post("/v1/integrations/handed-orders/records?tenat=b"), 400);
  t.diagnostic(JSON.stringify(await waybill.balance()));
});

test("each tenant is polled by itself, with its own credentials and cursor, and one that is down holds nobody up", async (t) => {
  const host = await Host.open(t);
  const down = await Host.open(t);
  const { url } = down;
  down.close();
  const list = Array.from({ length: 60 }, (_, at) => ({
    id: `shop-${at}`,
    url: at < 20 ? url : `${host.url}/shop-${at}`,
    token: `token-of-${at}`,
  }));
  const shops = shopsOf("polled", list);
  const shop = system("polled-api", {
    per: shops,
    baseUrl: (one) => one.url,
    private: true,
    auth: bearer(shops.secret("TOKEN")),
    timeout: "1s",
  });
  host.will = ({ path, headers }) => {
    const [, of = "", page = ""] = /^\/(shop-\d+)\/orders\?after=(.*)$/.exec(path) ?? [];
    const mine = headers.authorization === `Bearer ${of.replace("shop-", "token-of-")}`;
    return { status: mine ? 200 : 401, body: { items: page === "" ? [{ id: "1" }, { id: "2" }] : [], next: "end" } };
  };
  const Page = z.object({ items: z.array(z.unknown()), next: z.string() });
  const source = poll({
    per: shops,
    every: "1h",
    async fetch({ cursor, call, tenant }) {
      assert.ok(tenant.id.startsWith("shop-"));
      const page = await call(shop.get("/orders", { query: { after: cursor ?? "" }, expect: Page }));
      return { records: page.items, cursor: page.next, more: page.items.length > 0 };
    },
  });
  const street = new Street(t);
  await street.start(taking("polled-orders", source, shops));
  const done = async () => {
    const books = await street.waybill.ledger.balance("polled-orders");
    return books.filter(({ received }) => received === 2).length === 40;
  };
  await street.until(done);
  assert.equal(await street.waybill.ledger.cursor("poll:polled-orders@shop-20"), '"end"');
  assert.equal(await street.waybill.ledger.cursor("poll:polled-orders@shop-0"), undefined);
  assert.equal(await street.waybill.ledger.cursor("poll:polled-orders"), undefined);
});
