// What each sender gets from a whole server: its handshake, its answer, its list split, and its delivery known again.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import {
  basicWebhooks,
  createWaybill,
  graphWebhooks,
  hubspotWebhooks,
  type Integration,
  integration,
  paypalWebhooks,
  secret,
  shopifyWebhooks,
  slackWebhooks,
  squareWebhooks,
  stripeWebhooks,
  twilioWebhooks,
  unverified,
  type WebhookOptions,
  webhook,
  xeroWebhooks,
  zendeskWebhooks,
} from "waybill";
import { z } from "zod";
import type { Transport } from "../../src/world/transport.ts";
import * as paypal from "../sources/paypal-delivery.ts";
import { type Serving, serving, spoken } from "./serving.ts";

const key = "a key of the sender";
const one = secret("ONE");
const env = { ONE: key, PAYPAL_WEBHOOK_ID: paypal.webhookId, ERP_PASSWORD: "a password" };
const url = "https://hooks.example/hook";
const mac = (text: string, encoding: "hex" | "base64" = "base64", algorithm = "sha256"): string =>
  createHmac(algorithm, key).update(text).digest(encoding);
const now = (): number => Math.floor(Date.now() / 1_000);

/** Takes anything at /hook and delivers it nowhere; what has no text `id` breaks the contract. */
function hook(
  options: WebhookOptions,
  contract: z.ZodType<{ id: string }> = z.looseObject({ id: z.string() }),
): Integration {
  return integration("hook", {
    source: webhook("/hook", options),
    contract,
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
}

const values = async (at: Serving): Promise<unknown[]> => {
  const { rows } = await at.assembly.ledger.find({ limit: 50 });
  const all = await Promise.all(rows.map(({ record }) => at.assembly.ledger.record(record)));
  return all.map((whole) => JSON.parse(Buffer.from(whole?.raw ?? "").toString()) as unknown).reverse();
};

test("slack: the handshake is answered with its challenge, and an event with an empty 200", async (t) => {
  const at = await serving(t, { env, integrations: [hook({ verify: slackWebhooks(one) })] });
  const deliver = (body: string, type = "application/json", time = String(now())): Promise<Response> =>
    at.post("/hook", body, {
      "content-type": type,
      "x-slack-request-timestamp": time,
      "x-slack-signature": `v0=${mac(`v0:${time}:${body}`, "hex")}`,
    });
  const asked = await deliver(
    '{"type":"url_verification","token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdA"}',
  );
  assert.equal(asked.status, 200);
  assert.match(asked.headers.get("content-type") ?? "", /^text\/plain/);
  assert.equal(await asked.text(), "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdA");
  assert.equal((await at.book()).received, 0, "a question is no record");
  assert.ok(at.events.some(({ event }) => event === "source.handshake"));
  const unsigned = await at.post("/hook", '{"type":"url_verification","challenge":"x"}');
  assert.equal(unsigned.status, 401, "and nobody else's is answered");

  const event = await deliver('{"id":"E1","event_id":"Ev1"}');
  assert.deepEqual([event.status, await event.text()], [200, ""]);
  const command = await deliver("id=E2&text=%E2%9C%93+done&command=%2Fship", "application/x-www-form-urlencoded");
  assert.deepEqual(
    [command.status, await command.text()],
    [200, ""],
    "whatever answers a command is shown to a person",
  );
  assert.deepEqual(await values(at), [
    { id: "E1", event_id: "Ev1" },
    { id: "E2", text: "✓ done", command: "/ship" },
  ]);
  const odd = await deliver("id=%FF", "application/x-www-form-urlencoded");
  assert.equal(odd.status, 400, "a letter that cannot be read is never replaced");
});

test("xero: intent to receive passes, every answer is empty, and each event is a record", async (t) => {
  const at = await serving(t, { env, integrations: [hook({ verify: xeroWebhooks(one) })] });
  const deliver = async (body: string, signature = mac(body)): Promise<unknown[]> => {
    const answer = await at.post("/hook", body, { "content-type": "application/json", "x-xero-signature": signature });
    return [answer.status, await answer.text(), answer.headers.get("set-cookie")];
  };
  const intent = '{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}';
  assert.deepEqual(await deliver(intent), [200, "", null]);
  assert.deepEqual(await deliver(intent, mac("another body")), [401, "", null]);
  assert.equal((await at.book()).received, 0);
  assert.deepEqual(await deliver('{"events":[{"id":"1"},{"id":"2"}],"entropy":"x"}'), [200, "", null]);
  assert.deepEqual(await values(at), [{ id: "1" }, { id: "2" }]);
});

test("graph: the token comes back as plain text, and only what carries the clientState becomes records", async (t) => {
  const at = await serving(t, { env, integrations: [hook({ verify: graphWebhooks(one) })] });
  const token =
    "Validation: Testing client application reachability for subscription <script>alert(1)</script> é".slice(0, -2);
  const ask = (query: string, body = ""): Promise<Response> =>
    at.post(`/hook?${query}`, body, { "content-type": "text/plain; charset=utf-8" });
  const asked = await ask(`validationToken=${encodeURIComponent(token)}`);
  assert.equal(asked.status, 200);
  assert.equal(asked.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(asked.headers.get("x-content-type-options"), "nosniff");
  assert.equal(await asked.text(), token);
  for (const query of ["validationToken=", `validationToken=${"x".repeat(2_001)}`, "validationToken=%0d%0aa", "x=1"])
    assert.equal((await ask(query)).status, 401, query.slice(0, 40));
  const forged = await ask("validationToken=x", '{"value":[{"id":"1","clientState":"?"}]}');
  assert.equal(forged.status, 401, "a delivery is not taken for a question");
  const body = JSON.stringify({ value: [1, 2].map((n) => ({ id: String(n), clientState: key })) });
  const taken = await at.post("/hook", body, { "content-type": "application/json" });
  assert.deepEqual([taken.status, await taken.text()], [202, ""]);
  assert.equal((await at.book()).received, 2);
});

test("twilio: the form's fields are the record, and the answer is an empty TwiML response", async (t) => {
  const contract = z.looseObject({ MessageSid: z.string() }).transform(({ MessageSid }) => ({ id: MessageSid }));
  const at = await serving(t, { env, integrations: [hook({ verify: twilioWebhooks(one, { url }) }, contract)] });
  const body = "MessageSid=SM1&Body=Gr%C3%BC%C3%9Fe+%26+more&From=%2B4930123";
  const signed = `${url}?v=1BodyGrüße & moreFrom+4930123MessageSidSM1`;
  const headers = {
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    "x-twilio-signature": mac(signed, "base64", "sha1"),
  };
  const answer = await at.post("/hook?v=1", body, headers);
  assert.deepEqual(
    [answer.status, answer.headers.get("content-type"), await answer.text()],
    [200, "text/xml", "<Response/>"],
  );
  assert.deepEqual(await values(at), [{ MessageSid: "SM1", Body: "Grüße & more", From: "+4930123" }]);
  assert.equal((await at.post("/hook?v=2", body, headers)).status, 401);
});

test("hubspot: the body's list is split, and a query is part of what is signed", async (t) => {
  const at = await serving(t, { env, integrations: [hook({ verify: hubspotWebhooks(one, { url }) })] });
  const body = '[{"id":"1"},{"id":"2"}]';
  const time = String(Date.now());
  const headers = {
    "content-type": "application/json",
    "x-hubspot-request-timestamp": time,
    "x-hubspot-signature-v3": mac(`POST${url}?portal=7${body}${time}`),
  };
  assert.equal((await at.post("/hook?portal=7", body, headers)).status, 202);
  assert.deepEqual(await values(at), [{ id: "1" }, { id: "2" }]);
  assert.equal((await at.post("/hook", body, headers)).status, 401);
});

test("paypal: the certificate is fetched once, from PayPal; while it cannot be had the delivery is told to come again", async (t) => {
  let up = false;
  const asked: string[] = [];
  const transport: Transport = async ({ origin, path }) => {
    asked.push(origin + path);
    if (!up) return { kind: "failed", sent: "no", code: "ECONNREFUSED", message: "", reason: "connection" };
    return { kind: "answered", status: 200, headers: {}, body: Buffer.from(paypal.certificatePem) };
  };
  const verify = paypalWebhooks(secret("PAYPAL_WEBHOOK_ID"), { tolerance: "366d" });
  const at = await serving(t, { env, transport, integrations: [hook({ verify })] });
  t.mock.method(at.assembly.world.clock, "now", () => paypal.sentAtMs);
  const down = await at.post("/hook", paypal.body, paypal.headers);
  assert.deepEqual([down.status, down.headers.get("retry-after") === null], [503, false]);
  up = true;
  for (const state of ["waiting", "waiting"]) {
    const answer = await at.post("/hook", paypal.body, paypal.headers);
    assert.deepEqual([answer.status, ((await answer.json()) as { state: string }).state], [202, state]);
  }
  const elsewhere = await at.post("/hook", paypal.body, {
    ...paypal.headers,
    "paypal-cert-url": "https://evil.example/c",
  });
  assert.equal(elsewhere.status, 401);
  assert.deepEqual(asked, [paypal.certificateUrl, paypal.certificateUrl]);
  const { received, duplicate, refused } = await at.book();
  assert.deepEqual([received, duplicate, refused], [2, 1, 2]);
});

test("a delivery sent again is known again, also when it breaks the contract", async (t) => {
  const broken = (id: string): string => `{"id":7,"event_id":"${id}","at":0}`;
  const table: readonly (readonly [
    string,
    WebhookOptions["verify"],
    (body: string, id: string) => Record<string, string>,
  ])[] = [
    ["square", squareWebhooks(one, { url }), (body) => ({ "x-square-hmacsha256-signature": mac(url + body) })],
    [
      "shopify",
      shopifyWebhooks(one),
      (body, id) => ({ "x-shopify-hmac-sha256": mac(body), "x-shopify-webhook-id": id }),
    ],
    [
      "zendesk",
      zendeskWebhooks(one),
      (body, id) => {
        const time = new Date().toISOString();
        return {
          "x-zendesk-webhook-signature": mac(time + body),
          "x-zendesk-webhook-signature-timestamp": time,
          "x-zendesk-webhook-invocation-id": id,
        };
      },
    ],
    [
      "stripe",
      stripeWebhooks(one),
      (body) => ({ "stripe-signature": `t=${now()},v1=${mac(`${now()}.${body}`, "hex")}` }),
    ],
  ];
  for (const [name, verify, headersFor] of table) {
    const at = await serving(t, { env, integrations: [hook({ verify })] });
    const deliver = async (id: string): Promise<number> => {
      // Where the id stands in a header, two deliveries may have the same body.
      const body = broken(name === "shopify" || name === "zendesk" ? "same" : id);
      return (await at.post("/hook", body, { "content-type": "application/json", ...headersFor(body, id) })).status;
    };
    assert.deepEqual([await deliver("a"), await deliver("a"), await deliver("b")], [202, 202, 202], name);
    const { received, quarantined, duplicate } = await at.book();
    assert.deepEqual([received, quarantined, duplicate], [3, 2, 1], name);
  }
});

test("what a definition says itself stands before what its sender usually wants", async (t) => {
  const options = { verify: xeroWebhooks(one), respond: { status: 204 }, split: (body: unknown): unknown[] => [body] };
  const at = await serving(t, { env, integrations: [hook(options)] });
  const body = '{"id":"whole","events":[]}';
  const answer = await at.post("/hook", body, { "content-type": "application/json", "x-xero-signature": mac(body) });
  assert.equal(answer.status, 204);
  assert.deepEqual(await values(at), [{ id: "whole", events: [] }]);
});

test("a password is asked for where the sender shows none", async (t) => {
  const verify = basicWebhooks({ user: "erp", password: secret("ERP_PASSWORD") });
  const at = await serving(t, { env, integrations: [hook({ verify })] });
  const asked = await at.post("/hook", '{"id":"1"}', { "content-type": "application/json" });
  assert.equal(asked.status, 401);
  assert.match(asked.headers.get("www-authenticate") ?? "", /^Basic realm=/);
  const shown = { authorization: `Basic ${Buffer.from("erp:a password").toString("base64")}` };
  const taken = await at.post("/hook", '{"id":"1"}', { "content-type": "application/json", ...shown });
  assert.equal(taken.status, 202);
});

test("only declared addresses may send, and only a declared proxy is believed about them", async (t) => {
  const from = ["203.0.113.0/24", "2001:db8::/32"];
  const integrations = [hook({ verify: unverified, from })];
  const status = async (at: Serving, forwarded: Record<string, string>): Promise<number> =>
    (await at.post("/hook", '{"id":"1"}', { "content-type": "application/json", ...forwarded })).status;
  const behind = await serving(t, { env, integrations, trustedProxies: ["127.0.0.0/8", "10.0.0.0/8"] });
  const table: readonly (readonly [string, number])[] = [
    ["203.0.113.9", 202],
    ["2001:db8::9", 202],
    ["::ffff:203.0.113.9", 202],
    ["198.51.100.1, 203.0.113.9", 202],
    ["203.0.113.9, 10.1.2.3", 202],
    ["198.51.100.1", 403],
    ["203.0.113.9, 198.51.100.1", 403],
    ["203.0.113.9, 198.51.100.1, 10.1.2.3", 403],
    ["203.0.113.9, unknown", 403],
    ["203.0.113.9:443", 403],
    ["203.0.113.0/24", 403],
    ["0xcb007109", 403],
    ["", 403],
    [`203.0.113.9${", 10.0.0.1".repeat(50)}`, 403],
  ];
  for (const [forwarded, expected] of table)
    assert.equal(await status(behind, { "x-forwarded-for": forwarded }), expected, forwarded);
  assert.equal(await status(behind, {}), 403, "the proxy itself is not among them");
  const twice = await spoken(behind.port, [
    'POST /hook HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-forwarded-for: 203.0.113.9\r\nx-forwarded-for: 198.51.100.1\r\ncontent-length: 10\r\n\r\n{"id":"1"}',
  ]);
  assert.match(twice, /^HTTP\/1\.1 403 /, "a header of its own does not hide where it comes from");

  const open = await serving(t, { env, integrations });
  assert.equal(await status(open, { "x-forwarded-for": "203.0.113.9" }), 403, "anybody can write that");
  const here = await serving(t, { env, integrations: [hook({ verify: unverified, from: ["127.0.0.1"] })] });
  assert.equal(await status(here, { "x-forwarded-for": "203.0.113.9" }), 202);
  assert.equal((await behind.book()).refused, table.filter(([, expected]) => expected === 403).length + 2);
});

test("a server of the user's own says where a delivery comes from", async (t) => {
  const waybill = await createWaybill({
    ledger: "sqlite::memory:",
    integrations: [hook({ verify: unverified, from: ["203.0.113.0/24"] })],
  });
  t.after(() => waybill.stop());
  const request = (): Request => new Request("http://shop.example/hook", { method: "POST", body: '{"id":"1"}' });
  assert.equal((await waybill.fetch(request())).status, 403);
  assert.equal((await waybill.fetch(request(), { address: "198.51.100.1" })).status, 403);
  assert.equal((await waybill.fetch(request(), { address: "203.0.113.7" })).status, 202);
});
