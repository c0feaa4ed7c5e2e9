import { PgBoss } from "pg-boss";
import { inDatabase } from "../../database.ts";
import { orderText } from "../../order.ts";
import { posting } from "../../post.ts";
import { spending } from "../../processor.ts";

// pg-boss on the same work. Its documentation names what throughput comes from: large batches, several workers in one process, so that one has work while
// another completes its batch, and no pause while batches come back full. Measured with batches of 64, 256 and 500 and with 1, 2 and 4 workers: this was
// the best. Each job is settled by itself, so that one that fails does not take its batch with it. Its maintenance rests meanwhile.

const insertBatch = 1_000;
const queue = "invoices";
const batchSize = 500;
const workers = 2;

export async function pgBoss(count: number, destination: string): Promise<Record<string, number>> {
  return inDatabase(async (connectionString) => {
    const boss = new PgBoss({ connectionString, max: workers + 2, supervise: false, schedule: false });
    await boss.start();
    await boss.createQueue(queue);
    const sentMs = await insert(boss, count);
    const spent = spending();
    const deliveredMs = await drain(boss, count, destination);
    const used = spent(count);
    await boss.stop();
    return {
      perSecond: (count * 1_000) / deliveredMs,
      endToEnd: (count * 1_000) / (sentMs + deliveredMs),
      ...used,
    };
  });
}

async function insert(boss: PgBoss, count: number): Promise<number> {
  const orders = Array.from({ length: count }, (_, at) => JSON.parse(orderText(at)) as object);
  const from = performance.now();
  for (let at = 0; at < count; at += insertBatch)
    await boss.insert(
      queue,
      orders.slice(at, at + insertBatch).map((data) => ({ data })),
    );
  return performance.now() - from;
}

async function drain(boss: PgBoss, count: number, destination: string): Promise<number> {
  const { post, close } = posting(destination);
  const all = Promise.withResolvers<void>();
  let done = 0;
  const from = performance.now();
  const options = {
    batchSize,
    localConcurrency: workers,
    pollingIntervalSeconds: 0.5,
    burstWhenBatchFull: true,
    perJobResults: true,
  } as const;
  await boss.work<object>(queue, options, async (jobs) => {
    const results = await Promise.all(
      jobs.map(async ({ id, data }) => {
        const output = (await post(JSON.stringify(data), `key-${id}`)) as object;
        return { id, status: "completed" as const, output };
      }),
    );
    done += jobs.length;
    if (done === count) all.resolve();
    return results;
  });
  await all.promise;
  // What is done is not over before it is durable: the last batches are completed while it stops.
  await boss.offWork(queue, { wait: true });
  const tookMs = performance.now() - from;
  await close();
  return tookMs;
}
