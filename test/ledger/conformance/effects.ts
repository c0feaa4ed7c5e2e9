import assert from "node:assert/strict";
import type { StoredEffect } from "../../../src/ledger/ledger.ts";
import { effectOf, put } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const states = (effects: readonly StoredEffect[]): [string, string][] =>
  effects.map(({ name, state }) => [name, state]);

export function effects(say: Say): void {
  say("keeps an intent and shows it to the next run", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    const effect = effectOf(claimed, "invoice", {
      how: "atMostOnce",
      why: "in flight",
      answer: "{}",
      doneAtMs: 7,
      attempts: 2,
      uncompared: true,
    });
    const result = await desk.write(claimed, { intents: [{ entity: undefined, mode: "fresh", effect }] });
    assert.deepEqual(result, { kind: "written", existing: [undefined], settledAs: undefined });
    await desk.settle(claimed, "waiting");
    const again = await desk.claimOne();
    assert.deepEqual(again.effects, [effect]);
  });

  say("answers a fresh intent with the effect that is there, and changes nothing", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    const first = effectOf(claimed, "invoice");
    await desk.write(claimed, { intents: [{ entity: undefined, mode: "fresh", effect: first }] });
    const result = await desk.intend(claimed, "invoice", { request: "another", generation: 2 });
    assert.deepEqual(result.kind === "written" && result.existing, [first]);
    assert.deepEqual((await desk.whole(claimed.record)).effects, [first]);
  });

  say("replaces a stored effect when it is made again, with its request", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.intend(claimed, "invoice");
    const next = effectOf(claimed, "invoice", {
      generation: 2,
      request: '{"v":2}',
      release: "release-2",
      idempotencyKey: "k2",
    });
    await desk.write(claimed, { intents: [{ entity: undefined, mode: "again", effect: next }] });
    assert.deepEqual((await desk.whole(claimed.record)).effects, [next]);
  });

  say("writes intents, results, timeline and settlement of one run together", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.intend(claimed, "invoice");
    const done = effectOf(claimed, "invoice", {
      state: "done",
      result: '{"id":"inv_1"}',
      doneAtMs: desk.nowMs,
      attempts: 1,
    });
    const natural = effectOf(claimed, "details", {
      state: "done",
      how: "natural",
      result: "null",
      doneAtMs: desk.nowMs,
    });
    const entry = {
      atMs: desk.nowMs,
      what: "attempt-failed",
      actor: undefined,
      detail: '{"effect":"invoice"}',
    } as const;
    const result = await desk.write(claimed, {
      effects: [put(done), put(natural)],
      timeline: [entry],
      settlement: desk.settlement("delivered"),
    });
    assert.deepEqual(result, { kind: "written", existing: [], settledAs: { state: "delivered", cause: undefined } });
    const whole = await desk.whole(claimed.record);
    assert.deepEqual(whole.effects, [done, natural]);
    assert.deepEqual(whole.timeline, [entry]);
    assert.deepEqual([whole.state, whole.settledAtMs, whole.attempts], ["delivered", desk.nowMs, 1]);
  });

  say("writes nothing of a run that no longer holds its record", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.deliver(claimed);
    const late = await desk.write(claimed, {
      effects: [put(effectOf(claimed, "invoice"))],
      timeline: [{ atMs: 1, what: "attempt-failed", actor: undefined, detail: undefined }],
    });
    assert.equal(late.kind, "revoked");
    const whole = await desk.whole(claimed.record);
    assert.deepEqual([whole.effects, whole.timeline], [[], []]);
  });

  say("drops a stored effect that was certainly not applied", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.intend(claimed, "invoice");
    await desk.intend(claimed, "receipt");
    await desk.write(claimed, { effects: [{ entity: undefined, name: "invoice", effect: undefined }] });
    assert.deepEqual(states((await desk.whole(claimed.record)).effects), [["receipt", "intended"]]);
    const again = await desk.intend(claimed, "invoice");
    assert.deepEqual(again.kind === "written" && again.existing, [undefined]);
  });

  say("finds the effects of a record that was put back after it had begun", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.intend(claimed, "invoice");
    await desk.ledger.unclaim([claimed]);
    assert.deepEqual(states((await desk.claimOne()).effects), [["invoice", "intended"]]);
  });

  say("gives an entity's effects to every record of it, and keeps who made them", async (desk) => {
    await desk.take([
      { id: "A-1@1", entity: "A-1" },
      { id: "A-1@2", entity: "A-1" },
    ]);
    const first = await desk.claimOne();
    const entity = { entity: first.entity, entityHash: first.entityHash as Uint8Array };
    const effect = effectOf(first, "invoice", { per: "entity" });
    await desk.write(first, { intents: [{ entity, mode: "fresh", effect }] });
    const done: StoredEffect = { ...effect, state: "done", result: '{"id":"inv_1"}' };
    await desk.write(first, {
      effects: [{ entity, name: "invoice", effect: done }],
      settlement: desk.settlement("delivered"),
    });

    const second = await desk.claimOne();
    assert.deepEqual(second.effects, []);
    assert.deepEqual(await desk.ledger.entityEffects("orders", "", second.entityHash as Uint8Array), [done]);
    const again = await desk.write(second, {
      intents: [{ entity, mode: "fresh", effect: effectOf(second, "invoice", { per: "entity" }) }],
    });
    assert.deepEqual(again.kind === "written" && again.existing, [done]);
    assert.deepEqual((await desk.whole(second.record)).effects, [done]);
    assert.deepEqual(await desk.ledger.entityEffects("orders", "", new Uint8Array(16)), []);
  });

  say("keeps one entity's effects from another's, and from a record's of the same name", async (desk) => {
    await desk.take([{ id: "A" }, { id: "B" }]);
    const [one, other] = await desk.claim();
    assert.ok(one !== undefined && other !== undefined);
    const entity = { entity: one.entity, entityHash: one.entityHash as Uint8Array };
    await desk.write(one, {
      intents: [{ entity, mode: "fresh", effect: effectOf(one, "invoice", { per: "entity" }) }],
    });
    await desk.intend(one, "invoice");
    const result = await desk.write(other, {
      intents: [
        {
          entity: { entity: "B", entityHash: other.entityHash as Uint8Array },
          mode: "fresh",
          effect: effectOf(other, "invoice", { per: "entity" }),
        },
      ],
    });
    assert.deepEqual(result.kind === "written" && result.existing, [undefined]);
    assert.equal((await desk.whole(one.record)).effects.length, 2);
  });

  say("keeps what a changed contract makes of a record, and its identity as it was", async (desk) => {
    await desk.one({ id: "A-1", raw: '{"id":"A-1"}' });
    const claimed = await desk.claimOne();
    await desk.write(claimed, { reread: { contract: "contract-2", content: '{"id":"A-1","currency":"EUR"}' } });
    await desk.settle(claimed, "waiting");
    const again = await desk.claimOne();
    assert.deepEqual(
      [again.contract, again.content, again.contentIsRaw, again.id],
      ["contract-2", '{"id":"A-1","currency":"EUR"}', false, "A-1"],
    );
    await desk.write(again, {
      reread: { contract: "contract-3", content: undefined },
      settlement: desk.settlement("waiting"),
    });
    const third = await desk.claimOne();
    assert.deepEqual([third.contract, third.content, third.contentIsRaw], ["contract-3", '{"id":"A-1"}', true]);
    assert.equal((await desk.one({ id: "A-1", raw: '{"id":"A-1"}' })).duplicate, true);
  });
}
