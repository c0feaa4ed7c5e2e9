import assert from "node:assert/strict";
import { test } from "node:test";
import { ledgerFacts } from "../../src/server/ledger-facts.ts";
import { virtualClock } from "../world/virtual-clock.ts";

// A ledger whose books take as long to count as they are told to.
function counting(clock: ReturnType<typeof virtualClock>, took: { ms: number }) {
  const asked = { times: 0 };
  const ledger = {
    async balance() {
      asked.times++;
      if (took.ms > 0) await new Promise<void>((done) => clock.after(took.ms, done));
      if (Number.isNaN(took.ms)) throw new Error("the disk is gone");
      return [];
    },
    refusals: async () => [],
    measures: async () => ({ bytes: asked.times, commits: 0, oldestWaiting: [], outbox: [] }),
    alerts: async () => [],
  };
  const facts = ledgerFacts(ledger, clock, { names: () => [], flush: async () => undefined });
  return { asked, facts };
}

test("books that are counted fast are counted at each scrape", async () => {
  const clock = virtualClock();
  const { asked, facts } = counting(clock, { ms: 0 });
  for (let scrape = 1; scrape <= 5; scrape++) {
    assert.equal((await facts())?.measures.bytes, scrape);
    await clock.pass(1);
  }
  assert.equal(asked.times, 5);
});

test("however many scrape, counting the books of a large ledger takes at most a twentieth of the time", async () => {
  const clock = virtualClock();
  const took = { ms: 500 };
  const { asked, facts } = counting(clock, took);
  let answered = 0;
  for (let at = 0; at < 1_000; at++) {
    const scrape = facts();
    void scrape.then((known) => {
      if (known !== undefined) answered++;
    });
    await clock.pass(100);
  }
  // 100 s are 10 turns of 0.5 s of counting and 9.5 s without.
  assert.ok(asked.times >= 9 && asked.times <= 11, `${asked.times} times`);
  assert.ok(answered >= 990, `${answered} answers`);
});

test("a scrape never waits for a count that takes minutes, and says when what it tells was so", async () => {
  const clock = virtualClock();
  const took = { ms: 2_000 };
  const { facts } = counting(clock, took);
  const first = facts();
  await clock.pass(2_000);
  const known = await first;
  assert.ok(known !== undefined);
  took.ms = 600_000;
  await clock.pass(60_000);
  const later = facts();
  await clock.pass(1_000);
  assert.equal((await later)?.atMs, known.atMs, "what was read last, after a second");
});

test("a ledger that does not answer, or fails, is a scrape without books and not one that fails", async () => {
  const clock = virtualClock();
  const took = { ms: 600_000 };
  const { facts } = counting(clock, took);
  const scrape = facts();
  await clock.pass(5_000);
  assert.equal(await scrape, undefined);
  await clock.pass(600_000);
  assert.ok((await facts()) !== undefined, "as soon as it was read, there it is");
  await clock.pass(60 * 600_000);
  took.ms = Number.NaN;
  assert.equal(await facts(), undefined, "and old books are not told as if they were new");
});
