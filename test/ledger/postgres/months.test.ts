// A ledger that is laid out by the month: what came stays readable, new records go to their month, and a month of which nothing is left goes whole.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startPostgres } from "../../../scripts/postgres.ts";
import { openLine } from "../../../src/ledger/postgres/line.ts";
import { keepMonths, layOutByMonth } from "../../../src/ledger/postgres/months.ts";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { type Clock, systemClock } from "../../../src/world/clock.ts";
import { Desk } from "../conformance/arrange.ts";

const month = (nth: number): number => Date.UTC(2027, nth - 1, 15);
const orders = (count: number, word: string) => Array.from({ length: count }, (_, at) => ({ id: `${word}-${at}` }));

const clockAt = (ms: number): Clock => ({ ...systemClock, now: () => ms });

async function server(t: TestContext) {
  const postgres = await startPostgres({ version: 18 });
  t.after(() => postgres[Symbol.asyncDispose]());
  const address = postgres.url();
  return {
    address,
    /** Somebody tidies, and works with the ledger at that time. */
    async at(ms: number, work: (desk: Desk) => Promise<void>): Promise<void> {
      const ledger = await openPostgres({ address, role: "owner", mustExist: false });
      const line = openLine({ url: address, schema: "waybill", clock: systemClock, writer: { worker: 1, slot: 0 } });
      await line.transaction((sql) => keepMonths(sql, ms));
      await line.close();
      const desk = new Desk(ledger);
      desk.nowMs = ms;
      try {
        await work(desk);
      } finally {
        await ledger.close();
      }
    },
    /** The parts of the payloads, with how many each holds. */
    async parts(): Promise<Record<string, number>> {
      const names = await postgres.ask(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'waybill.payloads'::regclass order by 1",
      );
      const found: Record<string, number> = {};
      for (const { name } of names as { name: string }[]) {
        const [row] = (await postgres.ask(`select count(*)::integer as rows from ${name}`)) as { rows: number }[];
        found[name.replace("waybill.payloads_", "")] = row?.rows ?? 0;
      }
      return found;
    },
  };
}

async function deliverAll(desk: Desk): Promise<void> {
  for (let claimed = await desk.claim(); claimed.length > 0; claimed = await desk.claim())
    for (const one of claimed) await desk.deliver(one);
}

const prune = async (desk: Desk, beforeMs: number): Promise<void> => {
  const step = { payloadsBeforeMs: beforeMs, historyBeforeMs: beforeMs, marksBeforeMs: undefined, limit: 100 };
  while ((await desk.ledger.prune(step)).more);
};

test("a month of which pruning left nothing goes whole; one in which a record waits stays; each month is ready before it comes", async (t) => {
  const { address, at, parts } = await server(t);
  let last = "";
  await at(month(1), async (desk) => {
    const taken = await desk.take(orders(30, "january"));
    await deliverAll(desk);
    last = (await desk.one({ id: "waits" })).record;
    assert.equal(taken.length, 30);
  });
  assert.deepEqual((await layOutByMonth(address, true)).before, false);
  assert.deepEqual(await parts(), {}, "a dry run changes nothing");
  assert.deepEqual((await layOutByMonth(address, false, { clock: clockAt(month(1)) })).before, false);
  assert.deepEqual((await layOutByMonth(address, false)).before, true);
  assert.deepEqual(await parts(), { "2027_02": 0, "2027_03": 0, before: 31, other: 0 });

  await at(month(2), async (desk) => {
    await desk.take(orders(10, "february"));
    assert.deepEqual(await parts(), { "2027_02": 10, "2027_03": 0, "2027_04": 0, before: 31, other: 0 });
    assert.equal(String((await desk.whole(last)).raw).length > 10, true);
  });
  await at(month(3), async (desk) => {
    await prune(desk, month(2));
    assert.equal((await parts()).before, 1, "what waits keeps everything");
  });
  await at(month(3), async (desk) => {
    assert.equal((await parts()).before, 1, "and its month stays");
    await deliverAll(desk);
    await prune(desk, month(3));
  });
  await at(month(3) + 1_000, async (desk) => {
    assert.deepEqual(await parts(), { "2027_03": 0, "2027_04": 0, "2027_05": 0, other: 0 });
    await desk.books({ received: 41, pruned: 41 });
  });
});

test("where nobody made a month ready, what comes is taken all the same, and the months after it are made ready again", async (t) => {
  const { address, at, parts } = await server(t);
  await at(month(1), async (desk) => void (await desk.take(orders(3, "january"))));
  await layOutByMonth(address, false, { clock: clockAt(month(1)) });
  await at(month(1), async (desk) => {
    desk.nowMs = month(9);
    await desk.take(orders(5, "september"));
  });
  assert.equal((await parts()).other, 5);
  await at(month(9), async (desk) => {
    await desk.take(orders(7, "again"));
    assert.deepEqual(await parts(), { "2027_10": 0, "2027_11": 0, before: 3, other: 12 });
    await deliverAll(desk);
    await desk.books({ received: 15, delivered: 15 });
  });
});
