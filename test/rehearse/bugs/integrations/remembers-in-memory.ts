// Against duplicates it keeps the ids that it has seen in a variable of the module, and notes them before the work is done.
// The second run of an order whose first one failed returns at once: the order counts as delivered, and no invoice was made.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const books = system("books-of-the-forgetful", { baseUrl: "https://books.example.com", timeout: "10s" });

const seen = new Set<string>();

export const loses = "what is delivered was done";

export default integration("remembers-in-memory", {
  source: push(),
  contract: z.object({ id: z.string().min(1), total: z.string().regex(/^\d{1,6}\.\d{2}$/) }),
  identify: ({ id }) => ({ id }),

  async deliver({ id, total }, { effect }) {
    if (seen.has(id)) return;
    seen.add(id);
    await effect("invoice", books.post("/invoices", { json: { ref: id, total }, idempotency: byKey() }));
  },
});
