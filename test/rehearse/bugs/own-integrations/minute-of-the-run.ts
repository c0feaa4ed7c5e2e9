// An invoice carries the minute in which its request is made, which is another one at the next attempt.
// The key is known, and the request is not the one that it was first sent with: the order is held, and somebody is called at night.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const books = system("books-with-minutes", { baseUrl: "https://books.example.com" });

export const loses = "good records are delivered, and broken ones quarantined";

export default integration("minute-of-the-run", {
  source: push(),
  contract: z.object({ id: z.string().min(1), total: z.number().positive() }),
  identify: ({ id }) => ({ id }),
  async deliver({ id, total }, { effect }) {
    const madeAt = new Date().toISOString().slice(0, 16);
    await effect("invoice", books.post("/invoices", { json: { id, total, madeAt }, idempotency: byKey() }));
    await effect("sent", books.put(`/sent/${encodeURIComponent(id)}`, { json: { madeAt } }));
  },
});
