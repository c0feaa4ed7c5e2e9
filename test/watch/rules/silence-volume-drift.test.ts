import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type Integration, integration, push } from "waybill";
import { z } from "zod";
import { feedText } from "../../../src/watch/baselines/kept.ts";
import type { seededRandom } from "../../../src/world/random.ts";
import {
  dayMs,
  exponential,
  hourMs,
  minuteMs,
  moments,
  Watched as Simulated,
  watchAll,
} from "../baselines/simulated.ts";
import { Watched } from "./watched.ts";

// Silence, unusual volume and drift, as alerts: real records through the real intake into a real ledger, and the watch that `start` runs.

function orders(more: object = {}): Integration {
  return integration("orders", {
    source: push(),
    contract: z.looseObject({ id: z.string() }),
    identify: ({ id }: { id: string }) => ({ id }),
    async deliver() {},
    ...more,
  }) as Integration;
}

/** Thursday, 26 November 2026, 08:00 in Perth. */
const openingMs = Date.UTC(2026, 10, 26, 0, 0);
const office = { volume: { atLeast: 1, per: "1h", during: "Mon-Fri 08:00-18:00", zone: "Australia/Perth" } };

async function watching(
  t: TestContext,
  found: Integration,
  startMs: number,
  prepare?: Parameters<typeof Watched.on>[2],
) {
  const watched = await Watched.on([found], startMs, prepare);
  t.after(() => watched.close());
  await watched.watch.look();
  return watched;
}

describe("declared silence", () => {
  it("is told within a minute after its period, is over with the next record, and says nothing outside its hours", async (t) => {
    const watched = await watching(t, orders(office), openingMs - 10 * minuteMs);
    await watched.pass(15 * minuteMs);
    await watched.send({ id: "1" });
    await watched.pass(59 * minuteMs);
    assert.deepEqual(await watched.open(), [], "an hour is not over");
    await watched.pass(2 * minuteMs);
    const [alert] = await watched.open("silent");
    assert.equal(alert?.severity, "critical");
    assert.match(
      alert?.message ?? "",
      /orders is silent: nothing new came from 2026-11-26 00:0\d to|at least 1 per 1h is declared \(Mon-Fri 08:00-18:00, Australia\/Perth\)/,
    );
    assert.equal(alert?.next, "npx waybill refusals orders");
    await watched.send({ id: "1" });
    await watched.pass(3 * minuteMs);
    assert.equal((await watched.open("silent")).length, 1, "a duplicate is nothing new");
    await watched.send({ id: "2" });
    await watched.pass(3 * minuteMs);
    assert.deepEqual(await watched.open(), []);
  });

  it("over the weekend: what was silent on Friday afternoon stays so, what was well stays well", async (t) => {
    const fridayMs = openingMs + dayMs;
    const well = await watching(t, orders(office), fridayMs);
    for (let hour = 0; hour < 10; hour++) {
      await well.send({ id: String(hour) });
      await well.pass(hourMs - minuteMs, 5 * minuteMs);
      await well.pass(minuteMs);
    }
    await well.pass(2 * dayMs, 5 * minuteMs);
    assert.deepEqual(await well.open(), []);
    await well.pass(14 * hourMs - 5 * minuteMs, 5 * minuteMs);
    assert.deepEqual(await well.open(), [], "until Monday 08:00, and not before an hour has passed then");
    await well.pass(66 * minuteMs, minuteMs);
    assert.equal((await well.open("silent")).length, 1, "Monday 09:00");

    const silent = await watching(t, orders(office), fridayMs);
    await silent.pass(12 * hourMs, minuteMs);
    const [alert] = await silent.open("silent");
    await silent.pass(2 * dayMs, 5 * minuteMs);
    assert.equal((await silent.open("silent"))[0]?.id, alert?.id, "one alert, however long it lasts");
  });

  it("a downtime of ours is no silence of theirs, nor is a pause", async (t) => {
    const watched = await watching(t, orders(office), openingMs);
    await watched.send({ id: "1" });
    await watched.pass(30 * minuteMs);
    await watched.restart(3 * hourMs);
    await watched.pass(29 * minuteMs);
    assert.deepEqual(await watched.open(), [], "half an hour before, half an hour after: that is an hour only now");
    await watched.pass(3 * minuteMs);
    const [alert] = await watched.open("silent");
    assert.match(alert?.message ?? "", /We were down or paused from 2026-11-26 00:30 UTC to 2026-11-26 03:30 UTC/);
    await watched.send({ id: "2" });
    await watched.pass(5 * minuteMs);
    await watched.ledger.post({
      post: "pause",
      kind: "integration",
      name: "orders",
      atMs: watched.nowMs,
      actor: "ann",
      why: undefined,
    });
    await watched.pass(3 * hourMs, minuteMs);
    assert.deepEqual(await watched.open(), []);
  });

  it("a clock that jumps ahead or back makes no silence, and the next one is told all the same", async (t) => {
    for (const jumpMs of [5 * hourMs, -5 * hourMs]) {
      const watched = await watching(t, orders({ volume: { atLeast: 1, per: "1h" } }), openingMs);
      await watched.send({ id: "1" });
      await watched.pass(30 * minuteMs);
      watched.jumpedMs = jumpMs;
      await watched.pass(20 * minuteMs);
      assert.deepEqual(await watched.open(), []);
      await watched.pass(90 * minuteMs, minuteMs);
      assert.equal((await watched.open("silent")).length, 1, `after a jump of ${jumpMs}`);
    }
  });

  it("too many are told too", async (t) => {
    const watched = await watching(t, orders({ volume: { atMost: 10, per: "1h" } }), openingMs);
    for (let at = 0; at < 11; at++) await watched.send({ id: String(at) });
    await watched.pass(minuteMs);
    const [alert] = await watched.open();
    assert.deepEqual([alert?.rule, alert?.count], ["volume", 11]);
    assert.match(alert?.message ?? "", /orders: 11 new records came within 1h, and at most 10 is declared/);
  });
});

describe("what is learnt", () => {
  const fromMs = Date.UTC(2026, 9, 1);
  const nowMs = Date.UTC(2026, 10, 3, 10, 0);

  /** A feed of office hours that was watched for weeks, as another process kept it. */
  function learnt() {
    const seed = 7;
    const simulated = new Simulated();
    const kind = (random: ReturnType<typeof seededRandom>, weekday: number): number[] => {
      const found: number[] = [];
      for (let at = 480; at < 1_080 && weekday < 5; at += exponential(random, 3)) found.push(at);
      return found;
    };
    const all = moments(kind, "UTC", { seed, fromMs, days: 34, holidays: [] });
    watchAll(
      simulated,
      all.filter((ms) => ms <= nowMs),
      fromMs,
      nowMs,
    );
    return feedText({ feed: simulated.feed, counted: 0 });
  }

  const prepare: Parameters<typeof Watched.on>[2] = async (ledger) => {
    await ledger.keepLearnt([
      { kind: "volume", integration: "orders", tenant: "", source: "", keptAtMs: nowMs, state: learnt() },
    ]);
  };

  it("a feed that stops in the middle of its day is silent within three of its usual gaps, and is well again with a record", async (t) => {
    const watched = await watching(t, orders(), nowMs, prepare);
    for (let at = 0; at < 20; at++) {
      await watched.send({ id: String(at) });
      await watched.pass(3 * minuteMs, minuteMs);
    }
    assert.deepEqual(await watched.open(), []);
    await watched.pass(45 * minuteMs, minuteMs);
    const [alert] = await watched.open();
    assert.deepEqual([alert?.rule, alert?.severity], ["silent", "critical"]);
    assert.match(
      alert?.message ?? "",
      /nothing new has come for \d+m.* usually quiet for \d+m.*The last one came at 2026-11-03 10:5\d UTC/,
    );
    await watched.send({ id: "again" });
    await watched.pass(3 * minuteMs);
    assert.deepEqual(await watched.open(), []);
  });

  it("a flood is told, and `volume: false` says nothing of either", async (t) => {
    for (const found of [orders(), orders({ volume: false })]) {
      const watched = await watching(t, found, nowMs, prepare);
      for (let at = 0; at < 200; at++) await watched.send({ id: String(at) });
      await watched.pass(minuteMs);
      const flood = await watched.open("volume");
      assert.equal(flood.length, found.definition.volumeWatched ? 1 : 0);
      if (flood[0] !== undefined)
        assert.match(
          flood[0].message,
          /orders: 200 new records came within an hour; at this hour of the week it has been \d+ at most/,
        );
      await watched.pass(4 * hourMs, minuteMs);
      assert.equal((await watched.open("silent")).length, found.definition.volumeWatched ? 1 : 0);
    }
  });

  it("survives restarts every half hour: what is learnt is kept, and a silence is told for all of them", async (t) => {
    const watched = await watching(t, orders(), nowMs, prepare);
    for (let at = 0; at < 20; at++) {
      await watched.send({ id: String(at) });
      await watched.pass(3 * minuteMs, minuteMs);
    }
    for (let restart = 0; restart < 3; restart++) {
      await watched.restart(10_000);
      await watched.pass(15 * minuteMs, minuteMs);
    }
    assert.equal((await watched.open("silent")).length, 1);
    const kept = await watched.ledger.learnt("orders");
    assert.deepEqual(kept.map(({ kind }) => kind).sort(), ["shape", "volume", "watch"]);
    assert.ok(kept.reduce((sum, { state }) => sum + state.length, 0) < 20_000);
  });
});

describe("drift", () => {
  it("the vendor that renamed a field raises one alert that names both, with records that show it", async (t) => {
    const watched = await watching(t, orders(), openingMs);
    for (let at = 0; at < 150; at++)
      await watched.send({ id: `A${at}`, customer: { email: `p${at}@example.org` }, total: at });
    await watched.pass(minuteMs);
    assert.deepEqual(await watched.open(), []);
    const after: string[] = [];
    for (let at = 0; at < 50; at++)
      after.push(await watched.send({ id: `B${at}`, customer: { mail: `p${at}@example.org` }, total: at }));
    await watched.pass(minuteMs);
    const [alert, ...others] = await watched.open();
    assert.deepEqual(others, []);
    assert.deepEqual(
      [alert?.rule, alert?.severity, alert?.about, alert?.count],
      ["drift", "warning", "push:orders", 2],
    );
    assert.match(
      alert?.message ?? "",
      /"customer\.email" is missing \(in 100 % before, in 0 of 16 now, perhaps it is called "customer\.mail" now\)/,
    );
    assert.match(alert?.message ?? "", /"customer\.mail" is new \(text, in 16 of 16\)/);
    assert.doesNotMatch(alert?.message ?? "", /example\.org/);
    assert.ok((alert?.samples.length ?? 0) > 0 && alert?.samples.every((record) => after.includes(record)));
    assert.equal(alert?.next, `npx waybill show ${alert?.samples[0]}`);
    await watched.restart(10_000);
    await watched.pass(minuteMs);
    assert.equal((await watched.open("drift"))[0]?.id, alert?.id, "a restart forgets none of it");
    for (let at = 0; at < 50; at++)
      await watched.send({ id: `C${at}`, customer: { email: `p${at}@example.org` }, total: at });
    await watched.pass(3 * minuteMs);
    assert.deepEqual(await watched.open(), []);
  });

  it("says nothing of what is ignored, or where it is switched off", async (t) => {
    for (const drift of [false, { ignore: ["customer"] }] as const) {
      const watched = await watching(t, orders({ drift }), openingMs);
      for (let at = 0; at < 150; at++) await watched.send({ id: `A${at}`, customer: { email: "x" } });
      for (let at = 0; at < 50; at++) await watched.send({ id: `B${at}`, customer: { mail: "x" } });
      await watched.pass(minuteMs);
      assert.deepEqual(await watched.open(), []);
    }
  });
});
