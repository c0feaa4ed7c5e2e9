import { atMostOnce, bearer, byKey, byLookup, concurrent, integration, push, rate, secret, system } from "waybill";
import { z } from "zod";

// Integrations that are right, and use nearly everything: what is wrong when they are rehearsed is wrong in Waybill.

const shop = system("shop", {
  baseUrl: "https://shop.example.com/v1",
  auth: bearer(secret("SHOP_TOKEN")),
  limits: [rate(30, "10s"), concurrent(4)],
});
const mail = system("mail", { baseUrl: "https://mail.example.com", limits: [rate(60, "1m")] });
const Made = z.object({ id: z.string() });
const Found = z.object({ items: z.array(Made) });
const Lines = z.object({ made: z.array(z.object({ id: z.string(), ref: z.string() })) });
/** No name of this kind leads elsewhere where it stands in a path. */
const Id = z.string().regex(/^[A-Z]{1,2}-\d{1,6}$/);
const Order = z.object({
  id: Id,
  edit: z.number().int().min(0),
  customer: Id,
  total: z.number().positive(),
  note: z.string().optional(),
});
type Line = { readonly ref: string };

const lines = shop.batch("lines", {
  most: 10,
  linger: "200ms",
  send: (items: readonly Line[]) => shop.post("/lines", { json: { items }, expect: Lines, idempotency: byKey() }),
  each: ({ made }, { ref }) => made.find((one) => one.ref === ref)?.id,
});

const orders = integration("orders", {
  source: push(),
  contract: Order,
  identify: ({ id, edit, customer }) => ({ id: `${id}/${edit}`, entity: id, key: customer }),
  accept: ({ note }) => note !== "internal" || "it is internal",
  async deliver(order, { effect, call }) {
    const json = { ref: `${order.id}/${order.edit}`, total: order.total };
    await effect("customer", shop.put(`/customers/${order.customer}`, { json: { seen: true } }), {
      per: "entity",
    });
    const invoice = await effect(
      "invoice",
      shop.post("/invoices", { json, expect: Made, idempotency: byKey({ window: "3m" }) }),
    );
    const find = async () => (await call(shop.get("/charges", { query: { ref: json.ref }, expect: Found }))).items;
    await effect(
      "charge",
      shop.post("/charges", { json, expect: Made, idempotency: byLookup(find, { visibleAfter: "10s" }) }),
    );
    await effect("line", lines({ ref: json.ref }));
    await effect("mail", mail.post("/send", { json: { invoice: invoice.id }, idempotency: atMostOnce }));
  },
});

const Contact = z.object({ id: Id, name: z.string().min(1), changed: z.number().int().min(0) });

const contacts = integration("contacts", {
  source: push(),
  contract: Contact,
  identify: ({ id, changed }) => ({ id: `${id}@${changed}`, entity: id, version: changed }),
  latestOnly: true,
  changedOnly: ({ name }) => ({ name }),
  async deliver({ id, name }, { effect }) {
    await effect("contact", shop.put(`/contacts/${id}`, { json: { name } }));
    await effect("welcome", mail.post("/welcome", { json: { id }, idempotency: byKey() }), { per: "entity" });
  },
});

const bank = system("bank", { timeout: "10s" });

const payouts = integration("payouts", {
  source: push(),
  contract: z.object({ id: Id, account: Id, amount: z.number().int().positive(), memo: z.string().default("none") }),
  identify: ({ id, account }) => ({ id, key: account }),
  async deliver({ amount, memo }, { effect }) {
    const payout = bank.perform({
      request: { amount, memo },
      idempotency: byKey(),
      run: (): Promise<{ id: string; amount: number }> => Promise.reject(new Error("there is no bank here")),
      simulate: ({ idempotencyKey }) => ({ id: idempotencyKey, amount }),
    });
    const made = await effect("payout", payout);
    if (made.amount !== amount) throw new Error(`another payout came back: ${made.id}`);
  },
});

export default [orders, contacts, payouts] as const;
