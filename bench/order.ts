import { createHmac } from "node:crypto";
import {
  byKey,
  concurrent,
  type Integration,
  integration,
  type Limit,
  push,
  secret,
  standardWebhooks,
  system,
  webhook,
} from "waybill";
import { z } from "zod";

// The work of the bench: orders of 600 bytes, one POST each, 64 at a time.

export const inFlight = 64;
export const orderBytes = 600;
export const webhookPath = "/shop/orders";
export const webhookSecret = "whsec_YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2g=";
const signingKey = Buffer.from(webhookSecret.slice("whsec_".length), "base64");

/** The `at`th order, as JSON of 600 bytes. */
export function orderText(at: number): string {
  const order = {
    id: `A-${100_000 + at}`,
    customer: `C-${(at * 7919) % 30_000}`,
    email: `customer${at}@example.com`,
    updatedAt: "2026-11-24T10:00:00Z",
    total: `${at % 997}.50`,
    lines: Array.from({ length: 4 }, (_, line) => ({
      sku: `SKU-${(at * 31 + line) % 5_000}`,
      quantity: 1 + (line % 3),
      price: "19.90",
      note: "as agreed by phone",
    })),
    note: "",
  };
  const short = JSON.stringify(order);
  return JSON.stringify({ ...order, note: "-".repeat(Math.max(0, orderBytes - short.length)) });
}

/** Headers of a delivery as Standard Webhooks signs it. */
export function signed(id: string, body: string, seconds: number): Record<string, string> {
  const signature = createHmac("sha256", signingKey).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signature}` };
}

const Order = z.object({
  id: z.string().min(1),
  customer: z.string().min(1),
  email: z.string(),
  updatedAt: z.string(),
  total: z.string().regex(/^\d+\.\d{2}$/),
  lines: z.array(z.object({ sku: z.string(), quantity: z.number(), price: z.string(), note: z.string() })),
  note: z.string(),
});
const Invoice = z.object({ id: z.string() });

const bounded = { name: "books", limits: [concurrent(inFlight)] };

/** One keyed POST for each order; every order has a key of its own, so nothing waits for anything but its permit. */
export function ordersIntegration(
  destination: string,
  { name, limits }: { readonly name: string; readonly limits: readonly Limit[] } = bounded,
): Integration<"orders"> {
  const books = system(name, { baseUrl: destination, limits });
  return integration("orders", {
    source: [push(), webhook(webhookPath, { verify: standardWebhooks(secret("BENCH_SECRET")) })],
    contract: Order,
    identify: (order) => ({ id: order.id }),
    async deliver(order, { effect }) {
      await effect("invoice", books.post("/invoices", { json: order, expect: Invoice, idempotency: byKey() }));
    },
  });
}
