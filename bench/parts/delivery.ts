import { join } from "node:path";
import type { Integration } from "waybill";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly } from "../../src/assembly/assembly.ts";
import type { Emit } from "../../src/model/events.ts";
import { pushFeed } from "../../src/sources/feeds.ts";
import { itemOfJson } from "../../src/sources/push.ts";
import { inDatabase } from "../database.ts";
import { ordersIntegration, orderText } from "../order.ts";
import { inFolder } from "../processes.ts";
import { spending } from "../processor.ts";
import { quietLog } from "../quiet-log.ts";

const batch = 1_000;
const sliceOrders = 100_000;

/** Orders that wait in the ledger are delivered: enqueued before, then start. With the time that the enqueueing took, for end to end. */
export async function delivery(count: number, destination: string): Promise<Record<string, number>> {
  return deliveryOf(count, ordersIntegration(destination));
}

/** The same, with the ledger in PostgreSQL. */
export async function postgresDelivery(count: number, destination: string): Promise<Record<string, number>> {
  return inDatabase((ledger) => deliveryOf(count, ordersIntegration(destination), ledger));
}

export async function deliveryOf(count: number, orders: Integration<"orders">, ledger?: string) {
  return inFolder(async (folder) => {
    const log = quietLog(folder);
    const { sentMs, deliveredMs, spent } = await deliverAll({ folder, count, orders, emit: log.emit, ledger });
    log.close();
    return {
      perSecond: (count * 1_000) / deliveredMs,
      endToEnd: (count * 1_000) / (sentMs + deliveredMs),
      enqueued: (count * 1_000) / sentMs,
      ...spent,
    };
  });
}

export interface Delivering {
  readonly folder: string;
  readonly count: number;
  readonly orders: Integration<"orders">;
  /** What else reads the events. */
  readonly emit: Emit;
  /** Its address; by default in the folder. */
  readonly ledger?: string | undefined;
  /** Nothing else reads them. */
  readonly unwatched?: boolean;
}

/** Enqueues, starts, and waits until all is delivered. */
export async function deliverAll({ folder, count, orders, emit, ledger, unwatched = false }: Delivering) {
  const all = Promise.withResolvers<void>();
  let delivered = 0;
  const assembly = await assemble({
    integrations: [orders],
    ledger: ledger ?? `sqlite:${join(folder, "ledger.db")}`,
    release: "bench",
    unwatched,
    emit(event) {
      emit(event);
      if (event.event !== "record.settled" || event.state === "waiting") return;
      if (event.state !== "delivered") all.reject(new Error(`${event.record} is ${event.state}: ${event.reason}`));
      if (++delivered === count) all.resolve();
    },
  });
  const sentMs = await enqueue(assembly, count);
  const from = performance.now();
  const spent = spending();
  await assembly.start();
  await all.promise;
  const deliveredMs = performance.now() - from;
  const used = spent(count);
  await assembly.stop();
  return { sentMs, deliveredMs, spent: used };
}

/** As a bulk send does: JSON texts through the whole boundary, a thousand to a call. Answers how long it took, in milliseconds. */
export async function enqueue(assembly: Assembly, count: number): Promise<number> {
  const feed = pushFeed(assembly.known("orders").definition);
  let spentMs = 0;
  // The texts are made in slices, and outside the time that is measured.
  for (let slice = 0; slice < count; slice += sliceOrders) {
    const texts = Array.from({ length: Math.min(sliceOrders, count - slice) }, (_, at) => orderText(slice + at));
    const from = performance.now();
    let under: Promise<unknown> = Promise.resolve();
    for (let at = 0; at < texts.length; at += batch) {
      const items = texts.slice(at, at + batch).map((text) => itemOfJson(text));
      // The next thousand is read while this one is written.
      await under;
      under = assembly.intake.take(feed, items);
    }
    await under;
    spentMs += performance.now() - from;
  }
  return spentMs;
}
