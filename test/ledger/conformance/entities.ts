import assert from "node:assert/strict";
import type { Claimed } from "../../../src/ledger/ledger.ts";
import { readingOf } from "./arrange.ts";
import type { Say } from "./conformance.ts";

export function entities(say: Say): void {
  say("keeps an entity on the key it first came with", async (desk) => {
    await desk.take([
      { id: "O-1@1", entity: "O-1", key: "customer-a" },
      { id: "O-1@2", entity: "O-1", key: "customer-b" },
      { id: "O-2@1", entity: "O-2", key: "customer-b" },
    ]);
    const claimed = await desk.claim();
    assert.deepEqual(
      claimed.map(({ id, key }) => [id, key]),
      [
        ["O-1@1", "customer-a"],
        ["O-2@1", "customer-b"],
      ],
    );
    await desk.deliver(claimed[0] as Claimed);
    const moved = await desk.claimOne();
    assert.deepEqual([moved.id, moved.key], ["O-1@2", "customer-a"]);
    assert.equal((await desk.whole(moved.record)).key, "customer-a");
  });

  say("keeps an entity on its key when the first record of it was only held back", async (desk) => {
    await desk.one({ id: "O-1@1", entity: "O-1", key: "a", state: "quarantined", cause: "accept-failed" });
    await desk.one({ id: "O-1@2", entity: "O-1", key: "b" });
    assert.equal((await desk.claimOne()).key, "a");
  });

  say("does not keep the key of a batch that was not taken", async (desk) => {
    const cursor = { source: "poll", from: "elsewhere", to: "2", atMs: 1 };
    assert.equal((await desk.ask({ id: "O-1@1", entity: "O-1", key: "a" }, { cursor })).kind, "cursor-moved");
    await desk.one({ id: "O-1@2", entity: "O-1", key: "b" });
    assert.equal((await desk.claimOne()).key, "b");
  });

  say("keeps a released record's entity on its first key", async (desk) => {
    const broken = await desk.one({ id: undefined, raw: "broken" });
    await desk.one({ id: "O-1@1", entity: "O-1", key: "a" });
    const reading = readingOf({ id: "O-1@2", entity: "O-1", key: "b", raw: "broken" });
    assert.equal((await desk.move(broken.record, "waiting", { identity: reading })).kind, "moved");
    assert.equal((await desk.whole(broken.record)).key, "a");
  });

  say("frees what was held because of an effect of its entity", async (desk) => {
    await desk.take(["1", "2", "3"].map((at) => ({ id: `E@${at}`, entity: "E" })));
    await desk.one({ id: "F@1", entity: "F" });
    const first = await desk.claim();
    await desk.settle(first[0] as Claimed, "held");
    await desk.settle(first[1] as Claimed, "held", { cause: "entity-held" });
    const second = await desk.claimOne();
    await desk.settle(second, "held", { cause: "entity-held" });
    const third = await desk.claimOne();
    await desk.settle(third, "waiting", { cause: "deferred", nextAtMs: desk.nowMs + 60_000 });
    assert.equal((await desk.move((first[0] as Claimed).record, "waiting", { freeEntity: true })).kind, "moved");
    const delivered: string[] = [];
    for (let claimed = await desk.claim(); claimed.length > 0; claimed = await desk.claim()) {
      delivered.push(...claimed.map(({ id }) => id));
      await desk.deliver(claimed[0] as Claimed);
    }
    assert.deepEqual(delivered.slice(0, 2), ["E@1", "E@2"]);
    assert.equal(await desk.state((first[1] as Claimed).record), "held", "another entity's stays");
    await desk.books({ received: 4, held: 1, waiting: 1, delivered: 2 });
  });

  say("makes a record that waits for an effect of its entity due when that is resolved", async (desk) => {
    await desk.take([
      { id: "E@1", entity: "E" },
      { id: "E@2", entity: "E" },
    ]);
    const first = await desk.claimOne();
    await desk.settle(first, "held");
    await desk.settle(await desk.claimOne(), "waiting", { cause: "deferred", nextAtMs: desk.nowMs + 60_000 });
    assert.equal((await desk.claim()).length, 0);
    await desk.move(first.record, "discarded", { freeEntity: true });
    assert.equal((await desk.claimOne()).id, "E@2");
  });
}
