// Workers that take in records for keys of each other's while they claim their own.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { Desk, type Order } from "../conformance/arrange.ts";
import { serverFor } from "./on-a-server.ts";

const server = await serverFor(18);
const workersMax = 3;
const rounds = 60;
const keys = 40;
const eachRound = 20;

const deadlocks = async (): Promise<number> => {
  // A server writes down what it counted a second after the transaction at the latest.
  await sleep(1_500);
  const [row] = await server.ask(
    "select deadlocks::integer as n from pg_stat_database where datname = current_database()",
  );
  return row?.n as number;
};

test("workers that take in and claim the same keys never stand in each other's way, until PostgreSQL ends one of them a second later", async () => {
  const open = () => openPostgres({ address: server.url(), role: "owner", mustExist: false });
  const ledgers = [await open(), await open(), await open()];
  after(() => Promise.all(ledgers.map((ledger) => ledger.close())));
  const desks = ledgers.map((ledger) => Object.defineProperty(new Desk(ledger), "nowMs", { get: () => Date.now() }));
  const before = await deadlocks();
  let delivered = 0;

  async function deliver(desk: Desk): Promise<number> {
    const claimed = await desk.claim();
    const written = await Promise.all(
      claimed.map((one) => desk.write(one, { settlement: desk.settlement("delivered") })),
    );
    const here = written.filter(({ kind }) => kind === "written").length;
    delivered += here;
    return here;
  }

  await Promise.all(
    desks.map(async (desk, worker) => {
      for (let round = 0; round < rounds; round++) {
        // Each goes through the keys in another order.
        const orders = Array.from({ length: eachRound }, (_, n): Order => {
          const at = (round * 7 + n * (worker + 1) * 3) % keys;
          return { id: `${worker}-${round}-${n}`, entity: `customer-${worker % 2 === 0 ? at : keys - 1 - at}` };
        });
        await Promise.all([desk.take(orders.slice(0, 10)), desk.take(orders.slice(10)), deliver(desk)]);
      }
    }),
  );
  const taken = workersMax * rounds * eachRound;
  for (const untilMs = Date.now() + 60_000; delivered < taken && Date.now() < untilMs; await sleep(20))
    await Promise.all(desks.map(deliver));

  assert.equal(delivered, taken);
  assert.equal(await deadlocks(), before);
});
