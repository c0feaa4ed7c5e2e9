import assert from "node:assert/strict";
import { readingOf } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const ann = { id: "C-1", unique: '"ann@example.com"' };
const other = { id: "C-2", unique: '"ann@example.com"' };

export function uniques(say: Say): void {
  say("quarantines the record of another entity that has the same value, and names the first", async (desk) => {
    const first = await desk.one(ann);
    const second = await desk.one(other);
    assert.deepEqual([first.state, second.state, second.duplicate], ["waiting", "quarantined", false]);
    const whole = await desk.whole(second.record);
    assert.deepEqual([whole.cause, whole.id], ["same-as", "C-2"]);
    assert.equal(whole.reason, `the entity "C-1" has the same value, since record ${first.record}: "ann@example.com"`);
    assert.equal(whole.issues?.[0]?.found, '"ann@example.com"');
    assert.equal((await desk.one(other)).duplicate, true, "the same again is a duplicate of what waits there");
    await desk.books({ received: 3, duplicate: 1, waiting: 1, quarantined: 1 });
  });

  say("finds the same value twice in one batch, and in two that come at once", async (desk) => {
    const [one, two] = await desk.take([ann, other]);
    assert.deepEqual([one?.state, two?.state], ["waiting", "quarantined"]);
    const taken = await Promise.all(
      Array.from({ length: 40 }, (_, at) => desk.one({ id: `D-${at}`, unique: `"${at % 4}"` })),
    );
    assert.equal(taken.filter(({ state }) => state === "waiting").length, 4);
    await desk.books({ received: 42, waiting: 5, quarantined: 37 });
  });

  say("keeps values of tenants and integrations apart, and records without a value alone", async (desk) => {
    const taken = await desk.take([
      ann,
      { ...other, tenant: "acme" },
      { ...other, integration: "invoices" },
      { id: "C-3" },
      { id: "C-4" },
    ]);
    assert.ok(taken.every(({ state }) => state === "waiting"));
  });

  say("lets an entity keep its value through all its records", async (desk) => {
    await desk.one({ ...ann, id: "C-1@1", entity: "C-1" });
    assert.equal((await desk.one({ ...ann, id: "C-1@2", entity: "C-1" })).state, "waiting");
    await desk.deliver(await desk.claimOne());
    assert.equal((await desk.one(other)).state, "quarantined", "the later record has it still");
    await desk.deliver(await desk.claimOne());
    assert.equal((await desk.one({ ...other, id: "C-5" })).state, "quarantined");
  });

  say("frees a value when a later record of its entity is delivered without it, and not before", async (desk) => {
    await desk.one({ ...ann, id: "C-1@1", entity: "C-1" });
    await desk.deliver(await desk.claimOne());
    await desk.one({ id: "C-1@2", entity: "C-1", unique: '"bob@example.com"' });
    const early = await desk.one(other);
    assert.equal(early.state, "quarantined", "the destination has it still");
    assert.equal((await desk.one({ id: "C-3", unique: '"bob@example.com"' })).state, "quarantined");
    await desk.deliver(await desk.claimOne(), {
      uniqueOf: readingOf({ id: "C-1@2", entity: "C-1" }).identity.entityHash,
    });
    const released = await desk.move(early.record, "waiting", { identity: readingOf(other) });
    assert.deepEqual([released.kind, await desk.state(early.record)], ["moved", "waiting"]);
    assert.equal((await desk.one({ id: "C-4", unique: '"ann@example.com"' })).state, "quarantined");
  });

  say("frees the value of what is discarded, superseded or filtered", async (desk) => {
    const first = await desk.one(ann);
    await desk.settle(await desk.claimOne(), "dead");
    assert.equal((await desk.one({ ...other, id: "C-5" })).state, "quarantined", "a dead record may go once more");
    await desk.move(first.record, "discarded");
    assert.equal((await desk.one(other)).state, "waiting");

    const version = (at: number) => ({ id: `V@${at}`, entity: "V", version: `000${at}`, unique: `"v${at}"` });
    await desk.take([version(1), version(2)]);
    assert.equal((await desk.one({ id: "W-1", unique: '"v1"' })).state, "waiting");
    await desk.one({ id: "F-1", unique: '"f"' });
    for (const claimed of await desk.claim())
      await desk.settle(claimed, claimed.id === "F-1" ? "filtered" : "delivered");
    assert.equal((await desk.one({ id: "F-2", unique: '"f"' })).state, "waiting");
  });

  say(
    "weighs a value again when a person releases, and lets it go beside the first where they say so",
    async (desk) => {
      const first = await desk.one(ann);
      const second = await desk.one(other);
      const refused = await desk.move(second.record, "waiting", { identity: readingOf(other) });
      assert.deepEqual(refused, { kind: "same-as", record: first.record, entity: "C-1", value: '"ann@example.com"' });
      assert.equal(await desk.state(second.record), "quarantined");
      const beside = await desk.move(second.record, "waiting", { identity: readingOf(other), sameAs: true });
      assert.equal(beside.kind, "moved");
      assert.equal((await desk.one({ id: "C-3", unique: '"ann@example.com"' })).state, "quarantined");
      const whole = (await desk.whole((await desk.one({ id: "C-4", unique: '"ann@example.com"' })).record)).reason;
      assert.match(whole ?? "", /"C-1"/, "it is the first one's still");
    },
  );

  say("weighs the value of what was broken before it goes on, whoever lets it go", async (desk) => {
    await desk.one(ann);
    const broken = await desk.one({ id: undefined, raw: '{"id":"C-2"}' });
    await desk.move(broken.record, "waiting", { identity: readingOf(other) });
    const stopped = await desk.whole(broken.record);
    assert.deepEqual([stopped.state, stopped.cause], ["quarantined", "same-as"]);

    const passes = await desk.one({ id: undefined, raw: '{"id":"C-6"}' });
    await desk.one({ ...other, id: "C-6", raw: '{"id":"C-6"}' });
    const again = await desk.whole(passes.record);
    assert.deepEqual([again.state, again.cause, again.id], ["quarantined", "same-as", "C-6"]);

    await desk.one({ id: undefined, raw: "n1", loading: "C-7" });
    const loading = (await desk.claim()).find((claimed) => claimed.loading);
    assert.ok(loading !== undefined);
    const loaded = { ...readingOf({ ...other, id: "C-7" }), raw: "{}" };
    assert.equal(await desk.settle(loading, "waiting", { identity: loaded }), "quarantined");
    assert.equal((await desk.whole(loading.record)).cause, "same-as");
  });

  say("weighs the value of what goes once more after it had given it up", async (desk) => {
    const first = await desk.one(ann);
    await desk.settle(await desk.claimOne(), "dead");
    await desk.move(first.record, "discarded");
    await desk.one(other);
    const { unique } = readingOf(ann);
    const again = { unique, entity: "C-1" };
    assert.equal((await desk.move(first.record, "waiting", again)).kind, "same-as");
    assert.equal(await desk.state(first.record), "discarded");
    await desk.settle(await desk.claimOne(), "dead");
    const [second] = (await desk.ledger.find({ states: ["dead"], limit: 1 })).rows;
    await desk.move(second?.record ?? "", "discarded");
    assert.equal((await desk.move(first.record, "waiting", again)).kind, "moved");
    assert.equal((await desk.one({ ...other, id: "C-9" })).state, "quarantined");
  });
}
