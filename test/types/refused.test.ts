// What must not compile. The compiler refuses this file as soon as one of these lines compiles after all; programs.test.ts asks it.

import { test } from "node:test";
import type { Pool, PoolClient } from "pg";
import {
  basicWebhooks,
  bearer,
  byKey,
  byLookup,
  type Delivery,
  hmac,
  type Integration,
  integration,
  later,
  natural,
  pages,
  poll,
  push,
  rate,
  secret,
  squareWebhooks,
  stripeWebhooks,
  system,
  tenants,
  twilioWebhooks,
  unverified,
  vendor,
  type Waybill,
  webhook,
} from "waybill";
import { shopifyRest } from "waybill/vendors";
import { z } from "zod";

const shops = tenants("shops", {
  list: [{ id: "a", url: "https://a.example" }],
  id: (one) => one.id,
  secrets: { TOKEN: () => "t" },
});
const books = system("books", { baseUrl: "https://books.example" });
const bank = system("bank");
const Charge = z.object({ id: z.string() });
const contract = z.object({ id: z.string(), at: z.number() });
const source = push();
const identify = (record: { id: string }) => ({ id: record.id });
const withoutEntity = ({ id, at }: { id: string; at: number }) => ({ id, version: at });
const versioned = ({ id, at }: { id: string; at: number }) => ({ id, entity: id, version: at });

/** Never run: only the compiler reads it. */
export async function refused({ effect, effects, call }: Delivery): Promise<void> {
  const one = { name: (line: { sku: string }) => line.sku, part: () => 1 };
  // @ts-expect-error a call for many effects says how it repeats, too
  effects("lines", [{ sku: "A" }], { ...one, change: (json) => books.post("/lines", { json }) });
  // @ts-expect-error every effect has a name
  effects("lines", [{ sku: "A" }], { part: () => 1, change: () => books.put("/lines", { json: [] }) });
  // @ts-expect-error what the items do not have
  effects("lines", [{ id: 1 }], { ...one, change: () => books.put("/lines", { json: [] }) });

  // @ts-expect-error a POST says how it repeats
  books.post("/charges", { json: {} });
  // @ts-expect-error also without a body
  books.post("/charges");
  // @ts-expect-error a PATCH says how it repeats
  books.patch("/charges/1", { json: {} });
  // @ts-expect-error code of one's own says how it repeats
  bank.perform({ run: () => 1 });
  // @ts-expect-error the function itself is not an answer
  books.post("/charges", { idempotency: byKey });
  // @ts-expect-error nor is a word
  books.post("/charges", { idempotency: "natural" });

  // @ts-expect-error a lookup finds what expect describes
  books.post("/charges", { expect: Charge, idempotency: byLookup(async () => ({ id: 7 })) });
  // @ts-expect-error also in a list
  books.post("/charges", { expect: Charge, idempotency: byLookup(async () => [{ total: "1.00" }]) });
  // @ts-expect-error also after the window
  books.post("/charges", { expect: Charge, idempotency: byKey({ after: byLookup(async () => ({ id: 7 })) }) });
  // @ts-expect-error also for a PUT
  books.put("/charges/1", { expect: Charge, idempotency: byLookup(async () => ({ id: 7 })) });
  // @ts-expect-error also what a perform gave
  bank.perform({ idempotency: byLookup(async () => ({ id: "1" })), run: async () => ({ id: 1 }) });
  // @ts-expect-error yes or no is not the thing
  byLookup(async () => Boolean(await call(books.get("/charges"))));
  // @ts-expect-error false is not nothing
  byLookup(async () => [{ id: 1 }].find(({ id }) => id > 1) ?? false);
  // @ts-expect-error a lookup waits for its answer
  byLookup(() => ({ id: "1" }));

  // @ts-expect-error what is walked is a read
  pages(call, books.put("/x", {}));
  // @ts-expect-error with the call of whoever walks
  pages(books.get("/x"));
  // @ts-expect-error an unknown option
  pages(call, books.get("/x"), { pageMax: 3 });
  // @ts-expect-error a way of paging that is none
  pages(call, books.get("/x"), { pagination: { by: "tokn" } });
  // @ts-expect-error one that lacks a field
  pages(call, books.get("/x"), { pagination: { by: "token", at: "next" } });
  // @ts-expect-error a vendor is not its name
  system("a", { vendor: "xero" });
  // @ts-expect-error where the shop lives, nobody knows but its owner
  system("shop", { vendor: shopifyRest }).get("/x");
  // @ts-expect-error facts say where they were read
  vendor({ name: "a", title: "A", key: { none: "none" }, unconfirmed: [] });

  // @ts-expect-error latestOnly needs a version
  integration("a", { source, contract, latestOnly: true, identify, async deliver() {} });
  // @ts-expect-error and an entity
  integration("a", { source, contract, latestOnly: true, identify: withoutEntity, async deliver() {} });
  // @ts-expect-error a version means nothing without latestOnly
  integration("a", { source, contract, identify: versioned, async deliver() {} });

  // @ts-expect-error an unknown option of an integration
  integration("a", { source, contract, identify, changedOny: () => 1, async deliver() {} });
  // @ts-expect-error an unknown option of a system
  system("a", { baseUrl: "https://a.example", limit: [] });
  // @ts-expect-error an unknown option of a request
  books.get("/charges", { qurey: {} });
  // @ts-expect-error a GET has no body
  books.get("/charges", { json: {} });
  // @ts-expect-error an unknown option of a webhook
  webhook("/a", { verify: unverified, splitt: "items" });
  // @ts-expect-error an unknown option of a poll
  poll({ evry: "5m", fetch: async () => ({ records: [], cursor: "" }) });
  // @ts-expect-error an unknown option of an effect
  await effect("a", books.put("/a", {}), { per: "entity", formely: "b" });
  // @ts-expect-error an effect is made per record or per entity
  await effect("a", books.put("/a", {}), { per: "key" });

  // @ts-expect-error call() makes no change
  await call(books.put("/charges/1", {}));
  // @ts-expect-error not even one that is declared natural
  await call(books.post("/charges", { idempotency: natural }));
  // @ts-expect-error nor one of code of one's own
  await call(bank.perform({ idempotency: natural, run: () => 1 }));

  // @ts-expect-error nobody checked this answer, so it is unknown
  (await call(books.get("/charges"))).id;
  // @ts-expect-error an annotation cannot invent it
  const invented: { id: string } = await call(books.get("/charges"));
  // @ts-expect-error nor for a change
  const made: { id: string } = await effect("a", books.put("/charges/1", { json: invented }));
  // @ts-expect-error nor a type argument
  await call<{ id: string }>(books.get("/charges", { query: { ref: made.id } }));
  // @ts-expect-error what orAbsent gives may be nothing
  (await call(books.get("/charges/1", { expect: Charge, orAbsent: true }))).id;

  // @ts-expect-error a system without a base URL only performs
  bank.get("/x");
  // @ts-expect-error an id is text
  integration("a", { source, contract, identify: ({ at }) => ({ id: at }), async deliver() {} });
  // @ts-expect-error a contract is a schema
  integration("a", { source, contract: { id: "string" }, identify: () => ({ id: "1" }), async deliver() {} });
  // @ts-expect-error an integration has a source
  integration("a", { source: [], contract, identify, async deliver() {} });
  // @ts-expect-error accept answers at once
  integration("a", { source, contract, identify, accept: async () => true, async deliver() {} });
  // @ts-expect-error deliver gets what the contract makes
  integration("a", { source, contract, identify, deliver: async (_: { total: string }) => {} });
  // @ts-expect-error a signing secret is a secret
  stripeWebhooks("whsec_abc");
  // @ts-expect-error that is there
  stripeWebhooks(secret("A", { optional: true }));
  // @ts-expect-error one at least
  stripeWebhooks([]);
  // @ts-expect-error the address is part of what is signed
  squareWebhooks(secret("A"));
  // @ts-expect-error an unknown option of a sender
  twilioWebhooks(secret("A"), { url: "https://a.example", tolerance: "5m" });
  // @ts-expect-error a format of a time that is none of those
  hmac(secret("A"), { header: "X", timestampHeader: "T", timestampFormat: "ms" });
  // @ts-expect-error a password has a user
  basicWebhooks({ password: secret("A") });
  // @ts-expect-error what is for systems verifies nothing
  webhook("/a", { verify: bearer(secret("A")) });
  // @ts-expect-error addresses are a list
  webhook("/a", { verify: unverified, from: "192.0.2.7" });
  // @ts-expect-error a webhook says who may send
  webhook("/a", {});
  // @ts-expect-error a path begins with a slash
  webhook("a", { verify: unverified });
  // @ts-expect-error durations have a unit
  rate(5, "60");
  // @ts-expect-error also in words
  later("10 minutes", "too early");
  // @ts-expect-error a token is a secret
  bearer("abc");
  // @ts-expect-error that is there
  bearer(secret("TOKEN", { optional: true }));
  // @ts-expect-error a secret that these tenants do not have
  shops.secret("TOKN");
  // @ts-expect-error the list has no such thing
  system("shop", { per: shops, baseUrl: (one) => one.adress });
  // @ts-expect-error nobody is told apart here
  integration("a", { source, contract, identify, deliver: async (_, { tenant }) => void tenant.id });
  // @ts-expect-error whose it is has to be said
  waybill.send("per-shop", { id: "1" });
  // @ts-expect-error within a transaction too
  waybill.send("per-shop", { id: "1" }, { within: client });
  // @ts-expect-error the queries of a pool share no transaction
  waybill.send("per-shop", { id: "1" }, { tenant: "7", within: pool });
  // @ts-expect-error an address is no transaction
  waybill.send("per-shop", { id: "1" }, { tenant: "7", within: "postgres://localhost/shop" });
}
declare const client: PoolClient;
declare const pool: Pool;
declare const waybill: Waybill<[Integration<"per-shop", { id: string }, { id: string }>]>;

test("what must not compile is seen by the compiler", () => {});
