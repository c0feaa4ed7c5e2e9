import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { HttpChange } from "../../src/define/request.ts";
import { secret } from "../../src/define/secret.ts";
import type { StoredRequest } from "../../src/systems/port.ts";
import { fitted, prepare } from "../../src/systems/request.ts";
import { createSecrets } from "../../src/systems/secrets.ts";
import { wireOf } from "../../src/systems/wire.ts";
import { aChange, aPerform, aRead, aSystem, byKey } from "./declared.ts";

const key = "kPcmWjb3RUtGZTQyv7bHkcTgWJ4dO8E2sWmU6kx1a3Q";
const secrets = createSecrets({ TOKEN: 's3cr3t/+"\\ value', USER: "waybill" }, () => "");
const misused = (message: RegExp) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, "effect-misused");
  assert.match((error as Error).message, message);
  assert.ok((error as { hint?: string }).hint);
  return true;
};
const rawJSON = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** What of a stored request survives the ledger. */
const reread = (stored: StoredRequest): StoredRequest => JSON.parse(JSON.stringify(stored));
const headersOf = (change: HttpChange): Record<string, string> => {
  const { headers } = wireOf(change.system, reread(prepare(change, key)), secrets);
  return Object.fromEntries(
    Array.from({ length: headers.length / 2 }, (_, index) => [headers[index * 2] ?? "", headers[index * 2 + 1] ?? ""]),
  );
};

test("a request is stored whole, as plain JSON, with its key in its place and without auth", () => {
  const system = aSystem({ auth: { kind: "bearer", token: secret("TOKEN") }, headers: { "X-Api-Version": "3" } });
  const change = aChange({
    system,
    json: { total: "12.00" },
    query: { b: 2, a: ["y", "x"], none: undefined },
    headers: { "X-One": "1" },
  });
  const stored = prepare(change, key);
  assert.deepEqual(stored, {
    system: "books",
    method: "POST",
    path: "/invoices",
    query: [
      ["a", "y"],
      ["a", "x"],
      ["b", "2"],
    ],
    headers: [
      ["idempotency-key", key],
      ["x-api-version", "3"],
      ["x-one", "1"],
    ],
    body: { kind: "json", text: '{"total":"12.00"}' },
  });
  assert.deepEqual(reread(stored), stored);
});

test("what is sent is the base URL, the stored request, auth, and how to read it", () => {
  const system = aSystem({ auth: { kind: "basic", user: secret("USER"), password: secret("TOKEN") } });
  const wire = wireOf(system, reread(prepare(aChange({ system, json: {}, query: { "a&b": "c d/é" } }), key)), secrets);
  assert.equal(wire.origin, "http://127.0.0.1:1");
  assert.equal(wire.path, "/v2/invoices?a%26b=c%20d%2F%C3%A9");
  assert.equal(wire.body, "{}");
  const headers = headersOf(aChange({ system, json: {} }));
  assert.equal(headers.authorization, `Basic ${Buffer.from('waybill:s3cr3t/+"\\ value').toString("base64")}`);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers.accept, "application/json");
  assert.match(headers["user-agent"] ?? "", /^waybill/);
  const own = headersOf(
    aChange({
      system,
      json: {},
      headers: { accept: "text/csv", "content-type": "application/vnd.api+json", authorization: "mine" },
    }),
  );
  assert.deepEqual(
    [own.accept, own["content-type"], own.authorization],
    ["text/csv", "application/vnd.api+json", "mine"],
  );
});

test("an API key goes into its header or query parameter, and is never stored", () => {
  const inHeader = aSystem({ auth: { kind: "apiKey", in: "header", name: "X-API-Key", key: secret("TOKEN") } });
  assert.equal(headersOf(aRead({ system: inHeader }))["x-api-key"], 's3cr3t/+"\\ value');
  const inQuery = aSystem({ auth: { kind: "apiKey", in: "query", name: "key", key: secret("TOKEN") } });
  const change = aRead({ system: inQuery, query: { q: "1" } });
  assert.equal(wireOf(inQuery, prepare(change, ""), secrets).path, "/v2/invoices?q=1&key=s3cr3t%2F%2B%22%5C%20value");
  assert.ok(!JSON.stringify(prepare(change, "")).includes("s3cr3t"));
});

test("a secret anywhere is stored by its name and sent by its value", () => {
  const token = secret("TOKEN");
  const value = 's3cr3t/+"\\ value';
  const json = prepare(aChange({ json: { a: [1, { token }], b: 2n } }), key);
  assert.deepEqual(json.body?.kind !== "base64" && json.body?.secrets, ["TOKEN"]);
  assert.deepEqual(JSON.parse(json.body?.text ?? ""), { a: [1, { token: "[secret TOKEN]" }], b: 2 });
  const form = prepare(aChange({ form: { token, other: "[secret TOKEN]" } }), key);
  const spread = prepare(aChange({ query: { token }, headers: { "X-Token": token } }), key);
  for (const stored of [json, form, spread]) assert.ok(!JSON.stringify(stored).includes("s3cr3t"));

  const system = aSystem();
  assert.deepEqual(JSON.parse(wireOf(system, reread(json), secrets).body as string), {
    a: [1, { token: value }],
    b: 2,
  });
  assert.deepEqual(
    [...new URLSearchParams(wireOf(system, reread(form), secrets).body as string)],
    [
      ["token", value],
      ["other", "[secret TOKEN]"],
    ],
  );
  const wire = wireOf(system, reread(spread), secrets);
  assert.equal(new URL(wire.path, wire.origin).searchParams.get("token"), value);
  assert.ok(wire.headers.includes(value));
});

test("content that looks like a secret's place is sent as it is", () => {
  const lookalikes = {
    kind: "secret",
    name: "TOKEN",
    optional: false,
    text: '\t"[secret TOKEN]"',
    "\t[secret TOKEN]": "[secret TOKEN]",
  };
  fc.assert(
    fc.property(fc.oneof(fc.constant(lookalikes), fc.jsonValue()), (content) => {
      const json = prepare(aChange({ json: { content, real: secret("TOKEN") }, hasJson: true }), key);
      const sent = JSON.parse(wireOf(aSystem(), reread(json), secrets).body as string);
      assert.deepEqual(sent, { content: JSON.parse(JSON.stringify(content)), real: 's3cr3t/+"\\ value' });
      const text = JSON.stringify(content);
      const form = prepare(aChange({ form: { text, real: secret("TOKEN") } }), key);
      const fields = new URLSearchParams(wireOf(aSystem(), reread(form), secrets).body as string);
      assert.deepEqual([fields.get("text"), fields.get("real")], [text, 's3cr3t/+"\\ value']);
    }),
    { numRuns: 300 },
  );
});

test("an optional secret that is not set leaves its header out; any other that is missing is named", () => {
  const optional = aChange({ headers: { "X-Extra": secret("NOWHERE", { optional: true }) } });
  assert.ok(!("x-extra" in headersOf(optional)));
  assert.throws(() => headersOf(aChange({ headers: { "X-Extra": secret("NOWHERE") } })), {
    code: "secret-missing",
    message: /NOWHERE is not set/,
  });
});

test("the key goes where the destination wants it", () => {
  const header = prepare(aChange({ idempotency: byKey({ header: "X-Request-Key" }) }), key);
  assert.deepEqual(header.headers, [["x-request-key", key]]);
  const query = prepare(aChange({ idempotency: byKey({ query: "requestid" }), query: { z: 1, a: 1 } }), key);
  assert.deepEqual(query.query, [
    ["a", "1"],
    ["requestid", key],
    ["z", "1"],
  ]);
  const given = { meta: { source: "shop" }, total: 1 };
  const body = prepare(aChange({ idempotency: byKey({ body: "meta.key" }), json: given }), key);
  assert.deepEqual(JSON.parse(body.body?.text ?? ""), { meta: { source: "shop", key }, total: 1 });
  assert.deepEqual(given, { meta: { source: "shop" }, total: 1 }, "what the user gave is left as it is");
  const made = prepare(aChange({ idempotency: byKey({ body: "a.b.c" }), json: {} }), key);
  assert.deepEqual(JSON.parse(made.body?.text ?? ""), { a: { b: { c: key } } });
  const form = prepare(aChange({ idempotency: byKey({ body: "key" }), form: { a: "1" } }), key);
  assert.equal(form.body?.text, `a=1&key=${key}`);
  for (const none of [aRead({ idempotency: byKey() }), aChange({ idempotency: { how: "atMostOnce" } })])
    assert.deepEqual(prepare(none, key).headers, []);
});

test("a key that is too long for the destination is hashed, so that no two become one by being cut", () => {
  assert.equal(fitted(key, 50), key);
  assert.equal(fitted(key, 43), key);
  const short = fitted(key, 16);
  assert.equal(short.length, 16);
  assert.notEqual(short, key.slice(0, 16));
  const same = "x".repeat(40);
  const keys = Array.from({ length: 2_000 }, (_, index) => fitted(`${same}${index}`, 16));
  assert.equal(new Set(keys).size, keys.length);
});

test("numbers keep all their digits", () => {
  const stored = prepare(
    aChange({ json: { id: 12345678901234567890n, price: rawJSON("0.10000000000000000000001"), list: [1n] } }),
    key,
  );
  assert.equal(stored.body?.text, '{"id":12345678901234567890,"price":0.10000000000000000000001,"list":[1]}');
});

test("what JSON would quietly change or drop is refused, by its path", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const table: [json: unknown, message: RegExp][] = [
    [{ a: [Number.NaN] }, /json\.a\[0\] is NaN/],
    [{ a: Number.POSITIVE_INFINITY }, /json\.a is Infinity/],
    [{ a: new Map() }, /json\.a is a Map/],
    [{ a: new Set() }, /json\.a is a Set/],
    [{ a: new Uint8Array(2) }, /json\.a is a Uint8Array/],
    [{ a: () => 1 }, /json\.a is a function/],
    [{ a: Symbol("x") }, /json\.a is a symbol/],
    [circle, /nested deeper than 500/],
  ];
  for (const [json, message] of table) assert.throws(() => prepare(aChange({ json }), key), misused(message));
  assert.throws(() => prepare(aChange({ hasJson: true, json: undefined }), key), misused(/json is undefined/));
  const fine = {
    date: new Date(0),
    undef: undefined,
    nested: Object.assign(Object.create(null), { x: 1 }),
    list: [undefined],
  };
  assert.equal(prepare(aChange({ json: fine }), key).body?.text, JSON.stringify(fine));
});

test("whatever JSON.stringify writes well is written the same", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, slowly) => {
      // A big integer somewhere takes the slow way.
      const json = slowly ? [value, 1n] : [value];
      const text = prepare(aChange({ json }), key).body?.text;
      assert.equal(text, slowly ? `[${JSON.stringify(value)},1]` : JSON.stringify(json));
    }),
    { numRuns: 300 },
  );
});

test("a path cannot be led elsewhere by what stands in a record", () => {
  for (const path of [
    "/a/../admin",
    "/a/..",
    "/./a",
    "/a/%2e%2e/b",
    "/a/%2E./b",
    "/a/.%2e",
    "/a/..;x/b",
    "/a\\..\\b",
    "/a%2f..%2Fb",
    "/..%5cb",
  ]) {
    assert.throws(() => prepare(aRead({ path }), ""), misused(/segment/), path);
  }
  for (const path of ["//evil.example/x", "https://evil.example/x", "/x/http://evil.example"])
    assert.throws(() => prepare(aRead({ path }), ""), misused(/names a host/), path);
  for (const path of ["/orders//lines", "/orders//"])
    assert.throws(() => prepare(aRead({ path }), ""), misused(/empty segment/), path);
  const table: [path: string, stored: string][] = [
    ["/100%", "/100%25"],
    ["/50%zz/%41", "/50%25zz/%41"],
    ["invoices", "/invoices"],
    ["", ""],
    ["/a b", "/a%20b"],
    ["/a%20b", "/a%20b"],
    ["/é", "/%C3%A9"],
    ["/a#b", "/a%23b"],
    ["/a\\b", "/a%5Cb"],
    ["/a\r\nX: y", "/a%0D%0AX:%20y"],
    ["/a/...", "/a/..."],
    ["/\ud800", "/%EF%BF%BD"],
  ];
  for (const [path, stored] of table) assert.equal(prepare(aRead({ path }), "").path, stored, path);
  const withQuery = prepare(aRead({ path: "/a?b=1&a=x%20y", query: { b: 2 } }), "");
  assert.deepEqual(
    [withQuery.path, withQuery.query],
    [
      "/a",
      [
        ["a", "x y"],
        ["b", "1"],
        ["b", "2"],
      ],
    ],
  );
  assert.equal(
    wireOf(aSystem({ baseUrl: new URL("http://127.0.0.1:1/") }), prepare(aRead({ path: "" }), ""), secrets).path,
    "/",
  );
});

test("headers that would break the request are refused", () => {
  assert.throws(() => prepare(aRead({ headers: { "X-A": "line\r\nSet-Cookie: x" } }), ""), misused(/line break/));
  assert.throws(() => prepare(aRead({ headers: { "X-A": "日本" } }), ""), misused(/Latin-1/));
  assert.throws(() => prepare(aRead({ headers: { "X A": "1" } }), ""), misused(/not a header's name/));
  for (const name of ["Host", "Content-Length", "Transfer-Encoding", "Connection"])
    assert.throws(() => prepare(aRead({ headers: { [name]: "1" } }), ""), misused(/connection itself/));
  assert.throws(() => prepare(aChange({ headers: { "idempotency-KEY": "mine" } }), key), misused(/idempotency key/));
  assert.throws(() => prepare(aRead({ query: { a: Number.NaN } }), ""), misused(/query\.a is NaN/));
  assert.throws(() => prepare(aChange({ idempotency: byKey({ body: "key" }) }), key), misused(/no json or form/));
  assert.throws(
    () => prepare(aChange({ idempotency: byKey({ body: "key" }), json: [1] }), key),
    misused(/needs an object/),
  );
  assert.throws(
    () => prepare(aChange({ idempotency: byKey({ body: "key" }), json: { key: 1 } }), key),
    misused(/also set/),
  );
});

test("bytes and text are stored so that they come back as they were", () => {
  const bytes = Uint8Array.from([0, 255, 13, 10, 200]);
  const stored = reread(prepare(aChange({ body: bytes.subarray(1) }), key));
  assert.deepEqual(new Uint8Array(wireOf(aSystem(), stored, secrets).body as Uint8Array), bytes.subarray(1));
  assert.equal(wireOf(aSystem(), reread(prepare(aChange({ body: "a\0é" }), key)), secrets).body, "a\0é");
});

test("a perform is stored with its request, and holds no secrets", () => {
  assert.deepEqual(prepare(aPerform({ request: { amount: 1200n } }), key), {
    system: "bank",
    method: "PERFORM",
    path: "",
    query: [],
    headers: [],
    body: { kind: "json", text: '{"amount":1200}' },
  });
  assert.equal(prepare(aPerform({}), key).body, undefined);
  assert.throws(() => prepare(aPerform({ request: { token: secret("TOKEN") } }), key), misused(/TOKEN/));
});
