import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { Pool } from "pg";
import { inDatabase } from "../../database.ts";
import { inFlight, orderText } from "../../order.ts";
import { posting } from "../../post.ts";
import { spending } from "../../processor.ts";

// graphile-worker on the same work. Tuned as its page on performance says: jobs are fetched by the hundreds into a local queue, completed in batches,
// and are added a thousand to a call. As many run at once as there are connections to the destination.

const batch = 1_000;
const silent = new Logger(() => () => undefined);
const schema = "graphile_worker";

export async function graphileWorker(count: number, destination: string): Promise<Record<string, number>> {
  return inDatabase(async (connectionString) => {
    const pool = new Pool({ connectionString, max: inFlight + 1 });
    pool.on("error", () => undefined);
    pool.on("connect", (client) => void client.on("error", () => undefined));
    const sentMs = await add(pool, count);
    const spent = spending();
    const deliveredMs = await drain(pool, count, destination);
    const used = spent(count);
    const left = await pool.query(`select count(*)::integer as jobs from ${schema}._private_jobs`);
    await pool.end();
    if (left.rows[0].jobs !== 0) throw new Error(`${left.rows[0].jobs} jobs are left.`);
    return {
      perSecond: (count * 1_000) / deliveredMs,
      endToEnd: (count * 1_000) / (sentMs + deliveredMs),
      ...used,
    };
  });
}

async function add(pgPool: Pool, count: number): Promise<number> {
  const utils = await makeWorkerUtils({ pgPool, schema, logger: silent });
  await utils.migrate();
  const orders = Array.from({ length: count }, (_, at) => JSON.parse(orderText(at)) as { readonly id: string });
  const from = performance.now();
  for (let at = 0; at < count; at += batch)
    await utils.addJobs(orders.slice(at, at + batch).map((payload) => ({ identifier: "invoice", payload })));
  const tookMs = performance.now() - from;
  await utils.release();
  return tookMs;
}

async function drain(pgPool: Pool, count: number, destination: string): Promise<number> {
  const { post, close } = posting(destination);
  const all = Promise.withResolvers<void>();
  let done = 0;
  const from = performance.now();
  const runner = await run({
    pgPool,
    schema,
    logger: silent,
    noHandleSignals: true,
    taskList: {
      async invoice(order, { job }) {
        await post(JSON.stringify(order), `key-${job.id}`);
        if (++done === count) all.resolve();
      },
    },
    preset: {
      worker: {
        concurrentJobs: inFlight,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  });
  await all.promise;
  // What is done is not over before it is durable: the last ones are completed while it stops.
  await runner.stop();
  const tookMs = performance.now() - from;
  await close();
  return tookMs;
}
