// A shop posts its orders; each becomes one invoice in the other system, whatever goes wrong in between.
import { byKey, concurrent, integration, rate, secret, standardWebhooks, system, webhook } from "waybill";
import { z } from "zod";

const books = system("books", {
  baseUrl: process.env.BOOKS_URL ?? "http://127.0.0.1:9001",
  limits: [rate(600, "1m"), concurrent(5)],
  timeout: "10s",
});

const Order = z.object({
  id: z.string().min(1),
  customer: z.string().min(1),
  total: z.string().regex(/^\d+\.\d{2}$/),
});
const Invoice = z.object({ id: z.string() });

export default integration("orders", {
  // Who may send, checked over the raw bytes.
  source: webhook("/shop/orders", { verify: standardWebhooks(secret("SHOP_WEBHOOK_SECRET")) }),
  // What breaks this goes to the quarantine, where it can be looked at and released.
  contract: Order,
  // The same id again is a duplicate; a customer's orders stay in order.
  identify: (order) => ({ id: order.id, key: order.customer }),

  async deliver(order, { effect }) {
    // The destination ignores a repeated Idempotency-Key, so a lost answer is simply asked for again.
    await effect(
      "invoice",
      books.post("/invoices", { json: { ref: order.id, total: order.total }, expect: Invoice, idempotency: byKey() }),
    );
  },
});
