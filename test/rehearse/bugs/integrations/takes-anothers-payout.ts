// A payout that may have been made is looked for by its seller, and the first one found is taken for it, whichever it is.
// A lost request then counts as done because the seller once had another payout, and this one is never paid.
import { byLookup, integration, push, system } from "waybill";
import { z } from "zod";

const payouts = system("payouts-sought", { baseUrl: "https://payouts.example.com", timeout: "10s" });

const Payout = z.object({ id: z.string() });
const Payouts = z.object({ items: z.array(Payout) });

export const loses = "what is delivered was done";

export default integration("takes-anothers-payout", {
  source: push(),
  contract: z.object({
    payout: z.string().min(1),
    seller: z.enum(["S-1", "S-2", "S-3"]),
    cents: z.number().int().positive(),
  }),
  identify: ({ payout, seller }) => ({ id: payout, key: seller }),

  async deliver({ payout, seller, cents }, { effect, call }) {
    await effect(
      "payout",
      payouts.post("/payouts", {
        json: { payout, seller, cents },
        expect: Payout,
        idempotency: byLookup(
          async () => {
            const found = await call(payouts.get("/payouts", { query: { seller }, expect: Payouts }));
            return found.items[0];
          },
          { visibleAfter: "2s" },
        ),
      }),
    );
  },
});
