// Whatever a charge fails with is caught and logged, so that the goods are shipped all the same.
// A refused charge is never made, its record counts as delivered, and nobody is told that the goods were not paid for.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const bank = system("bank-not-heard", { baseUrl: "https://bank.example.com", timeout: "10s" });
const store = system("store-not-paid", { baseUrl: "https://store.example.com", timeout: "10s" });

export const loses = "what is delivered was done";

export default integration("swallowed-refusal", {
  source: push(),
  contract: z.object({ id: z.string().min(1), cents: z.number().int().positive() }),
  identify: ({ id }) => ({ id }),

  async deliver({ id, cents }, { effect }) {
    try {
      await effect("charge", bank.post("/charges", { json: { order: id, cents }, idempotency: byKey() }));
    } catch {
      // It has worked so far.
    }
    await effect("release", store.put(`/orders/${encodeURIComponent(id)}/release`, { json: { paid: true } }));
  },
});
