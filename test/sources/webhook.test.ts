import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { secret } from "../../src/define/secret.ts";
import type { WebhookDefinition } from "../../src/define/source.ts";
import { githubWebhooks, hmac, standardWebhooks, unverified } from "../../src/define/verifier.ts";
import { type WebhookOptions, webhook } from "../../src/define/webhook.ts";
import { decodeKept } from "../../src/flow/boundary.ts";
import { encodeJson } from "../../src/model/json.ts";
import type { Item } from "../../src/sources/item.ts";
import { type Received, receive } from "../../src/sources/webhook.ts";

const json = { "content-type": "application/json" };

function deliver(
  options: Partial<WebhookOptions>,
  body: string | Uint8Array,
  headers: Record<string, string> = json,
): Received {
  const source = webhook("/orders", { verify: unverified, ...options }) as WebhookDefinition;
  return receive(source, { headers, query: "", body: Buffer.from(body) }, () => "a secret of ours", 0);
}

function items(received: Received): readonly Item[] {
  assert.equal(received.kind, "items", "message" in received ? received.message : "");
  return received.kind === "items" ? received.items : [];
}

test("a body is one item, and what is kept is its bytes", () => {
  const text = '{ "id": "Ä-1", "n": 9007199254740993 }';
  const [item] = items(deliver({}, text));
  assert.deepEqual(
    [item?.value, item?.raw, item?.index, item?.delivery],
    [{ id: "Ä-1", n: 9007199254740993n }, text, 0, undefined],
  );
});

test("whatever is kept of a delivery can be read again as it was read first", () => {
  const text = '{"id":"Ä","n":1}';
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
  const table: [name: string, body: Uint8Array | string, type: string, kept: "text" | "bytes"][] = [
    ["UTF-8", text, "application/json", "text"],
    ["UTF-8, declared", text, 'application/json; charset="UTF-8"', "text"],
    ["UTF-8 with a mark", `\ufeff${text}`, "application/json", "bytes"],
    ["UTF-16 with a mark", utf16, "application/json", "bytes"],
    ["Latin-1, declared", Buffer.from(text, "latin1"), "application/json; charset=iso-8859-1", "text"],
    ["a JSON dialect", text, "application/vnd.shop.v1+json", "text"],
    ["text", text, "text/plain;charset=UTF-8", "text"],
    ["no type", text, "", "text"],
  ];
  for (const [name, body, type, kept] of table) {
    const [item] = items(deliver({}, body, { "content-type": type }));
    assert.equal(typeof item?.raw === "string" ? "text" : "bytes", kept, name);
    assert.deepEqual(item?.value, { id: "Ä", n: 1 }, name);
    assert.deepEqual(decodeKept("webhook:/orders", item?.raw ?? ""), item?.value, name);
    if (kept === "bytes") assert.deepEqual(Buffer.from(item?.raw as Uint8Array), Buffer.from(body), name);
  }
});

test("what never was a record is refused, with the status and the reason", () => {
  const table: [name: string, received: Received, status: number, reason: string][] = [
    ["too large", deliver({ bodyBytesMax: 10 }, '{"id":"A-1"}'), 413, "too-large"],
    ["unsigned", deliver({ verify: githubWebhooks(secret("S")) }, "{}"), 401, "missing-signature"],
    [
      "forged",
      deliver({ verify: hmac(secret("S"), { header: "x-sig" }) }, "{}", { ...json, "x-sig": "00" }),
      401,
      "bad-signature",
    ],
    ["a form", deliver({}, "id=A", { "content-type": "application/x-www-form-urlencoded" }), 415, "unsupported-type"],
    ["XML", deliver({}, "<id/>", { "content-type": "application/xml" }), 415, "unsupported-type"],
    ["compressed", deliver({}, "{}", { ...json, "content-encoding": "gzip" }), 415, "unsupported-type"],
    [
      "an unknown charset",
      deliver({}, "{}", { "content-type": "application/json; charset=klingon" }),
      415,
      "unsupported-type",
    ],
    ["no UTF-8", deliver({}, Buffer.from([0x22, 0xff, 0x22])), 400, "unreadable"],
    ["empty", deliver({}, ""), 400, "unreadable"],
    ["half", deliver({}, '{"id":'), 400, "unreadable"],
    ["too deep", deliver({}, "[".repeat(70) + "]".repeat(70)), 400, "unreadable"],
  ];
  for (const [name, received, status, reason] of table) {
    assert.equal(received.kind, "refused", name);
    if (received.kind !== "refused") continue;
    assert.deepEqual([received.status, received.reason], [status, reason], name);
    assert.ok(received.message.length > 10, name);
  }
});

test("a forged body is not read, however large or odd it is", () => {
  const verify = hmac(secret("S"), { header: "x-sig" });
  for (const body of ["{", "[".repeat(100_000), Buffer.from([0xff])]) {
    const received = deliver({ verify }, body, { ...json, "x-sig": "aa".repeat(32) });
    assert.equal(received.kind === "refused" && received.reason, "bad-signature");
  }
});

test("what can be read but not safely is kept for a person", () => {
  const table: [body: string, path: string][] = [
    ['{"id":"A","id":"B"}', "id"],
    ['{"a":{"__proto__":{}}}', "a.__proto__"],
  ];
  for (const [body, path] of table) {
    const [item] = items(deliver({ select: "a", split: "b" }, body));
    assert.deepEqual([item?.flaw?.cause, item?.flaw?.path, item?.raw], ["contract", path, body]);
  }
});

test("select picks the record out of the body, exactly", () => {
  const body = '{"data":{"order":{"n":9007199254740993,"price":19.990000000000000001}}}';
  for (const select of ["data.order", (whole: unknown) => (whole as { data: { order: unknown } }).data.order]) {
    const [item] = items(deliver({ select }, body));
    assert.equal(item?.raw, '{"n":9007199254740993,"price":19.990000000000000001}');
    assert.equal(encodeJson(item?.value), item?.raw);
    assert.equal(typeof (item?.value as { n: unknown } | undefined)?.n, "bigint");
  }
});

test("where select or split fails, the whole body is kept and says so", () => {
  const body = '{"zen":"a ping","list":{}}';
  const table: [name: string, options: Partial<WebhookOptions>, cause: string, says: RegExp][] = [
    ["nothing there", { select: "data.order" }, "contract", /select found nothing/],
    ["inherited", { select: "constructor" }, "contract", /select found nothing/],
    [
      "select throws",
      {
        select: () => {
          throw new Error("odd body");
        },
      },
      "contract-failed",
      /select failed: odd body/,
    ],
    ["select is async", { select: () => Promise.resolve(1) }, "contract-failed", /promise/],
    ["no list there", { split: "list" }, "contract-failed", /split failed/],
    ["split answers no list", { split: (() => "abc") as never }, "contract-failed", /no list/],
    [
      "delivery throws",
      {
        delivery: () => {
          throw new Error("no id");
        },
      },
      "contract-failed",
      /delivery failed: no id/,
    ],
    [
      "a Map",
      {
        select: () => {
          const circle: unknown[] = [];
          circle.push(circle);
          return circle;
        },
      },
      "contract-failed",
      /cannot be kept/,
    ],
  ];
  for (const [name, options, cause, says] of table) {
    const [item, more] = items(deliver(options, body));
    assert.equal(more, undefined, name);
    assert.deepEqual([item?.flaw?.cause, item?.raw], [cause, body], name);
    assert.match(item?.flaw?.message ?? "", says, name);
  }
});

test("split makes an item of each, and one that cannot be kept spoils only itself", () => {
  const all = items(
    deliver({ select: "data", split: "orders" }, '{"data":{"orders":[{"id":1},{"id":2}]}}', { ...json }),
  );
  assert.deepEqual(
    all.map(({ value, raw, index }) => [value, raw, index]),
    [
      [{ id: 1 }, '{"id":1}', 0],
      [{ id: 2 }, '{"id":2}', 1],
    ],
  );
  const shared = { id: 1 };
  const [one, two] = items(deliver({ split: () => [shared, shared] }, "{}"));
  assert.notEqual(one?.value, two?.value, "no two items share an object");
  const mixed = items(deliver({ split: () => [1, undefined, 3] }, "{}"));
  assert.deepEqual(
    mixed.map(({ flaw }) => flaw?.cause),
    [undefined, "contract-failed", undefined],
  );
  assert.deepEqual(items(deliver({ split: "orders" }, '{"orders":[]}')), []);
});

test("each item carries the delivery's own id, where the sender gives one", () => {
  const id = (options: Partial<WebhookOptions>, headers: Record<string, string> = {}): (string | undefined)[] =>
    items(deliver(options, '{"event":7,"list":[1,2]}', { ...json, ...headers })).map(({ delivery }) => delivery);
  assert.deepEqual(id({}), [undefined]);
  assert.deepEqual(id({ delivery: "X-Event", split: "list" }, { "x-event": "e1" }), ["e1", "e1"]);
  assert.deepEqual(id({ delivery: ({ body }) => (body as { event: string }).event }), ["7"]);
  const signature = `v1,${createHmac("sha256", "a secret of ours").update('m1.0.{"event":7,"list":[1,2]}').digest("base64")}`;
  const signed = { "webhook-id": "m1", "webhook-timestamp": "0", "webhook-signature": signature };
  assert.deepEqual(id({ verify: standardWebhooks(secret("S")) }, signed), ["m1"]);
  const github = createHmac("sha256", "a secret of ours").update('{"event":7,"list":[1,2]}').digest("hex");
  assert.deepEqual(
    id(
      { verify: githubWebhooks(secret("S")) },
      { "x-hub-signature-256": `sha256=${github}`, "x-github-delivery": "g1" },
    ),
    ["g1"],
  );
});
