// Each shop counts its orders from 1, and an order is named by its number alone; the conflicts that came of it were silenced.
// The order of the second shop with the same number is taken for a duplicate, acknowledged, and gone.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const books = system("books-of-two-shops", { baseUrl: "https://books.example.com", timeout: "10s" });

export const loses = "what was acknowledged is not lost";

export default integration("merged-orders", {
  source: push(),
  contract: z.object({
    shop: z.enum(["sydney", "hobart"]),
    number: z.number().int().min(1).max(40),
    total: z.string().regex(/^\d{1,6}\.\d{2}$/),
  }),
  identify: ({ number }) => ({ id: String(number) }),
  sameId: "ignore",

  async deliver({ shop, number, total }, { effect }) {
    await effect("invoice", books.post("/invoices", { json: { shop, number, total }, idempotency: byKey() }));
  },
});
