import {
  atMostOnce,
  byKey,
  byLookup,
  concurrent,
  type Duration,
  type Integration,
  integration,
  later,
  push,
  rate,
  system,
} from "waybill";
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

/** Names an edit of an order: also in a header of every effect of it, so that the destination can tell in which order they came. */
export const refOf = ({ id, edit }: Pick<Order, "id" | "edit">): string => `${id}@${edit}`;

/** What each edit of an order reserves, two lines in a call. */
export const lines = ["a", "b", "c"];

/** What the destination bears. */
export interface Bearing {
  readonly timeout?: Duration;
  readonly perSecond?: number | undefined;
}

/** One effect of each kind of idempotency, three of them once per order, and one per edit of it; and a batch per edit. */
export function crashed(destination: string, { timeout = "800ms", perSecond }: Bearing = {}): Integration<"orders"> {
  const limits = [concurrent(128), ...(perSecond === undefined ? [] : [rate(perSecond, "1s")])];
  const books = system("books", { baseUrl: destination, limits, timeout, breaker: false });
  return integration("orders", {
    source: push(),
    contract: z.object({ id: z.string(), customer: z.string(), edit: z.number(), total: z.string() }),
    identify: (order) => ({ id: refOf(order), entity: order.id, key: order.customer }),
    async deliver(order, { effect, effects, call }) {
      const headers = { about: refOf(order) };
      const invoice = await effect(
        "invoice",
        books.post("/invoices", {
          headers,
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
        books.put(`/invoices/${invoice.id}/details`, {
          headers,
          json: { customer: order.customer, total: order.total },
        }),
      );
      await effect(
        "charge",
        books.post("/charges", {
          headers,
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
        books.post("/send", { headers, json: { ref: order.id, to: order.customer }, idempotency: atMostOnce }),
        { per: "entity" },
      );
      await effects("lines", lines, {
        name: (line) => line,
        change: (some) =>
          books.post("/lines", {
            headers,
            json: { ref: refOf(order), lines: some.join() },
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
