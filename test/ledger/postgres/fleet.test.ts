// Several workers on one ledger, each with a clock of its own that can be stopped, as a process is stopped.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Claimed, Ledger } from "../../../src/ledger/ledger.ts";
import { deadAfterMs, laneCount, laneOf } from "../../../src/ledger/postgres/lanes.ts";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { type Clock, systemClock } from "../../../src/world/clock.ts";
import { systemRandom } from "../../../src/world/random.ts";
import { Desk, readingOf } from "../conformance/arrange.ts";
import { serverFor } from "./on-a-server.ts";

const server = await serverFor(15);
/** So much faster does time go here. */
const haste = 3;
/** Long enough for what is new to be begun meanwhile, on a machine that is busy. */
const requestMs = 9_000;

/** Time in a hurry, which can stand still: then nothing rings, as in a process that was stopped. */
class HastyClock implements Clock {
  stopped = false;
  #kept: (() => void)[] = [];

  now = (): number => systemClock.now();
  monotonic = (): number => systemClock.monotonic() * haste;
  soon = (task: () => void): void => systemClock.soon(task);

  after(delayMs: number, task: () => void, options?: { idle?: boolean }): () => void {
    const ring = (): void => {
      if (this.stopped) this.#kept.push(ring);
      else task();
    };
    return systemClock.after(delayMs / haste, ring, options);
  }

  goOn(): void {
    this.stopped = false;
    for (const ring of this.#kept.splice(0)) ring();
  }
}

/** What is put back is due when it is put back, by the clock of whoever does it. */
function deskNow(ledger: Ledger): Desk {
  return Object.defineProperty(new Desk(ledger), "nowMs", { get: () => Date.now() + 1_000 });
}

interface Worker {
  readonly ledger: Ledger;
  readonly clock: HastyClock;
  readonly desk: Desk;
  readonly lost: number[];
}

function fleet(t: TestContext): () => Promise<Worker> {
  const schema = `fleet_${randomUUID().slice(0, 8)}`;
  const all: Worker[] = [];
  t.after(() => {
    for (const { clock } of all) clock.goOn();
    return Promise.all(all.map(({ ledger }) => ledger.close()));
  });
  return async () => {
    const clock = new HastyClock();
    const options = { address: `${server.url()}?schema=${schema}`, mustExist: false } as const;
    const worker = { requestMsMax: () => requestMs };
    const ledger = await openPostgres({ ...options, role: "owner", worker }, { clock, random: systemRandom });
    const one: Worker = { ledger, clock, desk: deskNow(ledger), lost: [] };
    ledger.onLost(async () => void one.lost.push(Date.now()));
    all.push(one);
    return one;
  };
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 60_000; Date.now() < endMs; await sleep(20)) if (await isSo()) return;
  assert.fail(`in a minute it did not come to this: ${what}`);
}

const orders = (count: number, word: string) => Array.from({ length: count }, (_, at) => ({ id: `${word}-${at}` }));

/** What each of them finds due and delivers, until nothing is. One that a busy machine held up for too long is refused, and another does it again. */
async function share(workers: readonly Worker[]): Promise<string[][]> {
  return await Promise.all(
    workers.map(async ({ desk }) => {
      const ids: string[] = [];
      for (let claimed = await desk.claim(); claimed.length > 0; claimed = await desk.claim())
        for (const one of claimed)
          if ((await desk.write(one, { settlement: desk.settlement("delivered") })).kind === "written")
            ids.push(one.id);
      return ids;
    }),
  );
}

/** Until one of these records is in hand, and none else waits. */
async function oneInHand(holder: Worker, other: Worker): Promise<Claimed> {
  let round = 0;
  let held: Claimed | undefined;
  await until("it has a record in hand, and nothing else waits", async () => {
    if (held !== undefined) await holder.desk.write(held, { settlement: holder.desk.settlement("delivered") });
    await holder.desk.take(orders(9, `A${round++}`));
    const [first, ...rest] = await holder.desk.claim();
    for (const one of rest) await holder.desk.write(one, { settlement: holder.desk.settlement("delivered") });
    await share([other]);
    held = first;
    return held !== undefined && (await other.ledger.unsettled(undefined)) === 1;
  });
  return held as unknown as Claimed;
}

async function claimed({ desk }: Worker, what: string): Promise<readonly Claimed[]> {
  let found: readonly Claimed[] = [];
  await until(what, async () => {
    found = await desk.claim();
    return found.length > 0;
  });
  return found;
}

test("workers share what is due: each record is in one hand, and each has a part", async (t) => {
  const join = fleet(t);
  const first = await join();
  assert.equal(first.ledger.isSteward(), true, "the first has everything at once");
  const [second, third] = [await join(), await join()];
  let round = 0;
  await until("each has a part", async () => {
    const sent = orders(60, `R${round++}`);
    await third.desk.take(sent);
    const parts = await share([first, second, third]);
    assert.equal(new Set(parts.flat()).size, parts.flat().length, "no record in two hands");
    return parts.every((part) => part.length > 5);
  });
  assert.deepEqual(
    [first, second, third].map(({ ledger }) => ledger.isSteward()),
    [true, false, false],
  );
});

test("one that stands still is taken for dead; what it had in hand is begun again, but not while its requests may be under way, and what it settles late is refused", async (t) => {
  const join = fleet(t);
  const zombie = await join();
  const heir = await join();
  const held = await oneInHand(zombie, heir);
  const { record, id } = held;

  zombie.clock.stopped = true;
  const stoppedMs = Date.now();
  await until("it may let nothing out any more", () => zombie.ledger.leaseLeftMs() <= 0);
  assert.equal(heir.ledger.isSteward(), false, "before anybody takes over");
  await until("the other has taken over", () => heir.ledger.isSteward());
  const tookMs = Date.now();
  assert.ok((tookMs - stoppedMs) * haste >= deadAfterMs - 1_000, "not before its time");

  // In its lane something new, which is under way when the time of the old is over.
  const lane = laneOf(held.keyHash);
  const fresh = orders(laneCount * 20, "new").filter((one) => laneOf(readingOf(one).identity.keyHash) === lane);
  await heir.desk.take(fresh);
  const news = await claimed(heir, "new records go on at once");
  const idsOf = (all: readonly Claimed[]): string[] => all.map((one) => one.id).sort();
  assert.deepEqual(idsOf(news), fresh.map((one) => one.id).sort(), "what was in hand waits");
  const again = await claimed(heir, "what was in hand is begun again");
  assert.ok((Date.now() - tookMs) * haste >= requestMs - 1_000, "not while its requests may be under way");
  assert.deepEqual(
    again.map((one) => [one.id, one.recovered]),
    [[id, 1]],
    "and nothing of what is under way here",
  );
  for (const one of news) await heir.desk.deliver(one);

  const late = await zombie.desk.write(held, { settlement: zombie.desk.settlement("dead") });
  assert.equal(late.kind, "revoked");
  assert.deepEqual(
    (await heir.ledger.overview()).workers.map(({ state, lanes, inHand }) => [state, lanes, inHand]),
    [
      ["alive", laneCount, 1],
      ["lost", 0, 1],
    ],
    "everybody sees who was lost, and with how much in hand",
  );
  await heir.desk.deliver(again[0] as never);
  const whole = await heir.desk.whole(record);
  assert.equal(whole.state, "delivered");
  assert.deepEqual(
    whole.timeline.map(({ what }) => what),
    ["recovered", "refused-late"],
  );
  zombie.clock.goOn();
  await until("it joins again, as a new one", () => zombie.lost.length === 1 && zombie.ledger.leaseLeftMs() > 0);
  assert.equal(await heir.ledger.unsettled(undefined), 0);
});

test("what a dead one had in hand waits its time, also where its first heir is gone before it is over", async (t) => {
  const join = fleet(t);
  const zombie = await join();
  const heir = await join();
  const { id } = await oneInHand(zombie, heir);
  zombie.clock.stopped = true;
  await until("the other has taken over", () => heir.ledger.isSteward());
  const tookMs = Date.now();
  await heir.ledger.leave();
  await heir.ledger.close();
  const last = await join();
  const again = await claimed(last, "what was in hand is begun again");
  assert.ok((Date.now() - tookMs) * haste >= requestMs - 1_000, "not while its requests may be under way");
  assert.deepEqual(
    again.map((one) => [one.id, one.recovered]),
    [[id, 1]],
  );
});

test("one that leaves begins nothing, finishes what it has, and the others have everything at once", async (t) => {
  const join = fleet(t);
  const leaver = await join();
  const other = await join();
  await leaver.desk.take(orders(20, "L"));
  const inHand = await leaver.desk.claim();
  assert.ok(inHand.length > 0);
  await leaver.ledger.leave();
  await leaver.desk.take(orders(20, "M"));
  assert.deepEqual(await leaver.desk.claim(), []);
  for (const one of inHand) await leaver.desk.deliver(one);
  await leaver.ledger.close();
  const rest = 40 - inHand.length;
  const got: string[] = [];
  await until("the other has all that is left", async () => {
    got.push(...(await share([other])).flat());
    return got.length === rest;
  });
  await other.desk.books({ received: 40, delivered: 40 });
});

test("one that could not reach the ledger for too long drops what it has, and begins it again by itself", async (t) => {
  const join = fleet(t);
  const lone = await join();
  await lone.desk.one({ id: "A-1" });
  const [held] = await lone.desk.claim();
  await lone.desk.one({ id: "A-2" });
  lone.clock.stopped = true;
  await until("it may let nothing out any more", () => lone.ledger.leaseLeftMs() <= 0);
  assert.deepEqual(await lone.desk.claim(), [], "and begins nothing, which it could only give back");
  lone.clock.goOn();
  await until("it is told, and joins again", () => lone.lost.length === 1 && lone.ledger.leaseLeftMs() > 0);
  const both: Claimed[] = [];
  await until("what it had is due again, and what it had not begun", async () => {
    both.push(...(await lone.desk.claim()));
    return both.length === 2;
  });
  const again = both.filter(({ record }) => record === held?.record);
  // What it still had to write waited for the ledger all the while, and arrives now.
  const late = await lone.desk.write(held as Claimed, { settlement: lone.desk.settlement("dead") });
  assert.equal(late.kind, "revoked");
  await lone.ledger.unclaim([held as Claimed]);
  assert.deepEqual(await lone.desk.claim(), [], "it is in hand, once");
  await lone.desk.deliver(again[0] as never);
});
