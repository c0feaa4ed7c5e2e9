// Large orders wait for an approval, and nothing ever gives it: the promise is resolved by a button that was never built.
// Such an order holds its place until the deadline of its run, over and over again.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const shop = system("shop-with-approvals", { baseUrl: "https://shop.example.com" });

export const loses = "good records are delivered, and broken ones quarantined";

export default integration("waits-for-nobody", {
  source: push(),
  contract: z.object({ id: z.string().min(1), total: z.number().positive() }),
  identify: ({ id }) => ({ id }),
  async deliver({ id, total }, { effect }) {
    if (total > 1_000) await new Promise(() => undefined);
    await effect("make", shop.post("/things", { json: { id, total }, idempotency: byKey() }));
  },
});
