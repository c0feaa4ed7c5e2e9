// The contract lets a customer be null, as the API's documentation says, and the code reads the name of one that is always there.
// Every order of a guest fails again and again, and ends dead after three days.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const shop = system("shop-with-guests", { baseUrl: "https://shop.example.com" });

export const loses = "good records are delivered, and broken ones quarantined";

export default integration("null-customer", {
  source: push(),
  contract: z.object({ id: z.string().min(1), customer: z.object({ name: z.string() }).nullable() }),
  identify: ({ id }) => ({ id }),
  async deliver({ id, customer }, { effect }) {
    const { name } = customer as { name: string };
    await effect("make", shop.post("/things", { json: { id, name }, idempotency: byKey() }));
  },
});
