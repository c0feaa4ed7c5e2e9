import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorBody, ordersIntegration, type Serving, serving } from "./serving.ts";

const json = { "content-type": "application/json" };

async function handIn(at: Serving, ...orders: unknown[]): Promise<string[]> {
  const body = orders.map((order) => JSON.stringify(order)).join("\n");
  const answer = await at.post("/v1/integrations/orders/records", body, { "content-type": "application/x-ndjson" });
  const { results } = (await answer.json()) as { results: { record: string }[] };
  return results.map(({ record }) => record);
}

async function move(
  at: Serving,
  record: string,
  action: string,
  body: unknown,
): Promise<[number, Record<string, unknown>]> {
  const answer = await at.post(
    `/v1/records/${record}/${action}`,
    typeof body === "string" ? body : JSON.stringify(body),
    json,
  );
  return [answer.status, (await answer.json()) as Record<string, unknown>];
}

test("balance, records and a record are told as the commands tell them", async (t) => {
  const at = await serving(t);
  const [good = "", bad = ""] = await handIn(at, { id: "A-1", total: 1 }, { id: 5 });
  assert.deepEqual(await (await at.get("/v1/balance")).json(), {
    balanced: true,
    integrations: [
      {
        name: "orders",
        balanced: true,
        received: 2,
        duplicate: 0,
        filtered: 0,
        quarantined: 1,
        waiting: 1,
        delivering: 0,
        delivered: 0,
        superseded: 0,
        dead: 0,
        held: 0,
        discarded: 0,
        pruned: 0,
        refused: 0,
      },
    ],
  });
  const { records, next } = (await (await at.get("/v1/records")).json()) as {
    records: Record<string, unknown>[];
    next: null;
  };
  assert.equal(next, null);
  assert.deepEqual(
    records.map(({ record }) => record),
    [bad, good],
  );
  const [broken, waiting] = records;
  assert.deepEqual([waiting?.id, waiting?.entity, waiting?.key, waiting?.state], ["A-1", "A-1", "A-1", "waiting"]);
  assert.deepEqual(
    [broken?.id, broken?.entity, broken?.key, broken?.state, broken?.cause],
    [null, null, null, "quarantined", "contract"],
  );
  const whole = (await (await at.get(`/v1/records/${good}`)).json()) as Record<string, unknown>;
  assert.deepEqual(whole.payload, { id: "A-1", total: 1 });
  assert.equal(whole.raw, '{"id":"A-1","total":1}');
  assert.ok(Array.isArray(whole.timeline) && Array.isArray(whole.effects));
  const { groups } = (await (await at.get("/v1/quarantine")).json()) as { groups: Record<string, unknown>[] };
  assert.deepEqual(
    groups.map(({ cause, count, sample }) => [cause, count, sample]),
    [["contract", 1, bad]],
  );
});

test("records are found by every filter, a page at a time", async (t) => {
  const at = await serving(t);
  const all = await handIn(at, ...[1, 2, 3, 4, 5].map((n) => ({ id: `A-${n}`, total: n })), { id: 5 });
  const found = async (query: string): Promise<{ records: { record: string }[]; next: string | null }> =>
    (await (await at.get(`/v1/records?${query}`)).json()) as never;
  const count = async (query: string): Promise<number> => (await found(query)).records.length;
  assert.deepEqual(
    [
      await count("state=quarantined"),
      await count("state=quarantined,waiting"),
      await count("state=dead&state=waiting"),
      await count("id=A-3"),
      await count("key=A-4&entity=A-4"),
      await count("search=A-"),
      await count("since=1h"),
      await count("since=2999-01-01"),
      await count("integration=orders&cause=contract"),
      await count("integration=others"),
      await count("search=%00'%22%25_--"),
    ],
    [1, 6, 5, 1, 1, 5, 6, 0, 1, 0, 0],
  );
  const seen: string[] = [];
  let next: string | null = "";
  while (next !== null) {
    const page = await found(`limit=4${next === "" ? "" : `&next=${next}`}`);
    seen.push(...page.records.map(({ record }) => record));
    next = page.next;
  }
  assert.deepEqual(seen, all.toReversed());
});

test("a filter that means nothing is refused, not ignored", async (t) => {
  const at = await serving(t);
  const table: readonly (readonly [path: string, says: RegExp])[] = [
    ["/v1/records?sate=dead", /Did you mean "state"/],
    ["/v1/records?state=ded", /Did you mean "dead"/],
    ["/v1/records?limit=0", /limit/],
    ["/v1/records?limit=1e3", /limit/],
    ["/v1/records?limit=99999", /limit/],
    ["/v1/records?since=yesterday", /since/],
    ["/v1/records?since=5", /since/],
    ["/v1/balance?name=orders", /integration/],
    ["/v1/held?source=x", /integration/],
    ["/v1/refusals?reason=x", /source/],
  ];
  for (const [path, says] of table) {
    const answer = await at.get(path);
    const { error } = (await answer.json()) as ErrorBody;
    assert.deepEqual([answer.status, error.code], [400, "bad-usage"], path);
    assert.match(`${error.message} ${error.hint}`, says, path);
  }
  assert.equal((await at.get("/v1/balance?integration=ordres")).status, 404);
});

test("what is not there, and what is asked in the wrong way, is said in JSON", async (t) => {
  const at = await serving(t);
  const table: readonly (readonly [method: string, path: string, status: number, code: string])[] = [
    ["GET", "/v1/records/nothing", 404, "unknown-record"],
    ["GET", `/v1/records/${"0".repeat(500)}`, 404, "unknown-record"],
    ["GET", "/v1/records/%00", 404, "unknown-record"],
    ["POST", "/v1/records/nothing/release", 404, "unknown-record"],
    ["POST", "/v1/records/nothing/relase", 404, "not-available"],
    ["GET", "/v1", 404, "unknown-path"],
    ["GET", "/nothing", 404, "unknown-path"],
    ["POST", "/v1/balance", 405, "wrong-method"],
    ["DELETE", "/v1/records/nothing", 405, "wrong-method"],
    ["GET", "/v1/integrations/orders/records", 405, "wrong-method"],
    ["POST", "/healthz", 405, "wrong-method"],
    ["PUT", "/metrics", 405, "wrong-method"],
  ];
  for (const [method, path, status, code] of table) {
    const answer = await fetch(at.url + path, { method });
    const { error } = (await answer.json()) as ErrorBody;
    assert.deepEqual([answer.status, error.code], [status, code], `${method} ${path}`);
    assert.equal(answer.headers.has("allow"), status === 405, `${method} ${path}`);
  }
  const head = await fetch(`${at.url}/v1/balance`, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

test("a person moves a record, with a name and a reason that its timeline keeps", async (t) => {
  const at = await serving(t);
  const [bad = "", good = ""] = await handIn(at, { id: 5 }, { id: "A-1", total: 1 });
  const [still, again] = await move(at, bad, "release", { actor: "ann", why: "the contract is mended" });
  assert.deepEqual([still, (again as unknown as ErrorBody).error.code], [409, "refused-move"], "it still breaks it");
  assert.deepEqual(
    (await move(at, bad, "discard", { actor: "ann", why: "a test of the shop's" })).map((one) =>
      typeof one === "number" ? one : one.state,
    ),
    [200, "discarded"],
  );
  const { timeline } = (await (await at.get(`/v1/records/${bad}`)).json()) as { timeline: Record<string, unknown>[] };
  const discarded = timeline.find(({ what }) => what === "discarded");
  assert.equal(discarded?.actor, "ann");
  assert.match(JSON.stringify(discarded), /a test of the shop's/);
  assert.deepEqual(
    (await move(at, good, "end", { why: "no longer wanted" })).map((one) =>
      typeof one === "number" ? one : one.state,
    ),
    [200, "dead"],
  );
  assert.deepEqual(
    (await move(at, good, "replay", {})).map((one) => (typeof one === "number" ? one : one.state)),
    [200, "waiting"],
  );
  const [status, refused] = await move(at, good, "discard", {});
  assert.deepEqual([status, (refused as unknown as ErrorBody).error.code], [409, "refused-move"]);
});

test("an action that is not told well does nothing", async (t) => {
  const at = await serving(t);
  const [bad = ""] = await handIn(at, { id: 5 });
  const table: readonly (readonly [action: string, body: unknown, says: RegExp])[] = [
    ["discard", "{", /JSON/],
    ["discard", [], /object/],
    ["discard", "null", /object/],
    ["discard", '{"why":"a","why":"b"}', /twice/],
    ["discard", '{"__proto__":{}}', /__proto__/],
    ["discard", { whi: "x" }, /Did you mean "why"/],
    ["end", { overtaken: true }, /overtaken/],
    ["discard", { why: 5 }, /why/],
    ["discard", { actor: "x".repeat(1_001) }, /actor/],
    ["discard", { actor: "a\0b" }, /actor/],
    ["release", { overtaken: "yes" }, /overtaken/],
    ["resolve", {}, /told how/],
    ["resolve", { keep: false }, /told how/],
    ["resolve", { keep: true, redo: true }, /keep and redo/],
    ["discard", `${"[".repeat(2_000)}`, /deeper/],
  ];
  for (const [action, body, says] of table) {
    const [status, answer] = await move(at, bad, action, body);
    const { error } = answer as unknown as ErrorBody;
    assert.equal(status, 400, `${action} ${JSON.stringify(body)}`);
    assert.match(`${error.message} ${error.hint}`, says, `${action} ${JSON.stringify(body)}`);
  }
  assert.equal((await at.assembly.ledger.record(bad))?.state, "quarantined");
});

test("a fault of ours is a 500 that tells nothing, and an event that tells all", async (t) => {
  const at = await serving(t);
  t.mock.method(at.assembly.ledger, "find", () => Promise.reject(new TypeError("a secret detail")));
  const answer = await at.get("/v1/records");
  assert.equal(answer.status, 500);
  assert.ok(!(await answer.text()).includes("secret detail"));
  assert.ok(
    at.events.some(
      (event) => event.event === "server.failed" && event.why === "a secret detail" && event.path === "/v1/records",
    ),
  );
});

test("metrics, readiness and the page tell the same books, refusals of this moment included", async (t) => {
  const accept = ({ id }: { id: string }): boolean => {
    if (id === "bad") throw new Error("<script>alert(1)</script>");
    return true;
  };
  const at = await serving(t, { integrations: [ordersIntegration({}, { accept })] });
  await handIn(at, { id: "A-1", total: 1 }, { id: "bad", total: 1 });
  await at.post("/shop/orders", "{}", {});
  const metrics = await (await at.get("/metrics")).text();
  for (const line of [
    'waybill_records{integration="orders",tenant="",state="waiting"} 1',
    'waybill_received_total{integration="orders",tenant=""} 2',
    'waybill_refused_total{integration="orders",tenant=""} 1',
    'waybill_refusals_total{source="webhook:/shop/orders",reason="missing-signature"} 1',
    'waybill_balanced{integration="orders",tenant=""} 1',
    "waybill_owner 0",
  ]) {
    assert.ok(metrics.split("\n").includes(line), `${line}\n${metrics}`);
  }
  for (const line of metrics.trimEnd().split("\n"))
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+)$/);
  const head = await fetch(`${at.url}/metrics`, { method: "HEAD" });
  assert.equal(head.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(await head.text(), "");
  const page = await (await at.get("/")).text();
  assert.match(page, /books balance/);
  const inboxes = await (await at.get("/inboxes")).text();
  assert.match(inboxes, /&lt;script&gt;alert/);
  assert.ok(!/<script(?! src="\.\/assets\/)/.test(inboxes), inboxes);
  const { refusals } = (await (await at.get("/v1/refusals")).json()) as { refusals: Record<string, unknown>[] };
  assert.deepEqual(
    refusals.map(({ source, reason, count }) => [source, reason, count]),
    [["webhook:/shop/orders", "missing-signature", 1]],
  );
  assert.equal((await at.get("/readyz")).status, 503, "it does not run the integrations yet");
  await at.assembly.start();
  assert.equal((await at.get("/readyz")).status, 200);
});

test("whoever asks for health is answered 200 while the process lives, at one look at the ledger every few seconds", async (t) => {
  const at = await serving(t);
  const probe = t.mock.method(at.assembly.ledger, "probe");
  for (let asked = 0; asked < 20; asked++) {
    const answer = await at.get("/healthz");
    assert.deepEqual([answer.status, await answer.json()], [200, { ok: true, ledger: "ok" }]);
  }
  assert.ok(probe.mock.callCount() <= 2);
});
