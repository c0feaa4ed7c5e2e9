import assert from "node:assert/strict";
import type { Claimed } from "../../../src/ledger/ledger.ts";
import type { Say } from "./conformance.ts";

const ids = (claimed: readonly Claimed[]): string[] => claimed.map(({ id }) => id);

export function order(say: Say): void {
  say("hands out one record of each key, oldest first", async (desk) => {
    await desk.take([
      { id: "A-1", key: "a" },
      { id: "B-1", key: "b" },
      { id: "A-2", key: "a" },
      { id: "A-3", key: "a" },
    ]);
    const first = await desk.claim();
    assert.deepEqual(ids(first), ["A-1", "B-1"]);
    assert.deepEqual(ids(await desk.claim()), []);
    await desk.deliver(first[0] as Claimed);
    const second = await desk.claim();
    assert.deepEqual(ids(second), ["A-2"]);
    await desk.deliver(second[0] as Claimed);
    assert.deepEqual(ids(await desk.claim()), ["A-3"]);
    await desk.books({ received: 4, delivered: 2, delivering: 2, waiting: 0 });
  });

  say("hands out no more than asked for, and says that more are due", async (desk) => {
    await desk.take(["1", "2", "3"].map((id) => ({ id })));
    const some = await desk.ledger.claim({ limit: 2, nowMs: desk.nowMs, integrations: undefined });
    assert.deepEqual([ids(some.claimed), some.nextAtMs], [["1", "2"], 0]);
    const rest = await desk.ledger.claim({ limit: 2, nowMs: desk.nowMs, integrations: undefined });
    assert.deepEqual([ids(rest.claimed), rest.nextAtMs], [["3"], undefined]);
  });

  say("hands out records as they come in where their key is idle", async (desk) => {
    const result = await desk.ask([{ id: "A-1", key: "a" }, { id: "A-2", key: "a" }, { id: "B-1" }, { id: "C-1" }], {
      claimUpTo: 2,
    });
    assert.equal(result.kind, "taken");
    if (result.kind !== "taken") return;
    assert.deepEqual(ids(result.claimed), ["A-1", "B-1"]);
    assert.deepEqual(
      result.arrivals.flat().map(({ state }) => state),
      ["delivering", "waiting", "delivering", "waiting"],
    );
    assert.deepEqual(ids(await desk.claim()), ["C-1"]);
    await desk.deliver(result.claimed[0] as Claimed);
    assert.deepEqual(ids(await desk.claim()), ["A-2"]);
  });

  say("hands out nothing past older records of its key that nobody has claimed yet", async (desk) => {
    await desk.take([{ id: "A-1", key: "a" }, { id: "B-1" }]);
    const result = await desk.ask({ id: "A-2", key: "a" }, { claimUpTo: 5 });
    assert.deepEqual(result.kind === "taken" && ids(result.claimed), []);
    assert.deepEqual(ids(await desk.claim()), ["A-1", "B-1"]);
  });

  say("lets a retrying record block its key and nothing else, until it is due", async (desk) => {
    await desk.take([{ id: "A-1", key: "a" }, { id: "A-2", key: "a" }, { id: "B-1" }]);
    const [first, other] = await desk.claim();
    await desk.settle(first as Claimed, "waiting", { nextAtMs: desk.nowMs + 1_000, reason: "500" });
    await desk.deliver(other as Claimed);
    const early = await desk.ledger.claim({ limit: 9, nowMs: desk.nowMs + 999, integrations: undefined });
    assert.deepEqual([ids(early.claimed), early.nextAtMs], [[], desk.nowMs + 1_000]);
    desk.nowMs += 1_000;
    const again = await desk.claimOne();
    assert.deepEqual([again.id, again.attempts, again.spentMs], ["A-1", 1, 5]);
    await desk.deliver(again);
    assert.equal((await desk.claimOne()).id, "A-2");
  });

  say("does not count a run that was deferred", async (desk) => {
    await desk.one({ id: "A-1" });
    await desk.settle(await desk.claimOne(), "waiting", { cause: "deferred", attempts: 0, spentMs: 0 });
    const again = await desk.claimOne();
    assert.deepEqual([again.attempts, again.spentMs], [0, 0]);
  });

  say("goes on behind a record that waits for a person", async (desk) => {
    await desk.take([
      { id: "A-1", key: "a" },
      { id: "A-2", key: "a" },
      { id: "A-3", key: "a" },
    ]);
    await desk.settle(await desk.claimOne(), "dead");
    await desk.settle(await desk.claimOne(), "held");
    assert.equal((await desk.claimOne()).id, "A-3");
  });

  say("stops a strict key behind a record that waits for a person, until that one goes on", async (desk) => {
    const [first] = await desk.take(["A-1", "A-2", "A-3"].map((id) => ({ id, key: "a", strict: true })));
    await desk.settle(await desk.claimOne(), "dead", { strict: true });
    assert.deepEqual(ids(await desk.claim()), []);
    await desk.one({ id: "A-4", key: "a", strict: true });
    assert.deepEqual(ids(await desk.claim()), []);
    assert.equal((await desk.move(first?.record ?? "", "waiting", { strict: true })).kind, "moved");
    for (const id of ["A-1", "A-2", "A-3", "A-4"]) {
      const claimed = await desk.claimOne();
      assert.equal(claimed.id, id);
      await desk.deliver(claimed);
    }
  });

  say("lets a strict key go on when a person discards what stands in its way", async (desk) => {
    const [first] = await desk.take(["A-1", "A-2"].map((id) => ({ id, key: "a", strict: true })));
    await desk.settle(await desk.claimOne(), "held", { strict: true });
    assert.deepEqual(ids(await desk.claim()), []);
    await desk.move(first?.record ?? "", "discarded", { strict: true });
    assert.equal((await desk.claimOne()).id, "A-2");
  });

  say("stops a strict key only behind what came before", async (desk) => {
    await desk.one({ id: "A-1", key: "a", strict: true, raw: "1" });
    await desk.one({ id: "A-1", key: "a", strict: true, raw: "2" });
    await desk.one({ id: "A-2", key: "a", strict: true });
    const first = await desk.claimOne();
    assert.equal(first.id, "A-1", "the conflict came after it");
    await desk.deliver(first);
    assert.deepEqual(ids(await desk.claim()), [], "and before this one");
  });

  say("stops nothing behind a record that has no key", async (desk) => {
    await desk.one({ id: undefined, raw: "broken", strict: true });
    await desk.one({ id: "A-1", key: "a", strict: true });
    assert.equal((await desk.claimOne()).id, "A-1");
  });

  say("hands out only the integrations asked for, and forgets none of the others", async (desk) => {
    await desk.take([{ id: "A-1" }, { id: "B-1", integration: "invoices" }, { id: "A-2" }]);
    const mine = await desk.ledger.claim({ limit: 9, nowMs: desk.nowMs, integrations: ["orders"] });
    assert.deepEqual([ids(mine.claimed), mine.nextAtMs], [["A-1", "A-2"], undefined]);
    assert.deepEqual(ids(await desk.claim(9, ["invoices", "nobody"])), ["B-1"]);
  });

  say("comes to what may run behind thousands that may not, and back to those when they may", async (desk) => {
    const paused = Array.from({ length: 5_000 }, (_, at) => ({
      id: `P-${at}`,
      key: `p-${at % 4_000}`,
      integration: "paused",
    }));
    for (let at = 0; at < paused.length; at += 1_000) await desk.take(paused.slice(at, at + 1_000));
    await desk.take([{ id: "A-1" }, { id: "A-2" }]);
    const claimAll = async (integrations: readonly string[]): Promise<Claimed[]> => {
      const claimed: Claimed[] = [];
      for (let asked = 0; asked < 100; asked++) {
        const result = await desk.ledger.claim({ limit: 500, nowMs: desk.nowMs, integrations });
        claimed.push(...result.claimed);
        if (result.nextAtMs !== 0) return claimed;
      }
      throw new Error("claiming does not come to an end");
    };
    assert.deepEqual(ids(await claimAll(["orders"])), ["A-1", "A-2"]);
    await desk.one({ id: "A-3" });
    assert.deepEqual(ids(await claimAll(["orders"])), ["A-3"]);
    const [first] = paused;
    const [found] = (await desk.ledger.find({ integration: "paused", id: first?.id, limit: 1 })).rows;
    await desk.move(found?.record ?? "", "discarded");
    const fetched = await claimAll(["orders", "paused"]);
    assert.equal(fetched.length, 4_000, "one of each key");
    assert.ok(ids(fetched).includes("P-4000"), "behind a head that a person took away, the next one");
    assert.equal(await desk.ledger.unsettled("paused"), 4_999);
  });

  say("puts records back untouched", async (desk) => {
    await desk.take([
      { id: "A-1", key: "a" },
      { id: "A-2", key: "a" },
    ]);
    const first = await desk.claimOne();
    const before = await desk.whole(first.record);
    await desk.ledger.unclaim([first]);
    const { state, attempts, revision } = await desk.whole(first.record);
    assert.deepEqual(
      { state, attempts, revision },
      { state: "waiting", attempts: before.attempts, revision: before.revision },
    );
    assert.deepEqual(await desk.claimOne(), first);
    await desk.deliver(first);
    await desk.ledger.unclaim([first]);
    assert.equal((await desk.claimOne()).id, "A-2", "putting back what is settled does nothing");
  });

  say("refuses the write of a run that no longer holds its record", async (desk) => {
    await desk.one({ id: "A-1" });
    const claimed = await desk.claimOne();
    await desk.ledger.unclaim([claimed]);
    assert.equal((await desk.intend(claimed, "invoice")).kind, "revoked");
    const again = await desk.claimOne();
    assert.deepEqual(again.effects, []);
    await desk.deliver(again);
    assert.equal((await desk.write(claimed, { settlement: desk.settlement("dead") })).kind, "revoked");
    assert.equal(await desk.state(claimed.record), "delivered");
  });

  say("counts what is unsettled, claimed or not", async (desk) => {
    await desk.take([
      { id: "A-1", key: "a" },
      { id: "A-2", key: "a" },
      { id: "B-1", integration: "invoices" },
    ]);
    assert.deepEqual([await desk.ledger.unsettled(undefined), await desk.ledger.unsettled("orders")], [3, 2]);
    const [first] = await desk.claim(1);
    assert.equal(await desk.ledger.unsettled(undefined), 3);
    await desk.deliver(first as Claimed);
    assert.deepEqual([await desk.ledger.unsettled(undefined), await desk.ledger.unsettled("orders")], [2, 1]);
  });

  say(
    "puts a released record behind the newer one of its key that is in a worker's hands, and before the rest",
    async (desk) => {
      const [first] = await desk.take([
        { id: "A-1", key: "a" },
        { id: "A-2", key: "a" },
        { id: "A-3", key: "a" },
      ]);
      await desk.settle(await desk.claimOne(), "dead");
      const second = await desk.claimOne();
      assert.equal((await desk.move(first?.record ?? "", "waiting", { overtaken: true })).kind, "moved");
      assert.deepEqual(ids(await desk.claim()), [], "one of each key");
      await desk.settle(second, "waiting", { nextAtMs: desk.nowMs + 60_000 });
      const released = await desk.claimOne();
      assert.equal(released.id, "A-1", "the oldest goes first once the other is not in hand");
      await desk.deliver(released);
      assert.deepEqual(ids(await desk.claim()), []);
      desk.nowMs += 60_000;
      assert.equal((await desk.claimOne()).id, "A-2");
    },
  );

  say("lets a key go on when what stood in its way is not strict any more", async (desk) => {
    const [first] = await desk.take(["A-1", "A-2"].map((id) => ({ id, key: "a", strict: true })));
    await desk.settle(await desk.claimOne(), "dead", { strict: true });
    await desk.move(first?.record ?? "", "discarded", { strict: false });
    assert.equal((await desk.claimOne()).id, "A-2");
  });

  say("puts a released record before newer ones of its key that wait", async (desk) => {
    const [first] = await desk.take([
      { id: "A-1", key: "a" },
      { id: "A-2", key: "a" },
      { id: "A-3", key: "a" },
    ]);
    await desk.settle(await desk.claimOne(), "dead");
    const second = await desk.claimOne();
    await desk.settle(second, "waiting", { nextAtMs: desk.nowMs + 60_000 });
    assert.equal((await desk.move(first?.record ?? "", "waiting")).kind, "moved");
    const released = await desk.claimOne();
    assert.equal(released.id, "A-1");
    await desk.deliver(released);
    assert.deepEqual(ids(await desk.claim()), [], "the retrying one keeps its pause");
    desk.nowMs += 60_000;
    assert.equal((await desk.claimOne()).id, "A-2");
  });
}
