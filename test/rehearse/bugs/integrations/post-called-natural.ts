// A POST that makes a new shipment each time is declared to be natural, because that compiled.
// After every lost answer the same parcel is sent once more.
import { integration, natural, push, system } from "waybill";
import { z } from "zod";

const carrier = system("carrier-called-natural", { baseUrl: "https://carrier.example.com", timeout: "10s" });

export const loses = "nothing is done twice";

export default integration("post-called-natural", {
  source: push(),
  contract: z.object({ order: z.string().min(1), address: z.string().min(1), parcels: z.number().int().min(1).max(9) }),
  identify: ({ order }) => ({ id: order }),

  async deliver({ order, address, parcels }, { effect }) {
    await effect("shipment", carrier.post("/shipments", { json: { order, address, parcels }, idempotency: natural }));
  },
});
