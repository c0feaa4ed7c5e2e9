// The customer's name goes into a header as it is, and no header may hold letters beyond Latin-1 or a line break.
// The order of Łukasz Žižek is good, is tried for three days without one request, and ends dead.
import { byKey, integration, push, system } from "waybill";
import { z } from "zod";

const labels = system("labels-by-header", { baseUrl: "https://labels.example.com", timeout: "10s" });

export const loses = "good records are delivered, and broken ones quarantined";

export default integration("name-in-a-header", {
  source: push(),
  contract: z.object({ id: z.string().min(1), name: z.string().min(1), street: z.string().min(1) }),
  identify: ({ id }) => ({ id }),

  async deliver({ id, name, street }, { effect }) {
    await effect(
      "label",
      labels.post("/labels", {
        headers: { "X-Recipient": name },
        json: { order: id, street },
        idempotency: byKey(),
      }),
    );
  },
});
