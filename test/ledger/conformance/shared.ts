import assert from "node:assert/strict";
import type { Claimed, RunWrite, SharedCall } from "../../../src/ledger/ledger.ts";
import { type Desk, effectOf, startMs } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const callOf = (claimed: readonly Claimed[], parts: Partial<SharedCall> = {}): SharedCall => ({
  key: "call-1",
  request: '{"parts":["a","b"]}',
  state: "doubt",
  how: "byKey",
  result: undefined,
  answer: undefined,
  why: undefined,
  firstSentMs: startMs,
  lastSentMs: startMs + 5,
  records: claimed.map(({ record }) => record),
  ...parts,
});

const intentOf = (claimed: Claimed): RunWrite => ({
  record: claimed.record,
  holder: claimed.holder,
  keyHash: claimed.keyHash,
  integration: claimed.integration,
  tenant: claimed.tenant,
  intents: [{ entity: undefined, mode: "again", effect: effectOf(claimed, "invoice") }],
  effects: [],
  timeline: [],
  beginEntity: undefined,
  reread: undefined,
  settlement: undefined,
});

async function twoInHand(desk: Desk): Promise<readonly [Claimed, Claimed]> {
  await desk.take([{ id: "A-1" }, { id: "B-1" }]);
  const claimed = await desk.claim();
  assert.equal(claimed.length, 2);
  return claimed as [Claimed, Claimed];
}

export function shared(say: Say): void {
  say("writes a call together with the intents of all records that it carries", async (desk) => {
    const two = await twoInHand(desk);
    const call = callOf(two);
    const result = await desk.ledger.writeShared({ call, runs: two.map(intentOf), of: "all", settled: false });
    assert.deepEqual(result, { revoked: [] });
    assert.deepEqual(await desk.ledger.sharedCall("call-1"), call);
    for (const { record } of two) assert.equal((await desk.whole(record)).effects[0]?.state, "intended");
  });

  say("writes nothing of a call when one of its records is not in this worker's hands", async (desk) => {
    const two = await twoInHand(desk);
    await desk.deliver(two[1]);
    const shared = { call: callOf(two), runs: two.map(intentOf), settled: false } as const;
    const result = await desk.ledger.writeShared({ ...shared, of: "all" });
    assert.deepEqual(result, { revoked: [two[1].record] });
    assert.equal(await desk.ledger.sharedCall("call-1"), undefined);
    assert.deepEqual((await desk.whole(two[0].record)).effects, []);
  });

  say("keeps a call that is settled until each of its records has written its part", async (desk) => {
    const two = await twoInHand(desk);
    await desk.ledger.writeShared({ call: callOf(two), runs: two.map(intentOf), of: "all", settled: false });
    await desk.settle(two[1], "waiting");
    const done = callOf(two, { state: "done", result: '{"made":[]}' });
    const all = { call: done, runs: two.map(intentOf), of: "each", settled: true } as const;
    assert.deepEqual(await desk.ledger.writeShared(all), { revoked: [two[1].record] });
    assert.deepEqual(await desk.ledger.sharedCall("call-1"), done);
    const one = { ...all, runs: [intentOf(two[0])] };
    assert.deepEqual(await desk.ledger.writeShared(one), { revoked: [] });
    assert.equal(await desk.ledger.sharedCall("call-1"), undefined, "nobody needs it any more");
  });

  say("prunes calls of which every record is final, and no other", async (desk) => {
    const two = await twoInHand(desk);
    await desk.ledger.writeShared({ call: callOf(two), runs: [], of: "each", settled: false });
    await desk.deliver(two[0]);
    const later = startMs + 1_000_000;
    const step = { payloadsBeforeMs: later, historyBeforeMs: later, marksBeforeMs: undefined, limit: 100 };
    await desk.ledger.prune(step);
    assert.notEqual(await desk.ledger.sharedCall("call-1"), undefined);
    await desk.settle(two[1], "delivered");
    await desk.ledger.prune(step);
    assert.equal(await desk.ledger.sharedCall("call-1"), undefined);
  });
}
