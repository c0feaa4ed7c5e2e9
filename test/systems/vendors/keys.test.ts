// Where a vendor looks for its key, on the wire: a key that is not found there is a second charge.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, byLookup, system, type Vendor } from "waybill";
import * as vendors from "waybill/vendors";
import type { ByKey } from "../../../src/define/idempotency.ts";
import { type Asked, askedOf, there } from "./there.ts";

/** As long as the keys of Waybill are. */
const key = "k".repeat(43);

interface Place {
  readonly vendor: Vendor;
  readonly path: string;
  readonly of: (asked: Asked) => unknown;
  readonly windowMs: number;
  readonly max: number;
}

const header = (name: string) => (asked: Asked) => asked.headers[name];
const hours = 3_600_000;

const places: readonly Place[] = [
  { vendor: vendors.stripe, path: "/v1/charges", of: header("idempotency-key"), windowMs: 24 * hours, max: 255 },
  { vendor: vendors.xero, path: "/Invoices", of: header("idempotency-key"), windowMs: 360_000, max: 128 },
  { vendor: vendors.quickbooks, path: "/invoice", of: ({ query }) => query.get("requestid"), windowMs: hours, max: 50 },
  {
    vendor: vendors.zendesk,
    path: "/api/v2/tickets.json",
    of: header("idempotency-key"),
    windowMs: 2 * hours,
    max: 255,
  },
  {
    vendor: vendors.paypal,
    path: "/v2/checkout/orders",
    of: header("paypal-request-id"),
    windowMs: 6 * hours,
    max: 108,
  },
  {
    vendor: vendors.square,
    path: "/v2/payments",
    of: ({ body }) => JSON.parse(body).idempotency_key,
    windowMs: hours,
    max: 45,
  },
];

for (const { vendor, path, of, windowMs, max } of places) {
  test(`${vendor.title}: byKey() alone puts the key where it is looked for, within ${max} characters`, async () => {
    const server = await there(() => ({ json: {} }));
    try {
      const declared = system(`keys-of-${vendor.name}`, { vendor, baseUrl: server.origin });
      const change = declared.post(path, { json: { amount: 1200 }, idempotency: byKey() });
      const { idempotency } = change as unknown as { idempotency: ByKey };
      assert.deepEqual([idempotency.windowMs, idempotency.max], [windowMs, max]);
      assert.equal((await server.send(change, key)).name, "done");
      assert.equal((await server.send(change, `${key}${"x".repeat(300)}`)).name, "done");
      const [first, long] = server.requests.map((request) => of(askedOf(request)));
      assert.equal(first, key);
      assert.ok(typeof long === "string" && long.length <= max, `${String(long)} is too long`);
    } finally {
      await server.close();
    }
  });
}

test("PayPal: how long a key is kept depends on the API, also where the base URL holds the beginning of its path", () => {
  const windowOf = (base: string, path: string): number => {
    const baseUrl = `http://127.0.0.1:1${base}`;
    const pay = system(`keys-of-pay-${base.length}`, { vendor: vendors.paypal, baseUrl });
    return (pay.post(path, { idempotency: byKey() }) as unknown as { idempotency: ByKey }).idempotency.windowMs;
  };
  const refund = [windowOf("", "/v2/payments/captures/1/refund"), windowOf("/v2/payments/", "/captures/1/refund")];
  assert.deepEqual([...refund, windowOf("/v3", "/vault/setup-tokens")], [1_080 * hours, 1_080 * hours, 3 * hours]);
});

test("every vendor with a key is in this table, and every other says why it has none", () => {
  const told = new Set(places.map(({ vendor }) => vendor.name));
  for (const vendor of Object.values(vendors) as Vendor[])
    assert.equal("none" in vendor.key, !told.has(vendor.name), vendor.name);
});

for (const vendor of (Object.values(vendors) as Vendor[]).filter(({ key: known }) => "none" in known)) {
  test(`${vendor.title}: byKey() alone is refused, because nobody would honour the key`, () => {
    const declared = system(`keys-of-${vendor.name}`, { vendor, baseUrl: "http://127.0.0.1:1" });
    assert.throws(() => declared.post("/things", { idempotency: byKey() }), /honours no idempotency keys here/);
    declared.post("/things", { idempotency: byKey({ header: "X-Key" }) });
    declared.post("/things", { idempotency: byLookup(async () => undefined) });
  });
}

test("Zendesk: byKey() where no key is honoured is refused, and a place that is named is not", () => {
  const desk = system("keys-of-desk", { vendor: vendors.zendesk, baseUrl: "http://127.0.0.1:1/api/v2" });
  desk.post("/tickets", { idempotency: byKey() });
  desk.post("/tickets.json?async=true", { idempotency: byKey() });
  assert.throws(
    () => desk.post("/users", { idempotency: byKey() }),
    /honours idempotency keys only on \/tickets, \/tickets\.json/,
  );
  desk.post("/users", { idempotency: byKey({ header: "Idempotency-Key" }) });
});

test("what a request says about its key wins over the vendor", () => {
  const books = system("keys-of-books", { vendor: vendors.xero, baseUrl: "http://127.0.0.1:1" });
  const of = (idempotency: ByKey) => {
    const made = (books.post("/Invoices", { idempotency }) as unknown as { idempotency: ByKey }).idempotency;
    return { header: made.header, query: made.query, max: made.max, windowMs: made.windowMs };
  };
  assert.deepEqual(of(byKey()), { header: "Idempotency-Key", query: undefined, max: 128, windowMs: 360_000 });
  assert.deepEqual(of(byKey({ query: "key" })), { header: undefined, query: "key", max: 128, windowMs: 360_000 });
  assert.deepEqual(of(byKey({ max: 20, window: "1m" })), {
    header: "Idempotency-Key",
    query: undefined,
    max: 20,
    windowMs: 60_000,
  });
});

test("a perform repeats within the vendor's window", () => {
  const sdk = system("keys-of-sdk", { vendor: { ...vendors.stripe, baseUrl: "http://127.0.0.1:1" } });
  const change = sdk.perform({ idempotency: byKey(), run: () => 1 });
  assert.equal((change as unknown as { idempotency: ByKey }).idempotency.windowMs, 24 * hours);
});
