import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ledger, Refusal } from "../../src/ledger/ledger.ts";
import { WaybillError } from "../../src/model/errors.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import { healthOf } from "../../src/server/health.ts";
import { Refusals } from "../../src/server/refusals.ts";
import { virtualClock } from "../world/virtual-clock.ts";

function counting(fails: () => Error | undefined = () => undefined) {
  const clock = virtualClock();
  const written: Refusal[][] = [];
  const events: WaybillEvent[] = [];
  const refuse = async (refusals: readonly Refusal[]): Promise<void> => {
    const fault = fails();
    if (fault !== undefined) throw fault;
    written.push([...refusals]);
  };
  const refusals = new Refusals({ refuse } as Partial<Ledger> as Ledger, clock, (event) => events.push(event));
  const add = (reason = "bad-signature", sample: string | Uint8Array = "{}"): void =>
    refusals.add({ source: "webhook:/a", integrations: ["a"], reason, detail: "It does not fit.", sample });
  const counts = (): number[] => written.map((batch) => batch.reduce((sum, { count = 1 }) => sum + count, 0));
  return { clock, refusals, add, written, events, counts };
}

test("the first refusal is written at once, and a flood of them in a few commits that lose none", async () => {
  const { clock, add, counts, events } = counting();
  add();
  await clock.pass(0);
  assert.deepEqual(counts(), [1]);
  for (let at = 0; at < 1_000; at++) {
    add(at % 2 === 0 ? "bad-signature" : "too-old");
    await clock.pass(1);
  }
  await clock.pass(1_000);
  assert.equal(
    counts().reduce((sum, count) => sum + count, 0),
    1_001,
  );
  assert.ok(counts().length <= 6, `${counts().length} commits`);
  assert.ok(events.length <= 12, `${events.length} events`);
  assert.equal(
    events.reduce((sum, event) => sum + (event.event === "intake.refused" ? event.count : 0), 0),
    1_001,
  );
});

test("nothing is set to run once there is nothing left to write", async () => {
  const { clock, add } = counting();
  add();
  await clock.pass(1_000);
  assert.equal(clock.timers(), 0);
});

test("a ledger that fails gets them later, and they are told of once", async () => {
  let failing = true;
  const { clock, add, counts, events } = counting(() =>
    failing ? new WaybillError("ledger-full", "full") : undefined,
  );
  add();
  add();
  await clock.pass(600);
  add();
  assert.deepEqual(counts(), []);
  failing = false;
  await clock.pass(300);
  assert.deepEqual(counts(), [3]);
  assert.deepEqual(
    events.map((event) => event.event === "intake.refused" && event.count),
    [2, 1],
  );
});

test("a ledger that is closed is not asked for ever", async () => {
  const { clock, add } = counting(() => new WaybillError("ledger-closed", "closed"));
  add();
  await clock.pass(2_000);
  assert.equal(clock.timers(), 0);
});

test("what is kept of a refusal is short, and fit to be shown", async () => {
  const { clock, add, written } = counting();
  add("unreadable", Buffer.concat([Buffer.from("a\0\u001b[31m\u202eé\xff"), Buffer.alloc(1_000_000, 0x78)]));
  await clock.pass(0);
  const sample = written[0]?.[0]?.sample ?? "";
  assert.ok(sample.startsWith("a··[31m·é"), sample.slice(0, 20));
  assert.ok(sample.length <= 2_000);
});

test("health is asked of the ledger once in a while, and a ledger that hangs makes nobody wait", async () => {
  const clock = virtualClock();
  const answers = [
    () => Promise.resolve(),
    () => Promise.reject(new Error("full")),
    () => new Promise<void>(() => undefined),
  ];
  let asked = 0;
  const health = healthOf(
    { probe: () => (answers[asked++] as () => Promise<void>)() } as Partial<Ledger> as Ledger,
    clock,
  );
  const now = async (): Promise<string> => {
    const answer = health();
    await clock.pass(1_000);
    return answer;
  };
  assert.deepEqual([await now(), await now()], ["ok", "ok"]);
  assert.equal(asked, 1);
  await clock.pass(5_000);
  assert.equal(await now(), "failing");
  await clock.pass(5_000);
  assert.equal(await now(), "slow");
});
