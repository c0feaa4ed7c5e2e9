// Every failure is taken for "too early", refusals for good too, and the give-up clock is set to ten years.
// A contact that the destination will never take waits for ever, comes back every ten minutes, and reaches no inbox.
import { byKey, integration, later, push, system } from "waybill";
import { z } from "zod";

const crm = system("crm-asked-for-ever", { baseUrl: "https://crm.example.com", timeout: "10s" });

export const loses = "every record settles, or waits for a person with a reason";

export default integration("later-for-ever", {
  source: push(),
  contract: z.object({ id: z.string().min(1), name: z.string().min(1), email: z.email() }),
  identify: ({ id }) => ({ id }),
  retry: { giveUpAfter: "3650d" },

  async deliver({ id, name, email }, { effect }) {
    try {
      await effect("contact", crm.post("/contacts", { json: { ref: id, name, email }, idempotency: byKey() }));
    } catch (error) {
      throw later("10m", `the CRM is not ready: ${String(error)}`);
    }
  },
});
