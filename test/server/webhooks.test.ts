import assert from "node:assert/strict";
import { test } from "node:test";
import { createWaybill, type Integration, integration, secret, standardWebhooks, webhook } from "waybill";
import { z } from "zod";
import { WaybillError } from "../../src/model/errors.ts";
import { type ErrorBody, env, ordersIntegration, type Serving, serving, shopSecret, signed } from "./serving.ts";

const good = JSON.stringify({ id: "A-1", total: 12 });

/** A delivery by both ways in: the short one from the socket, and through a web-standard request. */
const ways: readonly (readonly [
  string,
  (at: Serving, body: string | Uint8Array, headers: Record<string, string>) => Promise<Response>,
])[] = [
  ["socket", (at, body, headers) => at.post("/shop/orders", body, headers)],
  [
    "fetch",
    (at, body, headers) =>
      at.assembly.app.fetch(
        new Request("http://shop.example/shop/orders", { method: "POST", body: body as string, headers }),
      ),
  ],
];

test("a signed delivery is durable when it is acknowledged, and the same again is a duplicate", async (t) => {
  const at = await serving(t);
  const first = (await (await at.post("/shop/orders", good, signed(good))).json()) as { record: string; state: string };
  assert.deepEqual(Object.keys(first), ["record", "state"]);
  assert.equal((await at.assembly.ledger.record(first.record))?.id, "A-1");
  const again = await at.post("/shop/orders", good, signed(good));
  assert.equal(again.status, 202);
  assert.deepEqual(await again.json(), first);
  const book = await at.book();
  assert.deepEqual([book.received, book.duplicate, book.waiting], [2, 1, 1]);
});

test("a server of the user's own mounts the same intake", async (t) => {
  process.env.SHOP_SECRET = env.SHOP_SECRET;
  const waybill = await createWaybill({ ledger: "sqlite::memory:", integrations: [ordersIntegration()] });
  t.after(() => waybill.stop());
  const request = new Request("http://shop.example/shop/orders", { method: "POST", body: good, headers: signed(good) });
  assert.equal((await waybill.fetch(request)).status, 202);
  assert.equal((await waybill.balance("orders")).integrations[0]?.received, 1);
});

test("both ways in decide alike about every delivery", async (t) => {
  const table: readonly (readonly [
    string,
    body: string | Uint8Array,
    headers: Record<string, string>,
    status: number,
    code: string,
  ])[] = [
    ["good", good, signed(good), 202, "waiting"],
    ["contract broken", "{}", signed("{}"), 202, "quarantined"],
    ["forged", good.replace("12", "99"), signed(good), 401, "bad-signature"],
    ["unsigned", good, { "content-type": "application/json" }, 401, "missing-signature"],
    ["stale", good, signed(good, { at: 1_000 }), 401, "too-old"],
    ["too large", "x".repeat(2_001), signed("x".repeat(2_001)), 413, "too-large"],
    ["not JSON", "{", signed("{"), 400, "unreadable"],
    ["empty", "", signed(""), 400, "unreadable"],
    [
      "invalid UTF-8",
      Buffer.from('{"id":"\xff","total":1}', "latin1"),
      signed(Buffer.from('{"id":"\xff","total":1}', "latin1")),
      400,
      "unreadable",
    ],
    ["deep", "[".repeat(1_000), signed("[".repeat(1_000)), 400, "unreadable"],
    ["a picture", good, { ...signed(good), "content-type": "image/png" }, 415, "unsupported-type"],
    ["compressed", good, { ...signed(good), "content-encoding": "gzip" }, 415, "unsupported-type"],
    [
      "another charset",
      good,
      { ...signed(good), "content-type": "application/json; charset=nonsense" },
      415,
      "unsupported-type",
    ],
  ];
  for (const [way, deliver] of ways) {
    const at = await serving(t);
    for (const [what, body, headers, status, code] of table) {
      const answer = await deliver(at, body, headers);
      const said = (await answer.json()) as Partial<ErrorBody> & { state?: string };
      assert.equal(answer.status, status, `${what} by ${way}`);
      assert.equal(said.state ?? said.error?.code, code, `${what} by ${way}`);
      assert.match(answer.headers.get("content-type") ?? "", /^application\/json/, `${what} by ${way}`);
    }
    const { received, refused } = await at.book();
    assert.deepEqual([received, refused], [2, table.length - 2], way);
  }
});

test("what can be read, but not safely, is kept for a person", async (t) => {
  const at = await serving(t);
  const bodies = [
    '{"id":"A-1","id":"A-2","total":1}',
    '{"id":"A-3","total":1,"__proto__":{"admin":true}}',
    '{"id":"A\\u0000-4","total":1}',
  ];
  for (const [index, body] of bodies.entries()) {
    const answer = await at.post("/shop/orders", body, signed(body, { id: `msg_${index}` }));
    assert.equal(answer.status, 202, body);
    assert.equal(((await answer.json()) as { state: string }).state, "quarantined", body);
  }
  assert.equal(({} as { admin?: boolean }).admin, undefined);
});

test("a source that feeds several integrations is told of each record, the first one foremost", async (t) => {
  const shared = webhook("/shop/orders", { verify: shopSecret });
  const feeding = (name: string): Integration =>
    integration(name, {
      source: shared,
      contract: z.object({ id: z.string() }),
      identify: ({ id }) => ({ id }),
      async deliver() {},
    });
  const at = await serving(t, { integrations: [feeding("invoices"), feeding("stock")] });
  const answer = (await (await at.post("/shop/orders", good, signed(good))).json()) as {
    record: string;
    state: string;
    records: { integration: string; record: string; state: string }[];
  };
  assert.deepEqual(
    answer.records.map(({ integration: name, state }) => [name, state]),
    [
      ["invoices", "waiting"],
      ["stock", "waiting"],
    ],
  );
  assert.equal(answer.record, answer.records[0]?.record);
  for (const { record } of answer.records) assert.ok(await at.assembly.ledger.record(record));
});

test("respond says what the sender gets, and nothing that would make it send again", async (t) => {
  const table: readonly (readonly [string, respond: unknown, status: number, body: string | RegExp])[] = [
    ["an empty 200", { status: 200 }, 200, ""],
    ["text", { body: "ok" }, 202, "ok"],
    ["204 with a body", () => ({ status: 204, body: "no" }), 204, ""],
    ["a server error", () => ({ status: 500, body: "no" }), 202, "no"],
    ["not a number", () => ({ status: "201" }), 202, ""],
    ["nothing", () => undefined, 202, /"record"/],
    ["a promise", async () => ({ status: 200 }), 202, /"record"/],
    ["a rejected promise", () => Promise.reject(new Error("late")), 202, /"record"/],
    [
      "a throw",
      () => {
        throw new Error("broken");
      },
      202,
      /"record"/,
    ],
    [
      "the records",
      ({ records }: { records: readonly { state: string }[] }) => ({ body: records[0]?.state ?? "" }),
      202,
      "waiting",
    ],
  ];
  for (const [what, respond, status, body] of table) {
    for (const [way, deliver] of ways) {
      const at = await serving(t, { integrations: [ordersIntegration({ respond: respond as never })] });
      const answer = await deliver(at, good, signed(good));
      assert.equal(answer.status, status, `${what} by ${way}`);
      const text = await answer.text();
      if (typeof body === "string") assert.equal(text, body, `${what} by ${way}`);
      else assert.match(text, body, `${what} by ${way}`);
      assert.equal((await at.book()).received, 1);
    }
  }
});

test("a respond that cannot be followed is told of, once", async (t) => {
  const respond = () => {
    throw new Error("no such thing");
  };
  const at = await serving(t, { integrations: [ordersIntegration({ respond })] });
  for (let n = 0; n < 3; n++) await at.post("/shop/orders", good, signed(good));
  const told = at.events.filter(({ event }) => event === "respond.ignored");
  assert.deepEqual(told, [
    { event: "respond.ignored", source: "webhook:/shop/orders", why: "it threw: no such thing" },
  ]);
});

test("a header that respond makes cannot split the answer, and none of the connection's own is taken", async (t) => {
  const headers = {
    "X-Good": "yes",
    "X-Split": "a\r\nSet-Cookie: stolen=1",
    "X-\r\nEvil": "1",
    "Content-Length": "1",
    "Transfer-Encoding": "chunked",
    Connection: "upgrade",
    "X-Wide": "\u{1f600}",
    "X-Number": 5,
  };
  for (const [way, deliver] of ways) {
    const respond = () => ({ status: 200, body: "all of it", headers: headers as never });
    const at = await serving(t, { integrations: [ordersIntegration({ respond })] });
    const answer = await deliver(at, good, signed(good));
    assert.equal(await answer.text(), "all of it", way);
    assert.equal(answer.headers.get("x-good"), "yes", way);
    for (const name of ["x-split", "set-cookie", "x-wide", "x-number"])
      assert.equal(answer.headers.get(name), null, `${name} by ${way}`);
  }
});

test("what only we can mend is answered 503, so that the sender comes again, and tells nothing of our configuration", async (t) => {
  const verify = standardWebhooks(secret("NOT_SET_ANYWHERE"));
  const at = await serving(t, { integrations: [ordersIntegration({ verify })] });
  const answer = await at.post("/shop/orders", good, signed(good));
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
  assert.ok(!(await answer.text()).includes("NOT_SET"));
  assert.ok(at.events.some((event) => event.event === "intake.failed" && event.code === "secret-missing"));
});

test("a ledger that is full or failing never gets a 2xx out of us", async (t) => {
  for (const code of ["ledger-full", "ledger-failed", "ledger-closed"] as const) {
    const at = await serving(t);
    const fail = () => Promise.reject(new WaybillError(code, "no room"));
    t.mock.method(at.assembly.intake, "take", fail);
    for (const [way, deliver] of ways) {
      const answer = await deliver(at, good, signed(good));
      assert.equal(answer.status, 503, `${code} by ${way}`);
      assert.ok(Number(answer.headers.get("retry-after")) > 0, `${code} by ${way}`);
      assert.equal(((await answer.json()) as ErrorBody).error.code, code);
    }
  }
});

test("a webhook takes POST, and says so to everything else", async (t) => {
  const at = await serving(t, { token: secret("API_TOKEN"), env });
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"]) {
    const answer = await fetch(`${at.url}/shop/orders`, { method });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.get("allow"), "POST", method);
  }
});
