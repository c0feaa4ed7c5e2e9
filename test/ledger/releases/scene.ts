// The project whose ledger is kept of every release, and opened by every later one. A kept ledger names what stands here: add to it, and change nothing.
import { atMostOnce, byKey, byLookup, integration, poll, push, rate, system, tenants } from "waybill";
import { z } from "zod";

const there = process.env.THERE ?? "http://127.0.0.1:9";
// Far beyond any release: what is in doubt in a kept ledger is old when it is opened.
const window = "3650d";
const retry = { first: "2s", longest: "2s", giveUpAfter: "365d" } as const;

const books = system("books", { baseUrl: `${there}/books`, limits: [rate(5_000, "1h")] });
const wires = system("wires", { baseUrl: `${there}/wires`, timeout: "60s", breaker: false });
const depot = system("depot", { baseUrl: `${there}/depot` });

const Made = z.object({ id: z.string() });
const Order = z.object({ id: z.string().min(1), customer: z.string(), does: z.string(), total: z.string() });

export const orders = integration("orders", {
  source: push(),
  contract: Order,
  identify: ({ id, customer }) => ({ id, key: customer }),
  accept: ({ does }) => does !== "ignore" || "nobody wants it",
  retry,
  async deliver({ id, does, total }, { effect }) {
    if (does === "unavailable")
      await effect("stock", depot.post("/unavailable", { json: { ref: id }, idempotency: byKey({ window }) }));
    const over = does === "cut" || does === "hang" ? wires : books;
    const made = await effect(
      "invoice",
      over.post(`/${does}`, { json: { ref: id, total }, expect: Made, idempotency: byKey({ window }) }),
    );
    await effect("details", books.put(`/details/${id}`, { json: { ref: id, invoice: made.id } }));
  },
});

const Found = z.object({ found: z.array(Made) });

/** Looked up before it is made again. */
export const payments = integration("payments", {
  source: push(),
  contract: Order,
  identify: ({ id }) => ({ id }),
  retry,
  async deliver({ id, does }, { effect, call }) {
    const find = async () => (await call(wires.get("/found", { query: { ref: id }, expect: Found }))).found;
    await effect(
      "payment",
      wires.post(`/${does}`, { json: { ref: id }, expect: Made, idempotency: byLookup(find, { visibleAfter: "1s" }) }),
    );
  },
});

/** Can neither be repeated nor looked up. */
export const letters = integration("letters", {
  source: push(),
  contract: Order,
  identify: ({ id }) => ({ id }),
  retry,
  async deliver({ id, does }, { effect }) {
    await effect("letter", wires.post(`/${does}`, { json: { ref: id }, idempotency: atMostOnce }));
  },
});

const Contact = z.object({ id: z.string(), version: z.number().int(), name: z.string(), mail: z.string() });

/** The newest version, if it changes anything; one account for each, whatever versions of it come; no two with one address. */
export const contacts = integration("contacts", {
  source: push(),
  contract: Contact,
  identify: ({ id, version }) => ({ id: `${id}@${version}`, entity: id, version }),
  latestOnly: true,
  changedOnly: ({ name, mail }) => ({ name, mail }),
  unique: ({ mail }) => mail,
  retry,
  async deliver({ id, version, name }, { effect }) {
    const account = await effect(
      "account",
      books.post("/account", { json: { ref: id }, expect: Made, idempotency: byKey({ window }) }),
      { per: "entity" },
    );
    await effect("name", books.put(`/name/${account.id}`, { json: { ref: `${id}@${version}`, name } }));
  },
});

/** Paused when the ledger was kept: nothing of it has begun. */
export const later = integration("later", {
  source: push(),
  contract: Order,
  identify: ({ id }) => ({ id }),
  retry,
  async deliver({ id }, { effect }) {
    await effect("invoice", books.post("/ok", { json: { ref: id }, expect: Made, idempotency: byKey({ window }) }));
  },
});

const Page = z.object({ records: z.array(z.object({ id: z.string() })), next: z.string() });

/** Goes on where it was. */
export const feed = integration("feed", {
  source: poll({
    every: "5s",
    async fetch({ cursor, call }) {
      const page = await call(books.get("/feed", { query: { after: cursor ?? "0" }, expect: Page }));
      return { records: page.records, cursor: page.next, more: false };
    },
  }),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  retry,
  async deliver({ id }, { effect }) {
    await effect("entry", books.put(`/entry/${id}`, { json: { ref: id } }));
  },
});

const shops = tenants("shops", { list: () => [{ id: "shop-1" }, { id: "shop-2" }], id: (shop) => shop.id });

/** One name, two tenants, and nothing of one is the other's. */
export const sales = integration("sales", {
  per: shops,
  source: push(),
  contract: Order,
  identify: ({ id }) => ({ id }),
  retry,
  async deliver({ id, does }, { effect, tenant }) {
    const over = does === "cut" ? wires : books;
    await effect(
      "sale",
      over.post(`/${does}`, { json: { ref: `${tenant.id}/${id}` }, expect: Made, idempotency: byKey({ window }) }),
    );
  },
});
