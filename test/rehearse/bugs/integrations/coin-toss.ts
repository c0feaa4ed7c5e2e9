// Every second customer is asked for an opinion, and the coin is tossed anew on each run of the same order.
// An order whose run failed may forget the survey that it had begun, or begin one; the same night never comes out the same.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const shop = system("shop-with-surveys", { baseUrl: "https://shop.example.com", timeout: "10s" });
const surveys = system("surveys-by-chance", { baseUrl: "https://surveys.example.com", timeout: "10s" });

export const loses = "void";

export default integration("coin-toss", {
  source: push(),
  contract: z.object({ id: z.string().min(1), email: z.email() }),
  identify: ({ id }) => ({ id }),

  async deliver({ id, email }, { effect }) {
    if (Math.random() < 0.5) {
      await effect("survey", surveys.post("/surveys", { json: { order: id, to: email }, idempotency: byKey() }));
    }
    await effect("closed", shop.put(`/orders/${encodeURIComponent(id)}`, { json: { state: "closed" } }));
  },
});
