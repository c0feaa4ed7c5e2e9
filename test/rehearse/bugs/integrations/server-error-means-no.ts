// It tells Waybill that every 5xx means "not applied, try again", although the system may fail after it has booked.
// Nothing is in doubt then, so the lookup is never asked, and a booking is made twice.
import { byLookup, type Classify, integration, push, system } from "waybill";
import { z } from "zod";

const classify: Classify = ({ status }) => (status >= 500 ? "failed-retryable" : undefined);
const bookings = system("bookings-read-anew", { baseUrl: "https://bookings.example.com", timeout: "10s", classify });

const Booking = z.object({ id: z.string() });
const Bookings = z.object({ items: z.array(Booking) });

export const loses = "nothing is done twice";

export default integration("server-error-means-no", {
  source: push(),
  contract: z.object({ id: z.string().min(1), room: z.string().min(1), nights: z.number().int().min(1).max(30) }),
  identify: ({ id, room }) => ({ id, key: room }),

  async deliver({ id, room, nights }, { effect, call }) {
    await effect(
      "booking",
      bookings.post("/bookings", {
        json: { reference: id, room, nights },
        expect: Booking,
        idempotency: byLookup(
          async () => {
            const query = { reference: id };
            return (await call(bookings.get("/bookings", { query, expect: Bookings }))).items;
          },
          { visibleAfter: "2s" },
        ),
      }),
    );
  },
});
