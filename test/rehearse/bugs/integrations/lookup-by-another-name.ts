// A payment is stored under the order's id, and looked for under "order-" and the id: the lookup never finds it.
// Whenever an answer is lost, the absence is believed after a while and the payment is made again.
import { byLookup, integration, push, system } from "waybill";
import { z } from "zod";

const payments = system("payments-sought", { baseUrl: "https://payments.example.com", timeout: "10s" });

const Payment = z.object({ id: z.string() });
const Payments = z.object({ items: z.array(Payment) });

export const loses = "nothing is done twice";

export default integration("lookup-by-another-name", {
  source: push(),
  contract: z.object({ id: z.string().min(1), cents: z.number().int().positive() }),
  identify: ({ id }) => ({ id }),

  async deliver({ id, cents }, { effect, call }) {
    await effect(
      "payment",
      payments.post("/payments", {
        json: { reference: id, cents },
        expect: Payment,
        idempotency: byLookup(
          async () => {
            const query = { reference: `order-${id}` };
            return (await call(payments.get("/payments", { query, expect: Payments }))).items;
          },
          { visibleAfter: "2s" },
        ),
      }),
    );
  },
});
