import { atMostOnce, byKey, byLookup, concurrent, type Integration, integration, later, push, system } from "waybill";
import { z } from "zod";

export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly edit: number;
  readonly total: string;
}

const Invoice = z.object({ id: z.string() });
const Invoices = z.object({ items: z.array(Invoice) });
const Charge = z.object({ id: z.string() });
const Charges = z.object({ items: z.array(Charge) });

const Reserved = z.object({ lines: z.array(z.object({ line: z.string(), id: z.string().optional() })) });

/** What each edit of an order reserves, two lines in a call. */
export const lines = ["a", "b", "c"];

/** One effect of each kind of idempotency, three of them once per order, and one per edit of it; and a batch per edit. */
export function crashed(destination: string): Integration<"orders"> {
  const books = system("books", { baseUrl: destination, limits: [concurrent(64)], timeout: "800ms", breaker: false });
  return integration("orders", {
    source: push(),
    contract: z.object({ id: z.string(), customer: z.string(), edit: z.number(), total: z.string() }),
    identify: (order) => ({ id: `${order.id}@${order.edit}`, entity: order.id, key: order.customer }),
    async deliver(order, { effect, effects, call }) {
      const invoice = await effect(
        "invoice",
        books.post("/invoices", {
          json: { ref: order.id, total: order.total },
          expect: Invoice,
          idempotency: byKey({
            after: byLookup(
              async () => (await call(books.get("/invoices", { query: { ref: order.id }, expect: Invoices }))).items,
            ),
          }),
        }),
        { per: "entity" },
      );
      await effect(
        "details",
        books.put(`/invoices/${invoice.id}/details`, { json: { customer: order.customer, total: order.total } }),
      );
      await effect(
        "charge",
        books.post("/charges", {
          json: { invoice: invoice.id, total: order.total },
          expect: Charge,
          idempotency: byLookup(
            async () => (await call(books.get("/charges", { query: { invoice: invoice.id }, expect: Charges }))).items,
            { visibleAfter: "200ms" },
          ),
        }),
        { per: "entity" },
      );
      await effect(
        "receipt",
        books.post("/send", { json: { ref: order.id, to: order.customer }, idempotency: atMostOnce }),
        { per: "entity" },
      );
      await effects("lines", lines, {
        name: (line) => line,
        change: (some) =>
          books.post("/lines", {
            json: { ref: `${order.id}@${order.edit}`, lines: some.join() },
            expect: Reserved,
            idempotency: byKey(),
          }),
        part: (answer, line) => {
          const mine = answer.lines.find((one) => one.line === line);
          if (mine !== undefined && mine.id === undefined) throw later("10ms", "the line is locked");
          return mine?.id;
        },
        size: 2,
      });
    },
    retry: { first: "50ms", longest: "500ms", giveUpAfter: "1h" },
  });
}
