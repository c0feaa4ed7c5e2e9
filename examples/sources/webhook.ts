// A webhook: a shop posts its orders, a few to a delivery, signed. Each becomes a parcel at the carrier.
import { byKey, hmac, integration, secret, system, webhook } from "waybill";
import { z } from "zod";

const carrier = system("carrier", { baseUrl: process.env.CARRIER_URL ?? "http://127.0.0.1:9005", timeout: "10s" });

const Order = z.object({ id: z.string().min(1), address: z.string().min(1) });

export default integration("orders-to-parcels", {
  source: webhook("/shop/parcels", {
    verify: hmac(secret("SHOP_SECRET"), { header: "X-Shop-Signature", prefix: "sha256=" }),
    // { "orders": [ … ] }: each of them is a record of its own.
    split: "orders",
    // This sender wants an empty 200.
    respond: { status: 200, body: "" },
  }),
  contract: Order,
  identify: (order) => ({ id: order.id }),
  async deliver(order, { effect }) {
    await effect(
      "parcel",
      carrier.post("/parcels", { json: { ref: order.id, to: order.address }, idempotency: byKey() }),
    );
  },
});
