// Amounts are floats, multiplied by a hundred and put into a BigInt, which takes whole numbers only: 19.99 * 100 is none.
// Good invoices of many amounts throw on every run and end dead, while those of the tests (10.00, 12.50) go through.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const ledger = system("ledger-of-floats", { baseUrl: "https://ledger.example.com", timeout: "10s" });

export const loses = "good records are delivered, and broken ones quarantined";

export default integration("float-cents", {
  source: push(),
  contract: z.object({ id: z.string().min(1), amount: z.number().positive().max(1_000_000) }),
  identify: ({ id }) => ({ id }),

  async deliver({ id, amount }, { effect }) {
    const cents = BigInt(amount * 100).toString();
    await effect("entry", ledger.post("/entries", { json: { ref: id, cents }, idempotency: byKey() }));
  },
});
