import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { type TestContext, test } from "node:test";
import { byKey, createWaybill, integration, secret, standardWebhooks, system, webhook } from "waybill";
import { z } from "zod";
import { listen } from "../../src/server/listen.ts";
import { type Assembly, assemble } from "../../src/waybill.ts";

const key = Buffer.from("a secret of the shop, long enough");
process.env.SERVER_TEST_SECRET = `whsec_${key.toString("base64")}`;
process.env.SERVER_TEST_TOKEN = "a token of nine words or so";

const nowhere = system("nowhere", { baseUrl: "http://127.0.0.1:9" });
const orders = integration("orders", {
  source: webhook("/shop/orders", { verify: standardWebhooks(secret("SERVER_TEST_SECRET")), bodyBytesMax: 2_000 }),
  contract: z.object({ id: z.string().min(1), total: z.number() }),
  identify: ({ id }) => ({ id }),
  async deliver(order, { effect }) {
    await effect("invoice", nowhere.post("/invoices", { json: order, idempotency: byKey() }));
  },
});

function signed(body: string, { at = Math.floor(Date.now() / 1000), id = "msg_1" } = {}): Record<string, string> {
  const signature = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(at),
    "webhook-signature": `v1,${signature}`,
  };
}

async function serving(
  t: TestContext,
  options: { readonly token?: boolean } = {},
): Promise<{ url: string; assembly: Assembly }> {
  const assembly = await assemble({
    ledger: "sqlite::memory:",
    integrations: [orders],
    ...(options.token === true ? { server: { token: secret("SERVER_TEST_TOKEN") } } : {}),
  });
  const server = await listen(assembly.app, { host: "127.0.0.1", port: 0 });
  t.after(async () => {
    await server.close(100);
    await assembly.stop();
  });
  return { url: server.url, assembly };
}

const post = (url: string, body: string, headers: Record<string, string>): Promise<Response> =>
  fetch(url, { method: "POST", body, headers });

test("a signed delivery is durable when it is acknowledged, and the same again is a duplicate", async (t) => {
  const { url, assembly } = await serving(t);
  const body = JSON.stringify({ id: "A-1", total: 12 });
  const first = await post(`${url}/shop/orders`, body, signed(body));
  assert.equal(first.status, 202);
  const answer = (await first.json()) as { record: string; state: string };
  assert.equal(answer.state, "waiting");
  assert.equal((await assembly.ledger.record(answer.record))?.id, "A-1");
  const again = await post(`${url}/shop/orders`, body, signed(body));
  assert.equal(again.status, 202);
  assert.equal(((await again.json()) as { record: string }).record, answer.record);
  const [book] = await assembly.ledger.balance("orders");
  assert.deepEqual([book?.received, book?.duplicate, book?.waiting], [2, 1, 1]);
});

test("what breaks the contract is acknowledged and quarantined: its sender cannot mend it by sending it again", async (t) => {
  const { url, assembly } = await serving(t);
  const body = JSON.stringify({ id: "A-1", total: "twelve" });
  const answer = await post(`${url}/shop/orders`, body, signed(body));
  assert.equal(answer.status, 202);
  assert.equal(((await answer.json()) as { state: string }).state, "quarantined");
  const [group] = await assembly.ledger.inbox(["quarantined"], "orders");
  assert.equal(group?.cause, "contract");
});

test("what is forged, stale, too large or unreadable is refused, counted, and never a record", async (t) => {
  const { url, assembly } = await serving(t);
  const body = JSON.stringify({ id: "A-1", total: 12 });
  const table: readonly (readonly [string, body: string, headers: Record<string, string>, status: number])[] = [
    ["forged", body.replace("12", "99"), signed(body), 401],
    ["stale", body, signed(body, { at: Math.floor(Date.now() / 1000) - 3_600 }), 401],
    ["unsigned", body, { "content-type": "application/json" }, 401],
    ["too large", "x".repeat(3_000), signed("x".repeat(3_000)), 413],
    ["not JSON", "{", signed("{"), 400],
    ["not even text", body, { ...signed(body), "content-type": "image/png" }, 415],
  ];
  for (const [what, sent, headers, status] of table) {
    assert.equal((await post(`${url}/shop/orders`, sent, headers)).status, status, what);
  }
  await assembly.app.flush();
  const [book] = await assembly.ledger.balance("orders");
  assert.deepEqual([book?.received ?? 0, book?.refused], [0, table.length]);
  const samples = await assembly.ledger.refusals(undefined);
  assert.ok(
    samples.some(({ sample }) => sample.includes("99")),
    "a sample of the forged delivery is kept",
  );
});

test("a ledger that cannot take a delivery answers 503 with Retry-After, never 2xx", async (t) => {
  const { url, assembly } = await serving(t);
  await assembly.ledger.close();
  const body = JSON.stringify({ id: "A-1", total: 12 });
  const answer = await post(`${url}/shop/orders`, body, signed(body));
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
});

test("records are handed in as NDJSON, and a bad line spoils only itself", async (t) => {
  const { url } = await serving(t);
  const lines = ['{"id":"A-1","total":1}', '{"id":', '{"id":"A-2","total":2}'].join("\n");
  const answer = await post(`${url}/v1/integrations/orders/records`, lines, { "content-type": "application/x-ndjson" });
  assert.equal(answer.status, 202);
  const { results } = (await answer.json()) as {
    results: { record?: string; state?: string; error?: { code: string } }[];
  };
  assert.deepEqual(
    results.map(({ state, error }) => state ?? error?.code),
    ["waiting", "unreadable", "waiting"],
  );
  assert.equal((await post(`${url}/v1/integrations/ordrs/records`, "{}", {})).status, 404);
});

test("with a token nothing but webhooks and health is answered without it", async (t) => {
  const { url } = await serving(t, { token: true });
  const token = { authorization: `Bearer ${process.env.SERVER_TEST_TOKEN}` };
  for (const path of ["/", "/v1/balance", "/v1/records", "/metrics", "/readyz"]) {
    assert.equal((await fetch(url + path)).status, 401, path);
    assert.equal((await fetch(url + path, { headers: { authorization: "Bearer wrong" } })).status, 401, path);
  }
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal((await fetch(`${url}/v1/balance`, { headers: token })).status, 200);
  assert.equal((await fetch(`${url}/`, { headers: token })).status, 200);
});

test("without a token a page of another site reaches nothing, by whatever name it calls this machine", async (t) => {
  const { url, assembly } = await serving(t);
  assert.equal((await fetch(`${url}/v1/balance`)).status, 200);
  const rebound = await assembly.app.fetch(new Request("http://evil.example/v1/balance"), "127.0.0.1");
  assert.equal(rebound.status, 403);
  const elsewhere = await assembly.app.fetch(new Request("http://localhost/v1/balance"), "192.0.2.1");
  assert.equal(elsewhere.status, 403);
  const crossSite = await post(`${url}/v1/integrations/orders/records`, "{}", { origin: "http://evil.example" });
  assert.equal(crossSite.status, 403);
  const unknownSender = await assembly.app.fetch(new Request("http://localhost/v1/balance"));
  assert.equal(unknownSender.status, 403);
});

test("a server of the user's own mounts the same intake", async (t) => {
  const waybill = await createWaybill({ ledger: "sqlite::memory:", integrations: [orders] });
  t.after(() => waybill.stop());
  const body = JSON.stringify({ id: "A-1", total: 12 });
  const request = new Request("http://shop.example/shop/orders", { method: "POST", body, headers: signed(body) });
  assert.equal((await waybill.fetch(request)).status, 202);
  assert.equal((await waybill.balance("orders")).integrations[0]?.received, 1);
});
