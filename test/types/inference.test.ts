// What the types know without being told. programs.test.ts asks the compiler about this file.
import { test } from "node:test";
import { type } from "arktype";
import { expectTypeOf } from "expect-type";
import type { Client, PoolClient } from "pg";
import * as v from "valibot";
import {
  atMostOnce,
  bearer,
  byKey,
  byLookup,
  confirmed,
  type Delivery,
  type Integration,
  integration,
  natural,
  type Performs,
  pages,
  poll,
  push,
  type SendResult,
  type SentWithin,
  type Stored,
  type System,
  secret,
  system,
  tenants,
  vendor,
  type Waybill,
} from "waybill";
import {
  country,
  currency,
  day,
  decimal,
  duration,
  flag,
  instant,
  integer,
  list,
  type Money,
  money,
  oneOf,
  optionalText,
  orNothing,
  text,
} from "waybill/contract";
import { shopifyRest, xero } from "waybill/vendors";
import { z } from "zod";

const books = system("books", { baseUrl: "https://books.example" });
const bank = system("bank", { timeout: "30s" });
const Charge = z.object({ id: z.string() });
const Charges = z.object({ items: z.array(Charge) });
const source = push();

declare const orders: Waybill<[Integration<"orders", { id: string }>]>;
declare const transaction: Client & PoolClient;
declare const postgresJs: {
  (template: TemplateStringsArray, ...parameters: unknown[]): Promise<unknown[]>;
  unsafe(text: string, parameters?: (string | number)[], options?: { prepare?: boolean }): Promise<unknown[]>;
};

/** Never run: what is sent within a transaction has no record number yet. */
export async function sent(): Promise<void> {
  expectTypeOf(await orders.send("orders", { id: "1" })).toEqualTypeOf<SendResult>();
  for (const within of [transaction, postgresJs, async (text: string, values: string[]) => [text, values]])
    expectTypeOf(await orders.send("orders", { id: "1" }, { within })).toEqualTypeOf<SentWithin>();
}

/** Never run: only the compiler reads it. */
export async function known({ effect, effects, call }: Delivery): Promise<void> {
  // Each item's result is what part() makes of the answer, which expect describes.
  const lines = [{ sku: "A" }] as const;
  expectTypeOf(
    await effects("lines", lines, {
      name: ({ sku }) => sku,
      change: (some) => {
        expectTypeOf(some).toEqualTypeOf<readonly { readonly sku: "A" }[]>();
        return books.post("/x", { json: some, expect: Charges, idempotency: byKey() });
      },
      part: ({ items }, _line, at) => items[at],
    }),
  ).toEqualTypeOf<{ id: string }[]>();

  // Requests are typed by their schema.
  expectTypeOf(await call(books.get("/x"))).toBeUnknown();
  expectTypeOf(await call(books.get("/x", { expect: Charge }))).toEqualTypeOf<{ id: string }>();
  expectTypeOf(await call(books.get("/x", { expect: Charge, orAbsent: true }))).toEqualTypeOf<
    { id: string } | undefined
  >();
  expectTypeOf(await call(books.get("/x", { expect: Charge, orAbsent: false }))).toEqualTypeOf<{ id: string }>();
  expectTypeOf(await call(books.query("/x", { json: {}, expect: Charges }))).toEqualTypeOf<{
    items: { id: string }[];
  }>();
  expectTypeOf(await effect("a", books.put("/x", { json: {} }))).toBeUnknown();
  expectTypeOf(await effect("b", books.delete("/x"))).toBeUnknown();
  expectTypeOf(await effect("c", books.patch("/x", { expect: Charge, idempotency: natural }))).toEqualTypeOf<{
    id: string;
  }>();
  expectTypeOf(await effect("d", books.post("/x", { expect: Charge, idempotency: byKey() }))).toEqualTypeOf<{
    id: string;
  }>();
  expectTypeOf(
    await effect("e", books.post("/x", { expect: v.object({ n: v.number() }), idempotency: atMostOnce })),
  ).toEqualTypeOf<{ n: number }>();
  expectTypeOf(await effect("f", books.get("/x", { expect: Charge }))).toEqualTypeOf<{ id: string }>();
  await effect("undone", books.post("/x", { expect: Charge, idempotency: byKey() }), {
    undo: (charge) => {
      expectTypeOf(charge).toEqualTypeOf<{ id: string }>();
      return books.delete(`/x/${charge.id}`);
    },
  });
  const invoices = books.batch("invoices", {
    send: (items: readonly { ref: string }[]) =>
      books.post("/x", { json: { items }, expect: Charges, idempotency: byKey() }),
    each: (answer, item, at) => {
      expectTypeOf(answer).toEqualTypeOf<{ items: { id: string }[] }>();
      expectTypeOf(item).toEqualTypeOf<{ ref: string }>();
      return answer.items[at];
    },
  });
  expectTypeOf(invoices).parameter(0).toEqualTypeOf<{ ref: string }>();
  expectTypeOf(await effect("member", invoices({ ref: "1" }))).toEqualTypeOf<{ id: string }>();
  const job = confirmed(books.post("/x", { expect: Charge, idempotency: byKey() }), {
    check: (accepted) => books.get(`/jobs/${accepted.id}`, { expect: z.object({ at: z.date() }) }),
  });
  expectTypeOf(await effect("job", job)).toEqualTypeOf<{ at: Date }>();
  const read = confirmed(books.post("/x", { expect: Charge, idempotency: byKey() }), {
    check: ({ id }, { location }) => books.get(location ?? id, { expect: z.object({ size: z.number() }) }),
    read: ({ size }) => (size > 0 ? { size } : undefined),
  });
  expectTypeOf(await effect("read", read)).toEqualTypeOf<{ size: number }>();

  // Pages are typed as the answer is, and a vendor that lives at one place makes a system that can be asked.
  for await (const page of pages(call, books.get("/x", { expect: Charges }))) {
    expectTypeOf(page).toEqualTypeOf<{ items: { id: string }[] }>();
  }
  for await (const page of pages(call, books.get("/x"))) expectTypeOf(page).toBeUnknown();
  expectTypeOf(system("xero", { vendor: xero })).toEqualTypeOf<System>();
  expectTypeOf(system("shop", { vendor: shopifyRest, baseUrl: "https://a.example" })).toEqualTypeOf<System>();
  expectTypeOf(system("shop", { vendor: shopifyRest })).toEqualTypeOf<Performs>();
  const ours = vendor({ ...xero, name: "ours" });
  expectTypeOf(system("ours", { vendor: ours })).toEqualTypeOf<System>();

  // A lookup gives one, a list, or nothing; what it finds may know more than expect asks for.
  const one = async () => (await call(books.get("/x", { expect: Charges }))).items[0];
  const list = async () => (await call(books.get("/x", { expect: Charges }))).items;
  const more = async () => ({ id: "1", total: "1.00" });
  for (const find of [
    byLookup(one),
    byLookup(list),
    byLookup(async () => ((await list()).length > 1 ? list() : null)),
  ]) {
    books.post("/x", { expect: Charge, idempotency: find });
  }
  const oneOrNull = async (): Promise<{ id: string } | null> => (await one()) ?? null;
  books.post("/x", { expect: Charge, idempotency: byLookup(oneOrNull) });
  books.post("/x", { expect: Charge, idempotency: byLookup(more, { visibleAfter: "2s" }) });
  books.post("/x", { expect: Charge, idempotency: byKey({ header: "Key", window: "24h", after: byLookup(list) }) });
  books.post("/x", { json: {}, idempotency: byLookup(async () => await call(books.get("/x"))) });

  // A perform is typed by what it runs; what comes back has been through the ledger.
  const performed = bank.perform({
    idempotency: byKey(),
    run: async ({ idempotencyKey, attempt }) => ({ idempotencyKey, attempt }),
  });
  expectTypeOf(await effect("g", performed)).toEqualTypeOf<{ idempotencyKey: string; attempt: number }>();
  const requested = bank.perform({
    idempotency: byLookup(async () => ({ at: new Date() })),
    request: { amount: 12, to: "x" },
    run: ({ request }) => {
      expectTypeOf(request).toEqualTypeOf<{ amount: number; to: string }>();
      return { at: new Date() };
    },
    simulate: ({ random }) => ({ at: new Date(random()) }),
  });
  expectTypeOf(await effect("h", requested)).toEqualTypeOf<{ at: Date }>();
  expectTypeOf<Stored<{ n: bigint; f(): void; at: Date; deep: { g: () => 1; h: 1 }[] }>>().toEqualTypeOf<{
    n: bigint;
    at: Date;
    deep: { h: 1 }[];
  }>();
}

expectTypeOf(system("a", { baseUrl: process.env.URL ?? "https://a.example" })).toEqualTypeOf<System>();
expectTypeOf(system("b")).toEqualTypeOf<Performs>();
expectTypeOf(system("c", { timeout: "1s" })).toEqualTypeOf<Performs>();

// Contracts of three vendors: what goes in is what `send` takes, what comes out is what the functions get.
const byZod = integration("by-zod", {
  source,
  contract: z.object({ id: z.string(), at: z.string().transform(Number), note: z.string().default("") }),
  identify: (record) => {
    expectTypeOf(record).toEqualTypeOf<{ id: string; at: number; note: string }>();
    return { id: record.id };
  },
  accept: (record) => record.at > 0 || "too old",
  changedOnly: (record) => expectTypeOf(record.at).toBeNumber(),
  async deliver(record, { now, uuid, record: id, run }) {
    expectTypeOf(record.note).toBeString();
    expectTypeOf([now(), uuid("x"), id, run] as const).toEqualTypeOf<readonly [number, string, string, number]>();
  },
});
expectTypeOf(byZod).toEqualTypeOf<Integration<"by-zod", { id: string; at: string; note?: string | undefined }>>();

const byValibot = integration("by-valibot", {
  source: [source, poll({ every: "5m", fetch: async ({ cursor }) => ({ records: [], cursor: cursor ?? "0" }) })],
  contract: v.object({ id: v.string(), at: v.pipe(v.string(), v.transform(Number)) }),
  latestOnly: true,
  identify: ({ id, at }) => ({ id, entity: id, version: at }),
  async deliver(record) {
    expectTypeOf(record).toEqualTypeOf<{ id: string; at: number }>();
  },
});
expectTypeOf(byValibot).toEqualTypeOf<Integration<"by-valibot", { id: string; at: string }>>();

const byArktype = integration("by-arktype", {
  source,
  contract: type({ id: "string", "note?": "string" }),
  identify: ({ id }) => ({ id }),
  async deliver(record) {
    expectTypeOf(record).toEqualTypeOf<{ id: string; note?: string }>();
  },
});
expectTypeOf(byArktype).toEqualTypeOf<Integration<"by-arktype", { id: string; note?: string }>>();

// What unique gets is what the contract makes.
integration("unique", {
  source,
  contract: z.object({ id: z.string(), email: z.string().transform((text) => ({ text })) }),
  identify: ({ id }) => ({ id }),
  unique: ({ email }) => {
    expectTypeOf(email).toEqualTypeOf<{ text: string }>();
    return email.text;
  },
  async deliver() {},
});

// A predicate in accept narrows what deliver gets.
integration("narrowed", {
  source,
  contract: z.object({ id: z.string(), email: z.string().nullable() }),
  identify: ({ id }) => ({ id }),
  accept: (record): record is { id: string; email: string } => record.email !== null,
  async deliver(record) {
    expectTypeOf(record.email).toBeString();
  },
});

// A poll's cursor is text unless it is said.
poll({
  every: "5m",
  fetch: async ({ cursor, signal }) => {
    expectTypeOf(cursor).toEqualTypeOf<string | undefined>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return { records: [], cursor: "1", more: false };
  },
});
poll<{ page: number }>({
  cron: "0 6 * * *",
  zone: "Europe/Berlin",
  fetch: async ({ cursor, call }) => {
    const records = z.array(z.unknown()).parse(await call(books.get("/x", { query: { page: cursor?.page } })));
    return { records, cursor: { page: (cursor?.page ?? 0) + 1 } };
  },
});

// Tenants: what the list has is what functions of a tenant get, and `send` asks whose it is.
const shops = tenants("shops", {
  list: async () => [{ id: "a", domain: "a.example" }],
  id: (shop) => shop.id,
  secrets: {
    TOKEN: (shop) => {
      expectTypeOf(shop).toEqualTypeOf<{ id: string; domain: string }>();
      return secret("A_TOKEN");
    },
  },
});
const ofShop = system("shop", {
  per: shops,
  baseUrl: (one) => `https://${one.domain}`,
  auth: bearer(shops.secret("TOKEN")),
});
expectTypeOf(ofShop).toEqualTypeOf<System>();
const perShop = integration("per-shop", {
  per: shops,
  source: poll({
    per: shops,
    every: "1m",
    async fetch({ tenant, cursor }) {
      expectTypeOf(tenant).toEqualTypeOf<{ id: string; domain: string }>();
      return { records: [], cursor: cursor ?? "0" };
    },
  }),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver(_, { tenant }) {
    expectTypeOf(tenant).toEqualTypeOf<{ id: string; domain: string }>();
  },
});
expectTypeOf(perShop).toEqualTypeOf<Integration<"per-shop", { id: string }, { id: string; domain: string }>>();
expectTypeOf<Waybill<[typeof perShop, typeof byZod]>["send"]>().toBeCallableWith(
  "per-shop",
  { id: "1" },
  { tenant: "a" },
);
expectTypeOf<Waybill<[typeof perShop, typeof byZod]>["send"]>().toBeCallableWith("by-zod", { id: "1", at: "2" });

// The helpers are schemas like any other, also of optional and nested fields.
const Row = z.object({ sku: text({ min: 1 }), price: money({ currency: "AUD" }), note: text().optional() });
expectTypeOf<z.output<typeof Row>>().toEqualTypeOf<{ sku: string; price: Money<"AUD">; note?: string | undefined }>();
expectTypeOf<z.input<typeof Row>>().toEqualTypeOf<{ sku: string; price: string | number; note?: string | undefined }>();

const Told = z.object({
  count: integer(),
  serial: integer({ big: true }),
  rate: decimal(),
  from: day(),
  stored: day({ format: "excel" }),
  at: instant({ format: "DD/MM/YYYY HH:mm", zone: "UTC" }),
  since: instant({ format: "epoch-ms" }),
  took: duration(),
  hours: duration({ format: "h" }),
  status: oneOf(["new", "paid"]),
  size: oneOf({ S: ["small"], L: ["large"] }),
  to: country({ of: ["AU", "NZ"] }),
  anywhere: country(),
  in: currency({ of: ["AUD"] }),
  vip: flag(),
  tags: list(text(), { separator: ";" }),
  counts: list(integer(), { separator: "," }),
  note: optionalText(),
  discount: orNothing(decimal()),
});
expectTypeOf<z.output<typeof Told>>().toEqualTypeOf<{
  count: number;
  serial: bigint;
  rate: string;
  from: string;
  stored: string;
  at: string;
  since: string;
  took: number;
  hours: number;
  status: "new" | "paid";
  size: "S" | "L";
  to: "AU" | "NZ";
  anywhere: string;
  in: "AUD";
  vip: boolean;
  tags: string[];
  counts: number[];
  note?: string | undefined;
  discount?: string | undefined;
}>();
expectTypeOf<z.input<typeof Told>>().toEqualTypeOf<{
  count: string | number | bigint;
  serial: string | number | bigint;
  rate: string | number | bigint;
  from: string;
  stored: string | number;
  at: string;
  since: string | number;
  took: string;
  hours: string | number;
  status: string;
  size: string;
  to: string;
  anywhere: string;
  in: string;
  vip: string | number | boolean;
  tags: string;
  counts: string;
  note?: string | null | undefined;
  discount?: string | number | bigint | null | undefined;
}>();

test("what the types know is seen by the compiler", () => {});
