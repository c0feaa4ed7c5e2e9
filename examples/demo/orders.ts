// The demo's integration: orders become invoices, charges and receipts, as in ../orders-to-invoices.ts, with limits and pauses that fit into a minute.
import {
  atMostOnce,
  bearer,
  byKey,
  byLookup,
  concurrent,
  integration,
  rate,
  secret,
  standardWebhooks,
  system,
  webhook,
} from "waybill";
import { z } from "zod";

const baseUrl = process.env.DEMO_DESTINATION ?? "http://127.0.0.1:9001";
const books = system("books", {
  baseUrl,
  auth: bearer(secret("DEMO_TOKEN")),
  limits: [rate(600, "1s"), concurrent(40)],
  timeout: "1s",
  breaker: { open: "500ms" },
});
const mail = system("mail", {
  baseUrl,
  limits: [rate(300, "1s"), concurrent(20)],
  timeout: "1s",
  breaker: { open: "500ms" },
});

const Order = z.object({
  id: z.string().min(1),
  customer: z.string().min(1),
  email: z.email(),
  updatedAt: z.iso.datetime(),
  total: z.string().regex(/^\d+\.\d{2}$/, "is not an amount such as 12.50"),
});
const Invoice = z.object({ id: z.string(), total: z.string() });
const Invoices = z.object({ items: z.array(Invoice) });
const Charge = z.object({ id: z.string() });
const Charges = z.object({ items: z.array(Charge) });

export default integration("orders-to-invoices", {
  source: webhook("/shop/orders", { verify: standardWebhooks(secret("DEMO_WEBHOOK_SECRET")) }),
  contract: Order,
  identify: (order) => ({ id: `${order.id}@${order.updatedAt}`, entity: order.id, key: order.customer }),

  async deliver(order, { effect, call }) {
    // By key: the destination answers a repeated key with its first answer.
    const invoice = await effect(
      "invoice",
      books.post("/invoices", {
        json: { ref: order.id, total: order.total },
        expect: Invoice,
        idempotency: byKey({
          after: byLookup(
            async () => (await call(books.get("/invoices", { query: { ref: order.id }, expect: Invoices }))).items,
          ),
        }),
      }),
      { per: "entity" },
    );
    // Natural: every edit of the order reaches its invoice.
    await effect(
      "details",
      books.put(`/invoices/${invoice.id}/details`, { json: { customer: order.customer, total: order.total } }),
    );
    // By lookup: look before creating again.
    await effect(
      "charge",
      books.post("/charges", {
        json: { invoice: invoice.id, total: order.total },
        expect: Charge,
        idempotency: byLookup(
          async () => (await call(books.get("/charges", { query: { invoice: invoice.id }, expect: Charges }))).items,
          { visibleAfter: "500ms" },
        ),
      }),
      { per: "entity" },
    );
    // At most once: nobody can tell whether a mail went out, so an unknown outcome is held for a person.
    await effect("receipt", mail.post("/send", { json: { ref: order.id, to: order.email }, idempotency: atMostOnce }), {
      per: "entity",
    });
  },

  retry: { first: "100ms", longest: "1s", giveUpAfter: "10m" },
});
