import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

/** Orders that are delivered to a shop that notes each. */
export const ordersTo = (url: string) => {
  const shop = system("shop", { baseUrl: url, private: true });
  return integration("orders", {
    source: push(),
    contract: z.object({ id: z.string(), key: z.string(), total: z.number() }),
    identify: ({ id, key }) => ({ id, key }),
    async deliver(order, { effect }) {
      await effect("take", shop.post("/orders", { json: order, idempotency: byKey() }));
    },
  });
};
