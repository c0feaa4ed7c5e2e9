// Invoices are numbered by a variable of the module, which begins anew in each process and grows with each attempt.
// A repeated request says something else than the first one did, and two processes give the same number twice.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const books = system("books-with-numbers", { baseUrl: "https://books.example.com" });
let next = 0;

export const loses = "void";

export default integration("counts-runs", {
  source: push(),
  contract: z.object({ id: z.string().min(1) }),
  identify: ({ id }) => ({ id }),
  async deliver({ id }, { effect }) {
    next += 1;
    await effect("invoice", books.post("/invoices", { json: { id, number: next }, idempotency: byKey() }));
  },
});
