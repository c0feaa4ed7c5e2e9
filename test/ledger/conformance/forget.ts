import assert from "node:assert/strict";
import type { Claimed, Forgotten } from "../../../src/ledger/ledger.ts";
import { type Desk, effectOf, put } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const ask = (
  desk: Desk,
  records: readonly string[],
  more: { anyway?: boolean; dryRun?: boolean } = {},
): Promise<Forgotten> =>
  desk.ledger.forget({
    records,
    entity: "ada@example.org",
    atMs: desk.nowMs,
    actor: "kim",
    why: "asked to",
    anyway: false,
    dryRun: false,
    ...more,
  });

async function delivered(desk: Desk, id: string): Promise<Claimed> {
  await desk.take([{ id, entity: "ada@example.org", raw: `{"id":"${id}","mail":"ada@example.org"}` }]);
  const [claimed] = await desk.claim();
  assert.ok(claimed !== undefined);
  await desk.intend(claimed, "invoice");
  const done = effectOf(claimed, "invoice", { state: "done", result: '"ada@example.org"', answer: "ada@example.org" });
  await desk.write(claimed, { effects: [put(done)], settlement: desk.settlement("delivered") });
  return claimed;
}

export function forget(say: Say): void {
  say("forgets what a record holds, keeps the books, and takes it no second time", async (desk) => {
    const claimed = await delivered(desk, "A-1");
    await desk.ledger.refuse([
      {
        source: "shop",
        integrations: ["orders"],
        tenant: "",
        reason: "bad signature",
        atMs: desk.nowMs,
        sample: "ada@example.org",
      },
    ]);
    const would = await ask(desk, [claimed.record], { dryRun: true });
    assert.deepEqual(would, {
      records: 1,
      payloads: 1,
      effects: 1,
      calls: 0,
      samples: 1,
      outbox: 0,
      notFinal: [],
      inDoubt: [],
    });
    assert.notEqual((await desk.whole(claimed.record)).raw, undefined, "a dry run changes nothing");
    assert.deepEqual(await ask(desk, [claimed.record]), would);
    const whole = await desk.whole(claimed.record);
    assert.ok(!JSON.stringify(whole).includes("ada"), JSON.stringify(whole));
    assert.deepEqual([whole.raw, whole.state, whole.effects[0]?.state], [undefined, "delivered", "done"]);
    assert.deepEqual(whole.timeline.at(-1)?.what, "forgotten");
    assert.equal((await desk.ledger.refusals(undefined))[0]?.sample, "");
    await desk.books({ received: 1, delivered: 1, refused: 1 });
    const again = await desk.one({
      id: "A-1",
      entity: "ada@example.org",
      raw: '{"id":"A-1","mail":"ada@example.org"}',
    });
    assert.deepEqual([again.duplicate, again.record], [true, claimed.record]);
  });

  say("forgets nothing while a record is not final, and names it", async (desk) => {
    const claimed = await delivered(desk, "A-1");
    await desk.take([{ id: "A-2", entity: "ada@example.org" }]);
    const [second] = await desk.claim();
    assert.ok(second !== undefined);
    const records = [claimed.record, second.record];
    assert.deepEqual((await ask(desk, records)).notFinal, [second.record]);
    assert.notEqual((await desk.whole(claimed.record)).raw, undefined);
    await desk.settle(second, "filtered");
    assert.equal((await ask(desk, records)).records, 2);
    assert.equal((await desk.whole(claimed.record)).raw, undefined);
  });

  say("forgets nothing of what is in doubt, unless it is told to", async (desk) => {
    await desk.take([{ id: "A-1", entity: "ada@example.org" }]);
    const [claimed] = await desk.claim();
    assert.ok(claimed !== undefined);
    await desk.intend(claimed, "invoice");
    const doubt = effectOf(claimed, "invoice", { state: "doubt" });
    await desk.write(claimed, { effects: [put(doubt)], settlement: desk.settlement("discarded") });
    assert.deepEqual((await ask(desk, [claimed.record])).inDoubt, [claimed.record]);
    assert.notEqual((await desk.whole(claimed.record)).raw, undefined);
    await ask(desk, [claimed.record], { anyway: true });
    assert.equal((await desk.whole(claimed.record)).raw, undefined);
  });
}
