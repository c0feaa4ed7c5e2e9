// Bodies may have 160 bytes, which was enough for the first samples. An order of some lines has more: it is refused, its sender gives it up, and it is never
// shipped.
import { byKey, integration, secret, standardWebhooks, system, webhook } from "waybill";
import { z } from "zod";

const depot = system("depot-with-a-narrow-door", { baseUrl: "https://depot.example.com" });

export const loses = "good records are delivered, and broken ones quarantined";

const Line = z.object({ sku: z.string().min(1), count: z.number().int().positive() });

export default integration("narrow-door", {
  source: webhook("/narrow/orders", {
    verify: standardWebhooks(secret("NARROW_SECRET")),
    select: "data.order",
    bodyBytesMax: 160,
  }),
  contract: z.object({ id: z.string().min(1), lines: z.array(Line).min(1) }),
  identify: ({ id }) => ({ id }),
  async deliver(order, { effect }) {
    await effect("ship", depot.post("/orders", { json: order, idempotency: byKey() }));
  },
});
