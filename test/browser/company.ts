// A company in the middle of a bad day, so that every page has something to show: what waits in every inbox for several reasons, what is wrong and what was,
// systems that are down, busy or well, and sources of each kind.
import { createHmac } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import {
  atMostOnce,
  byKey,
  concurrent,
  csv,
  file,
  type Integration,
  integration,
  natural,
  permanent,
  poll,
  push,
  rate,
  secret,
  standardWebhooks,
  system,
  tenants,
  webhook,
} from "waybill";
import { z } from "zod";
import { alertPersons } from "../../src/watch/alerts/persons.ts";
import { type Desk, type Ending, openDesk } from "./desk.ts";
import { Vendor } from "./vendor.ts";

const key = Buffer.from("the shop's own secret, long enough");
const minute = 60_000;
const hour = 60 * minute;
const Made = z.object({ id: z.string() });
const names = ["books", "bank", "crm", "warehouse", "carrier", "archive"] as const;
type Vendors = Readonly<Record<(typeof names)[number], Vendor>>;

export interface Company {
  readonly desk: Desk;
  readonly vendors: Vendors;
}

const Order = z.object({
  id: z.string(),
  customer: z.object({ name: z.string(), email: z.email() }),
  currency: z.enum(["AUD", "NZD"]),
  lines: z.array(z.object({ sku: z.string(), quantity: z.number().positive() })),
});
const Contact = z.object({ id: z.string(), name: z.string(), version: z.number(), active: z.boolean() });

function declared({ books, bank, crm, warehouse, carrier, archive }: Vendors): Integration[] {
  const to = {
    books: system("books", { baseUrl: books.url, limits: [rate(600, "1m"), rate(5_000, "1d"), concurrent(5)] }),
    bank: system("bank", { baseUrl: bank.url, timeout: "1s", breaker: false, limits: [rate(60, "1m")] }),
    crm: system("crm", { baseUrl: crm.url, limits: [rate(100, "10s")] }),
    warehouse: system("warehouse", { baseUrl: warehouse.url, breaker: { volume: 3, open: "10m" } }),
    archive: system("archive", { baseUrl: archive.url, timeout: "10m" }),
  };
  const shops = tenants("shops", {
    list: ["auckland", "melbourne", "sydney"].map((id) => ({ id, url: carrier.url })),
    id: (shop) => shop.id,
  });
  const parcels = system("carrier", {
    per: shops,
    baseUrl: (shop) => shop.url,
    private: true,
    limits: [rate(60, "1m")],
  });
  return [
    integration("orders", {
      source: webhook("/shop/orders", { verify: standardWebhooks(secret("SHOP_SECRET")) }),
      contract: Order,
      identify: ({ id, customer }) => ({ id, key: customer.name }),
      async deliver({ id, customer, lines }, { effect }) {
        const json = { ref: id, customer: customer.name, lines };
        await effect("invoice", to.books.post("/invoices", { json, expect: Made, idempotency: byKey() }));
      },
    }),
    integration("payments", {
      source: push(),
      contract: z.object({ id: z.string(), amount: z.number() }),
      identify: ({ id }) => ({ id }),
      async deliver({ id, amount }, { effect }) {
        const json = { ref: id, amount };
        await effect("transfer", to.bank.post("/transfers", { json, expect: Made, idempotency: atMostOnce }));
      },
    }),
    integration("refunds", {
      source: push(),
      contract: z.object({ id: z.string(), order: z.string(), amount: z.number() }),
      identify: ({ id }) => ({ id }),
      async deliver({ id, order, amount }, { effect }) {
        if (amount > 10_000) throw permanent("A refund above 10,000 has to be approved first.");
        await effect("credit", to.books.post("/credits", { json: { ref: id, order, amount }, idempotency: byKey() }));
      },
    }),
    integration("contacts", {
      source: poll({
        name: "crm-contacts",
        every: "12h",
        async fetch({ cursor }) {
          const page = Number(cursor ?? "0");
          return { records: page === 0 ? people : [], cursor: String(page + 1), more: false };
        },
      }),
      contract: Contact,
      identify: ({ id, version }) => ({ id: `${id}@${version}`, entity: id, version }),
      latestOnly: true,
      accept: ({ active }) => active || "not active any more",
      async deliver({ id, name }, { effect }) {
        await effect("contact", to.crm.put(`/contacts/${id}`, { json: { name }, idempotency: natural }));
      },
    }),
    integration("stock-levels", {
      source: push(),
      contract: z.object({ sku: z.string(), left: z.number() }),
      identify: ({ sku }) => ({ id: sku }),
      async deliver(level, { effect }) {
        await effect("level", to.warehouse.post("/levels", { json: level, idempotency: byKey() }));
      },
    }),
    integration("prices", {
      source: file("inbox/*.csv", {
        name: "supplier-prices",
        every: "1s",
        settle: "1s",
        format: csv({ header: true }),
      }),
      contract: z.object({ sku: z.string(), price: z.string().regex(/^\d+\.\d\d$/, "is no price such as 12.90") }),
      identify: ({ sku }) => ({ id: sku }),
      async deliver({ sku, price }, { effect }) {
        await effect("price", to.crm.put(`/prices/${sku}`, { json: { price }, idempotency: natural }));
      },
    }),
    integration("shipments", {
      per: shops,
      source: push(),
      contract: z.object({ id: z.string(), to: z.string().min(1, "has no address") }),
      identify: ({ id }) => ({ id }),
      async deliver({ id, to: address }, { effect }) {
        await effect("label", parcels.post("/labels", { json: { ref: id, address }, idempotency: byKey() }));
      },
    }),
    integration("statements", {
      source: push(),
      contract: z.object({ id: z.string() }),
      identify: ({ id }) => ({ id }),
      async deliver({ id }, { effect }) {
        await effect("file", to.archive.put(`/statements/${id}`, { json: { id }, idempotency: natural }));
      },
    }),
  ];
}

const first = ["Aroha", "Ben", "Chloe", "Dae", "Elena", "Farid", "Grace", "Hiro", "Ines", "Jonas"] as const;
const last = ["Walker", "Nguyen", "Tane", "Okafor", "Silva", "Lindqvist", "Patel"] as const;
const nameOf = (at: number): string => `${first[at % first.length]} ${last[at % last.length]}`;
const upTo = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

const people = [
  ...upTo(60, (at) => ({ id: `C-${at}`, name: nameOf(at), version: 2, active: at % 9 !== 0 })),
  ...upTo(4, (at) => ({ id: `C-${at + 1}`, name: nameOf(at + 1), version: 1, active: true })),
  ...upTo(2, (at) => ({ id: `C-${at + 100}`, name: nameOf(at), version: "two", active: true })),
];

const order = (at: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: `A-${1_000 + at}`,
  customer: { name: nameOf(at), email: `${nameOf(at).toLowerCase().replace(" ", ".")}@example.com` },
  currency: at % 3 === 0 ? "NZD" : "AUD",
  lines: upTo(1 + (at % 3), (line) => ({ sku: `sku-${at + line}`, quantity: 1 + ((at + line) % 4) })),
  ...more,
});

const soon = (): Promise<void> => new Promise((next) => setTimeout(next, 20));

/** Opens the company and lets it live through its day. */
export async function openCompany(t: Ending, browser: Browser): Promise<Company> {
  const vendors = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await Vendor.open()])),
  ) as Vendors;
  const env = { SHOP_SECRET: `whsec_${key.toString("base64")}` };
  const desk = await openDesk(t, browser, {
    integrations: declared(vendors),
    env,
    agoMs: 23 * hour,
    watch: { rules: { breaker: { after: "1ms" } } },
  });
  t.after(() => Object.values(vendors).forEach((one) => void one.close()));
  await night(desk);
  await morning(desk, vendors);
  await noon(desk, vendors);
  return { desk, vendors };
}

async function ordersCome(desk: Desk, orders: readonly unknown[], secretOfShop: Buffer = key): Promise<void> {
  for (const [at, one] of orders.entries()) {
    const body = JSON.stringify(one);
    const seconds = Math.floor(desk.assembly.world.clock.now() / 1_000);
    const id = `msg_${seconds}_${at}`;
    const mac = createHmac("sha256", secretOfShop).update(`${id}.${seconds}.${body}`).digest("base64");
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": `v1,${mac}`,
    };
    await fetch(`${desk.url}/shop/orders`, { method: "POST", body, headers });
  }
}

/** Fourteen quiet hours, with a little of everything in each. */
async function night(desk: Desk): Promise<void> {
  for (let at = 0; at < 14; at++) {
    const some = (least: number, most: number): number => least + ((at * 7 + most) % (most - least + 1));
    await ordersCome(
      desk,
      upTo(some(3, 17), (one) => order(1_000 + at * 20 + one)),
    );
    await desk.send(
      "payments",
      upTo(some(1, 6), (one) => ({ id: `P-${1_000 + at * 20 + one}`, amount: 40 + one })),
    );
    for (const [tenant, most] of [
      ["auckland", 5],
      ["melbourne", 8],
      ["sydney", 3],
    ] as const)
      await desk.send(
        "shipments",
        upTo(some(0, most), (one) => ({ id: `S-${1_000 + at * 20 + one}`, to: `${one + 1} King Street` })),
        tenant,
      );
    await desk.settled();
    desk.pass(hour);
    await desk.look();
  }
}

/** Nearly all goes well, and what does not is over by noon. */
async function morning(desk: Desk, { crm }: Vendors): Promise<void> {
  mkdirSync(join(desk.folder, "inbox"), { recursive: true });
  const rows = upTo(90, (at) => `sku-${at},${at % 30 === 7 ? "call us" : `${at}.90`}`);
  writeFileSync(join(desk.folder, "inbox", "prices-monday.csv"), ["sku,price", ...rows, ""].join("\n"));
  for (let from = 0; from < 90; from += 15) {
    await ordersCome(
      desk,
      upTo(15, (at) => order(from + at)),
    );
    await desk.settled();
    await desk.look();
    desk.pass(hour);
  }
  await desk.look();
  await ordersCome(
    desk,
    upTo(6, (at) => order(at)),
  );
  for (const [tenant, count] of [
    ["auckland", 24],
    ["melbourne", 31],
    ["sydney", 12],
  ] as const)
    await desk.send(
      "shipments",
      upTo(count, (at) => ({ id: `S-${at}`, to: `${at + 1} Queen Street` })),
      tenant,
    );
  await desk.send(
    "payments",
    upTo(20, (at) => ({ id: `P-${at}`, amount: 100 + at })),
  );
  await desk.send(
    "refunds",
    upTo(8, (at) => ({ id: `R-${at}`, order: `A-${1_000 + at}`, amount: 20 + at })),
  );
  crm.mood = "refuses";
  await desk.send(
    "stock-levels",
    upTo(10, (at) => ({ sku: `early-${at}`, left: at })),
  );
  crm.mood = "well";
  const [gone = ""] = await desk.send("refunds", [{ id: "R-90", order: "A-1090", amount: 12_500 }]);
  while ((await desk.book("prices")).received < rows.length) await soon();
  await desk.settled();
  await desk.look();
  await desk.assembly.inboxes.discard(gone, { actor: "Ann Lee", why: "paid back by cheque" }, {});
  await desk.look();
}

/** One thing after another. */
async function noon(desk: Desk, { books, bank, warehouse, carrier, archive }: Vendors): Promise<void> {
  await ordersCome(
    desk,
    upTo(40, (at) => order(100 + at, { currency: "A$", channel: "marketplace" })),
  );
  await ordersCome(
    desk,
    upTo(7, (at) => order(200 + at, { customer: { name: nameOf(at), email: "none" } })),
  );
  await ordersCome(
    desk,
    upTo(2, (at) => order(at, { currency: "AUD", lines: [] })),
  );
  await ordersCome(
    desk,
    upTo(14, (at) => order(300 + at)),
    Buffer.from("a secret that was guessed"),
  );
  await desk.send(
    "shipments",
    upTo(5, (at) => ({ id: `S-${at + 90}`, to: "" })),
    "melbourne",
  );
  bank.mood = "loses";
  await desk.send(
    "payments",
    upTo(3, (at) => ({ id: `P-${at + 100}`, amount: 1_000 + at })),
  );
  await desk.settled();
  bank.mood = "odd";
  await desk.send("payments", [{ id: "P-200", amount: 75 }]);
  books.mood = "refuses";
  await desk.send(
    "refunds",
    upTo(6, (at) => ({ id: `R-${at + 20}`, order: `A-${at}`, amount: 9 })),
  );
  await desk.send(
    "refunds",
    upTo(2, (at) => ({ id: `R-${at + 40}`, order: `A-${at}`, amount: 11_000 })),
  );
  await desk.settled();
  books.mood = "well";
  bank.mood = "well";
  await desk.look();
  desk.pass(2 * hour);
  await desk.look();
  warehouse.mood = "down";
  carrier.mood = "busy";
  archive.mood = "silent";
  await desk.send(
    "stock-levels",
    upTo(25, (at) => ({ sku: `sku-${at}`, left: at * 3 })),
  );
  await desk.send(
    "shipments",
    upTo(3, (at) => ({ id: `S-${at + 200}`, to: "9 George Street" })),
    "sydney",
  );
  await desk.send("statements", [{ id: "2026-10" }]);
  await ordersCome(
    desk,
    upTo(20, (at) => order(400 + at)),
  );
  await desk.assembly.pauses.pause("crm", "system", { actor: "Ben Okafor", why: "they migrate their database" });
  while (!desk.events.some(({ event }) => event === "system.opened")) await soon();
  await desk.look();
  desk.pass(20 * minute);
  const alerts = await desk.assembly.ledger.alerts({});
  const held = alerts.find(({ rule }) => rule === "held");
  if (held !== undefined)
    await alertPersons(desk.assembly.ledger, desk.assembly.world.clock).act(held.id, {
      what: "acknowledged",
      actor: "Ann Lee",
      why: "I am on the phone with the bank",
    });
  desk.pass(40 * minute);
  await desk.look();
}
