import { atMostOnce, byKey, byLookup, type Delivery, type Integration, integration, push } from "waybill";
import { z } from "zod";
import { quick, type Scene } from "./scene.ts";

export const Order = z.object({ id: z.string(), at: z.number(), total: z.string() });
export type Order = z.infer<typeof Order>;
const Made = z.object({ id: z.string() });
const Found = z.object({ items: z.array(Made) });

export const order = (at: number, total = `${at}.00`): Order => ({ id: "A-1", at, total });

/** One invoice, one charge and one receipt per order; details per edit. */
export function orders({ books }: Scene, options: { latestOnly?: boolean } = {}): Integration {
  const deliver = async (edit: Order, { effect, call }: Delivery): Promise<void> => {
    const perOrder = { per: "entity" } as const;
    const json = { ref: edit.id, total: edit.total };
    const look = (path: string) =>
      byLookup(async () => (await call(books.get(path, { query: { ref: edit.id }, expect: Found }))).items, {
        visibleAfter: "100ms",
      });
    await effect("invoice", books.post("/invoices", { json, expect: Made, idempotency: byKey() }), perOrder);
    await effect("details", books.put("/details", { json }));
    await effect("charge", books.post("/charges", { json, expect: Made, idempotency: look("/charges") }), perOrder);
    await effect("receipt", books.post("/receipts", { json: { ref: edit.id }, idempotency: atMostOnce }), perOrder);
  };
  const common = { source: push(), contract: Order, deliver, retry: quick } as const;
  if (options.latestOnly === true) {
    return integration("orders", {
      ...common,
      latestOnly: true,
      identify: ({ id, at }) => ({ id: `${id}@${at}`, entity: id, version: at }),
    });
  }
  return integration("orders", { ...common, identify: ({ id, at }) => ({ id: `${id}@${at}`, entity: id }) });
}

/** An integration with one effect, as `deliver` makes it. */
export function single(
  deliver: (order: Order, delivery: Delivery) => Promise<void>,
  options: { giveUpAfter?: "0s"; deliverTimeout?: "300ms" } = {},
): Integration {
  return integration("orders", {
    source: push(),
    contract: Order,
    identify: ({ id, at }) => ({ id: `${id}@${at}`, entity: id }),
    deliver,
    retry: { ...quick, giveUpAfter: options.giveUpAfter ?? quick.giveUpAfter },
    ...(options.deliverTimeout === undefined ? {} : { deliverTimeout: options.deliverTimeout }),
  });
}
