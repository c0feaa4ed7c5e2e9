// A sender that is known by name: Stripe tells of payments, and each charge that succeeded becomes one entry in the books.
import { byKey, integration, secret, stripeWebhooks, system, webhook } from "waybill";
import { z } from "zod";

const books = system("books", { baseUrl: process.env.BOOKS_URL ?? "http://127.0.0.1:9001", timeout: "10s" });

const Event = z.object({
  id: z.string().min(1),
  type: z.string(),
  data: z.object({ object: z.looseObject({ id: z.string().min(1) }) }),
});
const Charge = z.object({
  id: z.string().min(1),
  amount: z.number().int().nonnegative(),
  currency: z.string().length(3),
});

export default integration("charges-to-books", {
  source: webhook("/stripe", {
    // While the secret is rolled, Stripe signs with both for a day. One that is not set is left out.
    verify: stripeWebhooks([secret("STRIPE_WEBHOOK_SECRET"), secret("STRIPE_WEBHOOK_SECRET_OLD")]),
  }),
  // What is no charge is let through here, and filtered; a charge that the books could not take is quarantined, and not tried again and again.
  contract: Event.refine(({ type, data }) => type !== "charge.succeeded" || Charge.safeParse(data.object).success, {
    path: ["data", "object"],
    message: "is no charge",
  }),
  // Stripe sends an event again with the same id: a duplicate.
  identify: (event) => ({ id: event.id, entity: event.data.object.id }),
  accept: ({ type }) => type === "charge.succeeded" || `${type} is of no interest here`,
  async deliver({ data }, { effect }) {
    const charge = Charge.parse(data.object);
    await effect("entry", books.post("/entries", { json: charge, idempotency: byKey() }), { per: "entity" });
  },
});
