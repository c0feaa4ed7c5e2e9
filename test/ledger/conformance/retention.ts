import assert from "node:assert/strict";
import type { Claimed, PruneResult } from "../../../src/ledger/ledger.ts";
import { arrivalOf, type Desk, effectOf, put } from "./arrange.ts";
import type { Say } from "./conformance.ts";

/** Prunes all there is, a few rows at a time. */
async function pruneAll(
  desk: Desk,
  what: { payloads?: number; history?: number; marks?: number },
): Promise<Omit<PruneResult, "more" | "calls">> {
  const total = { payloads: 0, records: 0, marks: 0 };
  for (let steps = 0; steps < 1_000; steps++) {
    const step = await desk.ledger.prune({
      payloadsBeforeMs: what.payloads ?? 0,
      historyBeforeMs: what.history ?? 0,
      marksBeforeMs: what.marks,
      limit: 3,
    });
    total.payloads += step.payloads;
    total.records += step.records;
    total.marks += step.marks;
    if (!step.more) return total;
  }
  throw new Error("pruning does not come to an end");
}

export function retention(say: Say): void {
  say("prunes the history of final records, and counts it", async (desk) => {
    const ids = Array.from({ length: 10 }, (_, at) => ({ id: `${at}` }));
    await desk.take(ids);
    const claimed = await desk.claim();
    for (const one of claimed.slice(0, 7)) await desk.deliver(one);
    await desk.settle(claimed[7] as Claimed, "dead");
    await desk.settle(claimed[8] as Claimed, "waiting");
    desk.nowMs += 1_000;
    await desk.one({ id: "young", state: "filtered", cause: "not-accepted" });
    assert.deepEqual(await pruneAll(desk, { history: desk.nowMs }), { payloads: 0, records: 7, marks: 0 });
    assert.equal(await desk.ledger.record((claimed[0] as Claimed).record), undefined);
    await desk.books({ received: 11, pruned: 7, dead: 1, waiting: 1, delivering: 1, filtered: 1, delivered: 0 });
    assert.deepEqual(await pruneAll(desk, { history: desk.nowMs }), { payloads: 0, records: 0, marks: 0 });
    const again = await desk.one({ id: "0" });
    assert.deepEqual(
      [again.duplicate, again.record],
      [true, (claimed[0] as Claimed).record],
      "marks outlive their records",
    );
    await desk.books({ received: 12, duplicate: 1, pruned: 7 });
  });

  say("prunes payloads and what was sent of final records, and keeps the rest of them", async (desk) => {
    await desk.take([{ id: "A-1", content: "{}" }, { id: "A-2" }]);
    const [first, second] = await desk.claim();
    assert.ok(first !== undefined && second !== undefined);
    await desk.intend(first, "invoice");
    const done = effectOf(first, "invoice", { state: "done", result: '"inv_1"', answer: "secret answer" });
    await desk.write(first, { effects: [put(done)], settlement: desk.settlement("delivered") });
    await desk.settle(second, "dead");
    desk.nowMs += 1_000;
    assert.deepEqual(await pruneAll(desk, { payloads: desk.nowMs }), { payloads: 1, records: 0, marks: 0 });
    const whole = await desk.whole(first.record);
    assert.deepEqual([whole.raw, whole.content, whole.id, whole.state], [undefined, undefined, "A-1", "delivered"]);
    assert.deepEqual(whole.effects, [{ ...done, request: "", answer: undefined }]);
    assert.notEqual((await desk.whole(second.record)).raw, undefined, "what waits for a person keeps everything");
  });

  say("prunes a payload that integrations share when all of them are done with it", async (desk) => {
    const orders = [{ id: "A-1" }, { id: "A-1", integration: "invoices" }];
    await desk.ledger.intake({ arrivals: [arrivalOf(orders, desk.nowMs)], cursor: undefined, claimUpTo: 0 });
    const [one, other] = await desk.claim();
    await desk.deliver(one as Claimed);
    desk.nowMs += 1_000;
    assert.equal((await pruneAll(desk, { payloads: desk.nowMs })).payloads, 0);
    assert.notEqual((await desk.whole((one as Claimed).record)).raw, undefined);
    await desk.deliver(other as Claimed);
    assert.equal((await pruneAll(desk, { payloads: desk.nowMs })).payloads, 1);
  });

  say("prunes payloads of records whose siblings' history is gone", async (desk) => {
    const orders = [{ id: "A-1" }, { id: "A-1", integration: "invoices" }];
    await desk.ledger.intake({ arrivals: [arrivalOf(orders, desk.nowMs)], cursor: undefined, claimUpTo: 0 });
    const [one, other] = await desk.claim();
    await desk.deliver(one as Claimed);
    desk.nowMs += 1_000;
    assert.equal((await pruneAll(desk, { history: desk.nowMs })).records, 1);
    assert.notEqual((await desk.whole((other as Claimed).record)).raw, undefined, "the other one still needs it");
    await desk.deliver(other as Claimed);
    await pruneAll(desk, { history: desk.nowMs });
    assert.equal((await pruneAll(desk, { payloads: desk.nowMs })).payloads, 1);
  });

  say("prunes marks only when asked, and never those of records that are there", async (desk) => {
    await desk.take([{ id: "A-1" }, { id: "A-2" }]);
    const [first] = await desk.claim();
    await desk.deliver(first as Claimed);
    desk.nowMs += 1_000;
    await pruneAll(desk, { history: desk.nowMs });
    assert.equal((await pruneAll(desk, { marks: desk.nowMs })).marks, 1);
    assert.equal((await desk.one({ id: "A-1" })).duplicate, false);
    assert.equal((await desk.one({ id: "A-2" })).duplicate, true);
  });

  say("keeps an entity's effects beyond the history", async (desk) => {
    await desk.one({ id: "E@1", entity: "E" });
    const claimed = await desk.claimOne();
    const entity = { entity: "E", entityHash: claimed.entityHash as Uint8Array };
    const done = effectOf(claimed, "invoice", { per: "entity", state: "done", result: '"inv_1"' });
    await desk.write(claimed, {
      effects: [{ entity, name: "invoice", effect: done }],
      settlement: desk.settlement("delivered"),
    });
    desk.nowMs += 1_000;
    await pruneAll(desk, { payloads: desk.nowMs, history: desk.nowMs, marks: desk.nowMs });
    assert.deepEqual(await desk.ledger.entityEffects("orders", "", entity.entityHash), [done]);
  });
}
