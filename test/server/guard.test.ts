import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "waybill";
import { type ErrorBody, env, requestText, serving, spoken, statusesIn } from "./serving.ts";

const paths = [
  "/",
  "/v1/balance",
  "/v1/records",
  "/v1/records/x",
  "/v1/held",
  "/v1/systems",
  "/v1/workers",
  "/v1/refusals",
  "/metrics",
  "/readyz",
  "/nothing-here",
];
const bearer = { authorization: `Bearer ${env.API_TOKEN}` };

test("with a token nothing but webhooks and health is answered without it", async (t) => {
  const at = await serving(t, { token: secret("API_TOKEN") });
  for (const path of paths) {
    for (const authorization of [
      "",
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      `Bearer ${env.API_TOKEN}x`,
      `Basic ${env.API_TOKEN}`,
      env.API_TOKEN,
      `Token ${env.API_TOKEN}`,
    ]) {
      const answer = await at.get(path, authorization === "" ? {} : { authorization });
      assert.equal(answer.status, 401, `${path} with "${authorization}"`);
      assert.equal(((await answer.json()) as ErrorBody).error.code, "unauthorized");
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
    }
    assert.notEqual((await at.get(path, bearer)).status, 401, path);
  }
  assert.equal((await at.get("/healthz")).status, 200);
  assert.equal(
    (await at.post("/v1/integrations/orders/records", "{}", { "content-type": "application/json" })).status,
    401,
  );
});

test("a browser may show the token as a password to look at pages, and to change nothing", async (t) => {
  const at = await serving(t, { token: secret("API_TOKEN") });
  const basic = { authorization: `Basic ${Buffer.from(`anybody:${env.API_TOKEN}`).toString("base64")}` };
  assert.equal((await at.get("/", basic)).status, 200);
  assert.match((await at.get("/")).headers.get("www-authenticate") ?? "", /Basic/);
  const changed = await at.post("/v1/integrations/orders/records", "{}", {
    ...basic,
    "content-type": "application/json",
  });
  assert.equal(changed.status, 401);
});

test("a token that should be set and is not opens nothing", async (t) => {
  await assert.rejects(serving(t, { token: secret("API_TOKEN"), env: {} }), { code: "secret-missing" });
  const at = await serving(t, { token: secret("API_TOKEN", { optional: true }), env: {} });
  assert.equal((await at.get("/v1/balance")).status, 200, "optional and absent: this machine may");
});

test("the token is in no answer and no event", async (t) => {
  const at = await serving(t, { token: secret("API_TOKEN") });
  for (const path of [
    `/v1/records/${env.API_TOKEN}`,
    `/v1/balance?integration=${env.API_TOKEN}`,
    `/${env.API_TOKEN}`,
  ]) {
    const text = await (await at.get(encodeURI(path), bearer)).text();
    assert.ok(!text.includes(env.API_TOKEN), text);
  }
  assert.ok(!JSON.stringify(at.events).includes(env.API_TOKEN));
});

test("without a token only a name of this machine reaches it, whatever other names point here", async (t) => {
  const at = await serving(t);
  const status = async (host: string): Promise<number | undefined> =>
    statusesIn(await spoken(at.port, [requestText("GET /v1/balance", { host })]))[0];
  for (const host of ["127.0.0.1", `127.0.0.1:${at.port}`, "localhost", "LOCALHOST:80", "[::1]:8080", "127.1.2.3"]) {
    assert.equal(await status(host), 200, host);
  }
  for (const host of [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil-localhost",
    "192.0.2.1",
    "[::2]",
  ]) {
    assert.equal(await status(host), 403, host);
  }
  const nameless = await spoken(at.port, ["GET /v1/balance HTTP/1.0\r\n\r\n"]);
  assert.ok(!nameless.includes("balanced"), nameless);
});

test("without a token nothing that a proxy passes on is answered", async (t) => {
  const at = await serving(t);
  for (const name of ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"]) {
    assert.equal((await at.get("/v1/balance", { [name]: "198.51.100.7" })).status, 403, name);
  }
});

test("without a token nothing is answered inside a server of the user's own, but webhooks and health", async (t) => {
  const { app } = (await serving(t)).assembly;
  for (const path of paths) {
    const answer = await app.fetch(new Request(`http://localhost${path}`));
    assert.equal(answer.status, 403, path);
  }
  const elsewhere = await app.fetch(new Request("http://localhost/v1/balance"), "192.0.2.1");
  assert.equal(elsewhere.status, 403);
  assert.equal((await app.fetch(new Request("http://anywhere.example/healthz"))).status, 200);
});

test("a page of another site changes nothing, with a token or without", async (t) => {
  const body = JSON.stringify({ id: "A-1", total: 1 });
  for (const token of [undefined, secret("API_TOKEN")]) {
    const at = await serving(t, token === undefined ? {} : { token });
    const headers = { ...(token === undefined ? {} : bearer), "content-type": "application/json" };
    const send = (more: Record<string, string>) =>
      spoken(at.port, [
        requestText(
          "POST /v1/integrations/orders/records",
          { ...headers, host: `127.0.0.1:${at.port}`, ...more },
          body,
        ),
      ]);
    for (const more of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: `http://127.0.0.1:${at.port + 1}` },
      { origin: `http://localhost:${at.port}` },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "cross-site", origin: `http://127.0.0.1:${at.port}` },
    ]) {
      assert.deepEqual(statusesIn(await send(more)), [403], JSON.stringify(more));
    }
    assert.equal((await at.book()).received, 0);
    const own = { origin: `http://127.0.0.1:${at.port}`, "sec-fetch-site": "same-origin" };
    assert.deepEqual(statusesIn(await send(own)), [202]);
  }
});

test("what a form can send without asking is taken for no record and no action", async (t) => {
  const at = await serving(t);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
    const headers = type === "" ? {} : { "content-type": type };
    const body = Buffer.from('{"id":"A-1","total":1}');
    assert.equal((await at.post("/v1/integrations/orders/records", body, headers)).status, 415, type);
    assert.equal((await at.post("/v1/records/x/discard", body, headers)).status, 400, type);
  }
});

test("every answer forbids being framed, sniffed and kept, and the page runs nothing", async (t) => {
  const at = await serving(t);
  for (const path of ["/", "/v1/balance", "/metrics", "/nothing-here", "/healthz"]) {
    const { headers } = await at.get(path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("x-frame-options"), "DENY", path);
    assert.equal(headers.get("referrer-policy"), "same-origin", path);
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin", path);
    assert.equal(headers.get("access-control-allow-origin"), null, path);
    assert.equal(headers.get("strict-transport-security"), null, path);
    if (path !== "/healthz") assert.equal(headers.get("cache-control"), "no-store", path);
  }
  const policy = (await at.get("/")).headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.ok(!/unsafe|https?:|\*/.test(policy), policy);
});
