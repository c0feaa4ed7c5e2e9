import { createServer } from "node:http";
import { Client } from "pg";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly } from "../../src/assembly/assembly.ts";
import { pushFeed } from "../../src/sources/feeds.ts";
import { itemOfJson } from "../../src/sources/push.ts";
import { inDatabase } from "../database.ts";
import { ordersIntegration, orderText } from "../order.ts";
import { median, quantile } from "../processes.ts";

// Two workers on one ledger: how long an order takes that comes in at one and is owned by the other, and what they ask of the server while nothing comes.

const ordersMax = 400;
const restMs = 15;
const idleMs = 20_000;
/** What has been done is counted by the server within so long. */
const countedMs = 2_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function fleet(count: number): Promise<Record<string, number>> {
  return inDatabase(async (direct) => {
    const through = process.env.BENCH_POOLER === undefined ? direct : throughPooler(direct);
    const first = await worker(through);
    const idle = await transactionsASecond(direct);
    const second = await worker(through);
    // Until each has its share of the lanes.
    await sleep(5_000);
    const tookMs: number[] = [];
    for (let at = 0; at < Math.min(count, ordersMax); at++) {
      const from = performance.now();
      const arrived = Promise.race([first.arrival(), second.arrival()]);
      await send(first.assembly, at);
      const { by, atMs } = await arrived;
      if (by === second) tookMs.push(atMs - from);
      await sleep(restMs);
    }
    const idleTogether = await transactionsASecond(direct);
    await first.stop();
    await second.stop();
    const warm = tookMs.slice(Math.min(20, tookMs.length >> 1));
    return { medianMs: median(warm), p99Ms: quantile(warm, 0.99), orders: warm.length, idle, idleTogether };
  });
}

function throughPooler(direct: string): string {
  const url = new URL(direct);
  url.port = process.env.BENCH_POOLER as string;
  return url.href;
}

interface Worker {
  readonly assembly: Assembly;
  /** The next order that it delivers. */
  arrival(): Promise<{ readonly by: Worker; readonly atMs: number }>;
  stop(): Promise<void>;
}

/** A worker with a destination of its own, so that it is known who delivered. */
async function worker(ledger: string): Promise<Worker> {
  let arrived: (atMs: number) => void = () => undefined;
  const server = createServer((request, response) => {
    arrived(performance.now());
    request.resume().on("end", () => {
      response.writeHead(201, { "content-type": "application/json" }).end('{"id":"inv_1"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const assembly = await assemble({
    integrations: [ordersIntegration(`http://127.0.0.1:${port}`)],
    ledger,
    release: "bench",
  });
  await assembly.start();
  const one: Worker = {
    assembly,
    arrival: () =>
      new Promise((resolve) => {
        arrived = (atMs) => resolve({ by: one, atMs });
      }),
    async stop() {
      await assembly.stop();
      server.closeAllConnections();
      server.close();
    },
  };
  return one;
}

async function send(assembly: Assembly, at: number): Promise<void> {
  await assembly.intake.take(pushFeed(assembly.known("orders").definition), [itemOfJson(orderText(at))]);
}

/** Of all who work with the ledger, while nothing comes in. Each is one question, or two. */
async function transactionsASecond(url: string): Promise<number> {
  const client = new Client(url);
  await client.connect();
  const counted = async (): Promise<number> => {
    const { rows } = await client.query(
      "select xact_commit::float8 as n from pg_stat_database where datname = current_database()",
    );
    return rows[0].n;
  };
  await sleep(countedMs);
  const before = await counted();
  await sleep(idleMs);
  const after = await counted();
  await client.end();
  return ((after - before - 1) * 1_000) / idleMs;
}
