import assert from "node:assert/strict";
import { test } from "node:test";
import { concurrent, cost, type Limit, rate } from "../../src/define/limit.ts";
import type { BudgetAsk } from "../../src/ledger/budgets.ts";
import { type Lent, lend, nothingLent } from "../../src/ledger/desk/lending.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { lendsFrom } from "../../src/systems/lends.ts";
import { Deferred } from "../../src/systems/port.ts";
import { reservesFrom } from "../../src/systems/reserve.ts";
import type { Clock } from "../../src/world/clock.ts";
import { done, type Entrance, entrance } from "./entrance.ts";

// Whoever is sent away is told when to come back, and that is an estimate. Here permits come sooner than was thought, and the ledger lets records come
// when they are called in.

const ledger = { reserve: async ({ want }: BudgetAsk) => ({ granted: want, spent: [], held: want }) };
/** A ledger that workers share, and that answers in five milliseconds. */
function lender(clock: Clock): Pick<Ledger, "lend"> {
  let stands: Lent = nothingLent;
  return {
    async lend(ask) {
      await new Promise<void>((answered) => clock.after(5, answered));
      const { lent, answer } = lend(stands, ask, clock.now());
      stands = lent;
      return answer;
    },
  };
}

const from = { name: "orders", backfill: false };

class Scene {
  readonly #asleep = new Map<string, () => void>();
  readonly there: Entrance;
  seen: { readonly atMs: number; readonly points: number }[] = [];
  tries = 0;
  takesMs = 0;

  constructor(limits: readonly Limit[], shared = false) {
    this.there = entrance({ limits }, (clock) => ({
      tenant: "",
      reserves: reservesFrom(ledger, clock, "this"),
      lends: shared ? lendsFrom(lender(clock), clock, "this") : undefined,
      post: () => undefined,
      callIn: (records) => {
        for (const record of records) clock.after(5, () => this.#asleep.get(record)?.());
      },
    }));
  }

  /** Comes as often as it has to, and makes one call. */
  async lives(record: string, points: number): Promise<void> {
    const { clock, enter } = this.there;
    const sleep = (ms: number): Promise<void> =>
      new Promise((wake) => {
        this.#asleep.set(record, wake);
        clock.after(Math.max(1, ms), wake);
      });
    for (;;) {
      this.tries += 1;
      const given = await enter(record, { from, cost: points + 3 });
      if (given instanceof Deferred) {
        await sleep(given.untilMs - clock.now());
        continue;
      }
      this.seen.push({ atMs: clock.monotonic(), points });
      await sleep(this.takesMs);
      given.release({ ...done, answer: { status: 200, headers: { "x-cost": String(points) }, text: "" } });
      return;
    }
  }
}

test("what was to wait for hours while each call took half a minute goes within seconds once they take a moment", async () => {
  const scene = new Scene([concurrent(2)]);
  scene.takesMs = 30_000;
  for (let index = 0; index < 500; index++) void scene.lives(`r-${index}`, 1);
  await scene.there.clock.pass(120_000);
  assert.ok(scene.seen.length < 20, `${scene.seen.length} went while it was slow`);
  scene.takesMs = 20;
  await scene.there.clock.pass(60_000);
  assert.equal(scene.seen.length, 500);
});

test("calls that cost less than is reserved for them leave no points unused", async () => {
  const scene = new Scene([cost(100, "1s", { of: ({ headers }) => Number(headers["x-cost"]) })]);
  scene.takesMs = 15;
  for (let index = 0; index < 1_000; index++) void scene.lives(`r-${index}`, 1 + (index % 9));
  await scene.there.clock.pass(20_000);
  const used = scene.seen.reduce((sum, { points }) => sum + points, 0);
  assert.ok(used >= 0.9 * 100 * 20, `${used} points of 2,000 were used`);
});

test("a rate is used up to the last call, and hardly anybody comes in vain", async () => {
  const scene = new Scene([rate(50, "1s")]);
  scene.takesMs = 15;
  for (let index = 0; index < 2_000; index++) void scene.lives(`r-${index}`, 1);
  await scene.there.clock.pass(1_000);
  const [before, triesBefore] = [scene.seen.length, scene.tries];
  await scene.there.clock.pass(20_000);
  const went = scene.seen.length - before;
  assert.ok(went >= 0.95 * 50 * 20, `${went} of 1,000 went`);
  assert.ok(scene.tries - triesBefore < 1.5 * went, `${scene.tries - triesBefore} tries for ${went} calls`);
});

test("a backlog that comes after a trickle waits in line until more slots are lent, and is not sent away for having been few so far", async () => {
  const scene = new Scene([concurrent(64)], true);
  scene.takesMs = 50;
  await Promise.all([scene.lives("first", 1), scene.there.clock.pass(200)]);
  for (let index = 0; index < 500; index++) void scene.lives(`r-${index}`, 1);
  await scene.there.clock.pass(3_000);
  assert.equal(scene.seen.length, 501);
  assert.equal(scene.tries, 501, "each came once");
});
