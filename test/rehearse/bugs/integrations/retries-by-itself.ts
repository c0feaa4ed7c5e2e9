// It tries a charge three times by itself, each time under another name, and so under another key.
// Where an answer is lost after the charge was made, the customer is charged again at once.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const bank = system("bank-tried-thrice", { baseUrl: "https://bank.example.com", timeout: "10s" });

export const loses = "nothing is done twice";

export default integration("retries-by-itself", {
  source: push(),
  contract: z.object({
    id: z.string().min(1),
    customer: z.string().min(1),
    cents: z.number().int().positive(),
  }),
  identify: ({ id, customer }) => ({ id, key: customer }),

  async deliver({ id, customer, cents }, { effect }) {
    let failure: unknown;
    for (const attempt of [1, 2, 3]) {
      try {
        await effect(
          `charge-${attempt}`,
          bank.post("/charges", { json: { order: id, customer, cents }, idempotency: byKey() }),
        );
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  },
});
