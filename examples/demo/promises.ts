import type { Delivery } from "./deliveries.ts";
import type { Count } from "./destination.ts";
import type { Book, RecordRow } from "./operations.ts";
import type { Sent } from "./shop.ts";

// What was promised, held against what the destination counted itself.

export interface Promises {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Whatever else is not as it should be. */
  readonly wrong: readonly string[];
  /** Orders that have everything, and orders of which a part waits for a person. */
  readonly whole: number;
  readonly waiting: number;
}

export function promisesKept(sent: Sent, book: Book, held: readonly RecordRow[], count: Count): Promises {
  const lost: string[] = [];
  const doubled: string[] = [];
  const wrong: string[] = [...sent.odd];
  const waits = new Set(held.map(({ entity }) => entity));
  const orders = Map.groupBy(
    sent.acknowledged.filter(({ details }) => details !== undefined),
    ({ order }) => order,
  );

  for (const [what, counts] of Object.entries({
    invoice: count.invoices,
    charge: count.charges,
    receipt: count.receipts,
  })) {
    for (const [order, times] of Object.entries(counts)) if (times > 1) doubled.push(`${order}: ${times} of ${what}`);
    for (const order of orders.keys()) {
      if (counts[order] === undefined && !waits.has(order)) lost.push(`${order}: no ${what}`);
    }
    for (const order of Object.keys(counts)) if (!orders.has(order)) wrong.push(`${order}: nobody ordered its ${what}`);
  }
  for (const [order, deliveries] of orders) {
    const last = lastEdit(deliveries);
    if (count.details[order] !== last && !waits.has(order)) {
      wrong.push(`${order}: the details are ${count.details[order]}, and the last edit received says ${last}`);
    }
  }

  const contents = new Set(sent.acknowledged.map(({ body }) => body));
  const records = book.received - book.duplicate;
  if (records < contents.size)
    lost.push(`${contents.size} different deliveries were acknowledged, and the ledger has ${records}`);
  if (records > contents.size)
    doubled.push(`${contents.size} different deliveries were acknowledged, and the ledger has ${records}`);
  if (!book.balanced) wrong.push(`the books do not balance: ${JSON.stringify(book)}`);
  const waiting = [...orders.keys()].filter((order) => waits.has(order)).length;
  return { lost, doubled, wrong, whole: orders.size - waiting, waiting };
}

/** A duplicate changes nothing, whenever it comes. */
function lastEdit(deliveries: readonly Delivery[]): string | undefined {
  const first = new Map<string, Delivery>();
  for (const one of deliveries) if (!first.has(one.body)) first.set(one.body, one);
  return [...first.values()].at(-1)?.details;
}
