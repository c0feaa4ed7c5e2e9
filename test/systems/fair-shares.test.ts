import assert from "node:assert/strict";
import { test } from "node:test";
import { Deferred } from "../../src/systems/port.ts";
import { done, type Entrance, entered, entrance } from "./entrance.ts";

const from = (name: string, backfill = false) => ({ name, backfill });

/** A record that comes as often as it has to until it is let in, and says when that was. */
async function comes(there: Entrance, record: string, of: ReturnType<typeof from>, let_in: string[]): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    const given = await there.enter(record, { from: of });
    if (!(given instanceof Deferred)) {
      let_in.push(record);
      given.release(done);
      return;
    }
    await new Promise<void>((later) => there.clock.after(Math.max(1, given.untilMs - there.clock.now()), later));
  }
  throw new Error(`${record} never gets in`);
}

for (const [count, perMs] of [
  [50, 1_000],
  [1, 10_000],
] as const) {
  test(`with a thousand records of one integration waiting for ${count} per ${perMs} ms, another's single record goes within two turns`, async () => {
    const there = entrance({ limits: [{ kind: "rate", count, perMs }] });
    const letIn: string[] = [];
    for (let index = 0; index < 1_000; index++) void comes(there, `a-${index}`, from("orders"), letIn);
    await there.clock.pass(5.5 * perMs);
    const before = letIn.length;
    assert.ok(before >= 4 * count, `${before} were let in`);
    void comes(there, "b", from("contacts"), letIn);
    await there.clock.pass(4 * perMs + 1_000);
    const place = letIn.indexOf("b");
    assert.ok(place >= 0, "it never goes");
    assert.ok(place <= before + 2, `${place - before} of the others went before it`);
  });
}

test("a day's budget that is nearly whole holds nobody back: the limit of the moment does", async () => {
  const rates = [
    [5, 1_000],
    [60, 60_000],
    [1_000, 86_400_000],
  ] as const;
  const there = entrance({ limits: rates.map(([count, perMs]) => ({ kind: "rate", count, perMs }) as const) });
  const letIn: string[] = [];
  for (let index = 0; index < 180; index++) void comes(there, `r-${index}`, from("orders"), letIn);
  await there.clock.pass(16_000);
  assert.ok(letIn.length >= 57, `${letIn.length} of the minute's 60 were let in`);
  await there.clock.pass(170_000);
  assert.equal(letIn.length, 180, "three minutes are enough for all");
});

test("two integrations that want more than there is get half each, and a third one a third", async () => {
  const there = entrance({ limits: [{ kind: "rate", count: 20, perMs: 1_000 }] });
  const letIn: string[] = [];
  for (let index = 0; index < 600; index++)
    for (const name of ["a", "b"]) void comes(there, `${name}-${index}`, from(name), letIn);
  await there.clock.pass(10_000);
  const share = (name: string): number => letIn.filter((record) => record.startsWith(name)).length / letIn.length;
  assert.ok(letIn.length > 150, `${letIn.length} were let in`);
  for (const name of ["a", "b"]) assert.ok(Math.abs(share(name) - 0.5) < 0.07, `${name} got ${share(name)}`);
  letIn.length = 0;
  for (let index = 0; index < 600; index++) void comes(there, `c-${index}`, from("c"), letIn);
  await there.clock.pass(10_000);
  for (const name of ["a", "b", "c"]) assert.ok(Math.abs(share(name) - 1 / 3) < 0.07, `${name} got ${share(name)}`);
});

test("what is live goes before what is caught up with, which is not starved", async () => {
  const there = entrance({ limits: [{ kind: "rate", count: 20, perMs: 1_000 }] });
  const letIn: string[] = [];
  for (let index = 0; index < 800; index++) {
    void comes(there, `old-${index}`, from("orders", true), letIn);
    void comes(there, `new-${index}`, from("orders"), letIn);
  }
  await there.clock.pass(20_000);
  const old = letIn.filter((record) => record.startsWith("old")).length;
  assert.ok(letIn.length > 300, `${letIn.length} were let in`);
  assert.ok(old / letIn.length < 0.15, `${old} of ${letIn.length} were old`);
  assert.ok(old > 5, `only ${old} of ${letIn.length} were old`);
});

test("alone it gets everything, whatever it is", async () => {
  const there = entrance({ limits: [{ kind: "concurrent", count: 2 }] });
  for (const record of ["a", "b"]) entered(await there.enter(record, { from: from("orders", true) })).release(done);
});
