import assert from "node:assert/strict";
import { effectOf, put, readingOf } from "./arrange.ts";
import type { Say } from "./conformance.ts";

export function persons(say: Say): void {
  say("lets a person move a record, and says so in its timeline", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.settle(claimed, "dead", { reason: "422: no such customer" });
    const before = await desk.whole(claimed.record);
    assert.deepEqual([before.state, before.cause, before.reason], ["dead", "permanent", "422: no such customer"]);
    const entry = { atMs: desk.nowMs, what: "replayed", actor: "ann", detail: '{"why":"customer made"}' } as const;
    assert.deepEqual(await desk.move(claimed.record, "waiting", { timeline: [entry] }), {
      kind: "moved",
      state: "waiting",
      cause: undefined,
      duplicateOf: undefined,
    });
    const after = await desk.whole(claimed.record);
    assert.deepEqual(
      [after.state, after.cause, after.reason, after.settledAtMs],
      ["waiting", undefined, undefined, undefined],
    );
    assert.ok(after.revision > before.revision);
    assert.deepEqual(after.timeline, [entry]);
    const again = await desk.claimOne();
    assert.deepEqual([again.attempts, again.spentMs], [0, 0], "the give-up clock starts anew");
  });

  say("refuses a move of what has changed since the person looked", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.settle(claimed, "dead");
    const seen = await desk.whole(claimed.record);
    await desk.move(claimed.record, "discarded");
    const late = await desk.move(claimed.record, "waiting", { revision: seen.revision });
    assert.deepEqual(late, { kind: "changed", state: "discarded", delivering: false });
    assert.equal((await desk.whole(claimed.record)).timeline.length, 1, "nothing is written");
  });

  say("refuses a move of a record that is being delivered", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    assert.deepEqual(await desk.move(claimed.record, "dead"), {
      kind: "changed",
      state: "delivering",
      delivering: true,
    });
    await desk.deliver(claimed);
  });

  say("refuses a move that no state has, and knows no record of another name", async (desk) => {
    const { record } = await desk.one({ id: "A-1" });
    await assert.rejects(desk.move(record, "delivered", { cause: undefined }), { code: "refused-move" });
    const move = {
      record: "nonsense",
      revision: 1,
      to: "dead",
      cause: "ended",
      reason: undefined,
      atMs: 1,
      timeline: [],
      effects: [],
    } as const;
    const rest = {
      identity: undefined,
      strict: false,
      uncompared: false,
      freeEntity: false,
      overtaken: false,
      salt: undefined,
    };
    assert.deepEqual(await desk.ledger.move({ ...move, ...rest }), { kind: "unknown" });
    assert.equal(await desk.ledger.record("nonsense"), undefined);
  });

  say("takes a waiting record out of its queue when a person ends it", async (desk) => {
    await desk.take([
      { id: "A-1", key: "a" },
      { id: "A-2", key: "a" },
      { id: "A-3", key: "a" },
    ]);
    const first = await desk.claimOne();
    await desk.settle(first, "waiting", { nextAtMs: desk.nowMs + 60_000 });
    assert.equal((await desk.move(first.record, "dead", { cause: "ended" })).kind, "moved");
    const second = await desk.claimOne();
    assert.equal(second.id, "A-2");
    const [third] = (await desk.ledger.find({ id: "A-3", limit: 1 })).rows;
    await desk.move(third?.record ?? "", "discarded");
    await desk.deliver(second);
    assert.equal((await desk.claim()).length, 0);
    assert.equal(await desk.ledger.unsettled(undefined), 0);
    await desk.books({ received: 3, dead: 1, discarded: 1, delivered: 1 });
  });

  say("ends a record that nobody has claimed yet", async (desk) => {
    const [first] = await desk.take([
      { id: "A-1", key: "a" },
      { id: "A-2", key: "a" },
    ]);
    await desk.move(first?.record ?? "", "discarded");
    assert.equal((await desk.claimOne()).id, "A-2");
    assert.equal(await desk.ledger.unsettled(undefined), 1);
  });

  say("names the newer records of its key before it lets an older one go after them", async (desk) => {
    await desk.take([{ id: "A-1", key: "a" }, { id: "A-2", key: "a" }, { id: "B-1" }]);
    const [old, other] = await desk.claim();
    assert.ok(old !== undefined && other !== undefined);
    await desk.deliver(other);
    await desk.settle(old, "dead");
    assert.equal((await desk.move(old.record, "waiting")).kind, "moved", "nothing newer has been delivered");
    await desk.settle(await desk.claimOne(), "dead");

    const newer = await desk.claimOne();
    assert.deepEqual(
      await desk.move(old.record, "waiting"),
      { kind: "overtaken", by: [newer.record] },
      "it is being delivered",
    );
    await desk.deliver(newer);
    const before = await desk.whole(old.record);
    assert.deepEqual(await desk.move(old.record, "waiting"), { kind: "overtaken", by: [newer.record] });
    assert.deepEqual(await desk.whole(old.record), before, "nothing is written");
    assert.equal((await desk.move(old.record, "waiting", { overtaken: true })).kind, "moved");
    assert.equal((await desk.claimOne()).id, "A-1");
  });

  say("names newer records for what was filtered, discarded or delivered, too", async (desk) => {
    const filtered = await desk.one({ id: "A-1", key: "a", state: "filtered", cause: "not-accepted" });
    await desk.one({ id: "A-2", key: "a" });
    const newer = await desk.claimOne();
    await desk.deliver(newer);
    assert.deepEqual(await desk.move(filtered.record, "waiting"), { kind: "overtaken", by: [newer.record] });
    assert.equal((await desk.move(newer.record, "waiting")).kind, "moved", "nothing is newer than this one");
  });

  say("gives a released record its identity", async (desk) => {
    const broken = await desk.one({ id: undefined, raw: '{"id":"A-1"}' });
    const reading = readingOf({
      id: "A-1",
      key: "a",
      raw: '{"id":"A-1"}',
      contract: "contract-2",
      content: '{"id":"A-1","total":"0"}',
    });
    const moved = await desk.move(broken.record, "waiting", { identity: reading });
    assert.deepEqual(moved, { kind: "moved", state: "waiting", cause: undefined, duplicateOf: undefined });
    const claimed = await desk.claimOne();
    assert.deepEqual(
      [claimed.id, claimed.key, claimed.content, claimed.contract],
      ["A-1", "a", '{"id":"A-1","total":"0"}', "contract-2"],
    );
    assert.equal((await desk.one({ id: "A-1", raw: '{"id":"A-1"}' })).record, broken.record);
  });

  say("ends a released record whose id is known: as a duplicate, or as a conflict", async (desk) => {
    const first = await desk.one({ id: "A-1", raw: "good" });
    const [same, other] = await desk.take([
      { id: undefined, raw: "x" },
      { id: undefined, raw: "y" },
    ]);
    const asSame = await desk.move(same?.record ?? "", "waiting", {
      identity: readingOf({ id: "A-1", raw: "x", fingerprint: "good" }),
    });
    assert.deepEqual(asSame, { kind: "moved", state: "discarded", cause: "duplicate", duplicateOf: first.record });
    assert.match((await desk.whole(same?.record ?? "")).reason ?? "", new RegExp(first.record));
    const asOther = await desk.move(other?.record ?? "", "waiting", { identity: readingOf({ id: "A-1", raw: "y" }) });
    assert.deepEqual([asOther.kind, asOther.kind === "moved" && asOther.state], ["moved", "quarantined"]);
    assert.equal((await desk.whole(other?.record ?? "")).cause, "conflict");
    await desk.books({ received: 3, waiting: 1, discarded: 1, quarantined: 1 });
  });

  say("releases a conflict under keys of its own", async (desk) => {
    await desk.one({ id: "A-1", raw: "1" });
    await desk.deliver(await desk.claimOne());
    const conflict = await desk.one({ id: "A-1", raw: "2" });
    const moved = await desk.move(conflict.record, "waiting", { salt: "content of 2" });
    assert.equal(moved.kind === "moved" && moved.state, "waiting");
    const claimed = await desk.claimOne();
    assert.deepEqual(
      [claimed.record, claimed.salt, claimed.id, claimed.content],
      [conflict.record, "content of 2", "A-1", "2"],
    );
    await desk.settle(claimed, "dead");
    await desk.move(claimed.record, "waiting");
    assert.equal((await desk.claimOne()).salt, "content of 2", "for good");
  });

  say("takes edited content in place of what came, and knows what came all the same", async (desk) => {
    await desk.one({ id: "A-1", raw: '{"total":"x"}' });
    const claimed = await desk.claimOne();
    await desk.settle(claimed, "dead");
    const edited = { ...readingOf({ id: "A-1", raw: '{"total":"1"}', content: '{"total":1}' }), raw: '{"total":"1"}' };
    assert.equal((await desk.move(claimed.record, "waiting", { identity: edited })).kind, "moved");
    const again = await desk.claimOne();
    assert.deepEqual([again.record, again.content], [claimed.record, '{"total":1}']);
    assert.equal(Buffer.from((await desk.whole(again.record)).raw ?? []).toString(), '{"total":"1"}');
    assert.equal((await desk.one({ id: "A-1", raw: '{"total":"x"}' })).duplicate, true);
  });

  say("resolves an effect with the move of its record", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    const doubt = effectOf(claimed, "invoice", { state: "doubt", why: "timeout" });
    await desk.write(claimed, { effects: [put(doubt)], settlement: desk.settlement("held") });
    const done = { ...doubt, state: "done", result: '{"id":"inv_7"}', why: undefined } as const;
    await desk.move(claimed.record, "waiting", { effects: [put(done)], uncompared: true });
    const again = await desk.claimOne();
    assert.deepEqual([again.effects, again.uncompared], [[done], true]);
    assert.equal(await desk.settle(again, "waiting"), "waiting");
    const third = await desk.claimOne();
    assert.equal(third.uncompared, true, "it has not settled since");
    await desk.deliver(third);
    await desk.move(third.record, "waiting");
    assert.equal((await desk.claimOne()).uncompared, false);
  });

  say("keeps a record held when one of several effects is resolved", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.write(claimed, {
      effects: [put(effectOf(claimed, "a", { state: "doubt" })), put(effectOf(claimed, "b", { state: "doubt" }))],
      settlement: desk.settlement("held"),
    });
    const moved = await desk.move(claimed.record, "held", {
      cause: "in-doubt",
      effects: [{ entity: undefined, name: "a", effect: undefined }],
    });
    assert.deepEqual(moved, { kind: "moved", state: "held", cause: "in-doubt", duplicateOf: undefined });
    assert.deepEqual(
      (await desk.whole(claimed.record)).effects.map(({ name }) => name),
      ["b"],
    );
  });

  say("refuses to let a record go whose payload is pruned, unless somebody brings another", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.deliver(claimed);
    desk.nowMs += 1_000;
    await desk.ledger.prune({ payloadsBeforeMs: desk.nowMs, historyBeforeMs: 0, marksBeforeMs: undefined, limit: 10 });
    assert.deepEqual(await desk.move(claimed.record, "waiting"), { kind: "pruned" });
    const identity = { ...readingOf({ id: "A-1" }), raw: '{"id":"A-1","again":true}' };
    assert.equal((await desk.move(claimed.record, "waiting", { identity })).kind, "moved");
    assert.equal((await desk.claimOne()).content, '{"id":"A-1","again":true}');
  });

  say("counts records again where persons put them", async (desk) => {
    await desk.one({ id: "A-1", state: "filtered", cause: "not-accepted" });
    const [filtered] = (await desk.ledger.find({ limit: 1 })).rows;
    await desk.move(filtered?.record ?? "", "waiting");
    await desk.books({ received: 1, filtered: 0, waiting: 1 });
    await desk.settle(await desk.claimOne(), "superseded");
    await desk.move(filtered?.record ?? "", "waiting");
    await desk.books({ received: 1, superseded: 0, waiting: 1 });
  });
}
