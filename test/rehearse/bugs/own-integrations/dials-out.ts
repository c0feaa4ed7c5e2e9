// It opens a connection of its own beside its systems, to ask a rate that nothing in Waybill knows of.
// What is asked so has no limit, no retry and no timeout, and in a test it reaches the real world.
import { connect } from "node:net";
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const shop = system("shop-with-rates", { baseUrl: "https://shop.example.com" });

export const loses = "void";

export default integration("dials-out", {
  source: push(),
  contract: z.object({ id: z.string().min(1) }),
  identify: ({ id }) => ({ id }),
  async deliver({ id }, { effect }) {
    const rate = await new Promise((resolve, reject) =>
      connect(9, "127.0.0.1").on("data", resolve).on("error", reject),
    );
    await effect("make", shop.post("/things", { json: { id, rate }, idempotency: byKey() }));
  },
});
