import assert from "node:assert/strict";
import type { Claimed } from "../../../src/ledger/ledger.ts";
import type { Desk } from "./arrange.ts";
import type { Say } from "./conformance.ts";

/** How many of each tenant, as they were handed out. */
const counts = (claimed: readonly Claimed[]): Record<string, number> => {
  const byTenant = Map.groupBy(claimed, ({ tenant }) => tenant);
  return Object.fromEntries([...byTenant].map(([tenant, ofIt]) => [tenant, ofIt.length]));
};

const ids = (claimed: readonly Claimed[]): string[] => claimed.map(({ id }) => id);

/** With so many records of each tenant in hand already. */
const claim = async (desk: Desk, limit: number, held: Record<string, number>) => {
  const inHand = Object.entries(held).map(([tenant, records]) => ({ integration: "orders", tenant, records }));
  return (await desk.ledger.claim({ limit, nowMs: desk.nowMs, integrations: undefined, held: inHand })).claimed;
};

export function shares(say: Say): void {
  say(
    "gives a tenant as many hands as are left free, whatever waits for it, and the rest to whoever comes",
    async (desk) => {
      await desk.take(Array.from({ length: 60 }, (_, at) => ({ id: `a${at}`, tenant: "a" })));
      const first = await claim(desk, 16, {});
      assert.deepEqual(counts(first), { a: 8 }, "alone it gets half");
      await desk.take(Array.from({ length: 3 }, (_, at) => ({ id: `b${at}`, tenant: "b" })));
      assert.deepEqual(counts(await claim(desk, 8, { a: 8 })), { b: 3 });
      assert.deepEqual(counts(await claim(desk, 5, { a: 8, b: 3 })), {}, "the rest stands aside");
      for (const one of first) await desk.deliver(one);
      const next = await claim(desk, 13, { b: 3 });
      assert.deepEqual(counts(next), { a: 7 });
      assert.deepEqual(next[0]?.id, "a8", "the oldest first");
      let left = 60 - 8 - 7;
      for (; left > 0; ) {
        const more = await claim(desk, 32, {});
        assert.ok(more.length > 0, `${left} were lost aside`);
        for (const one of more) await desk.deliver(one);
        left -= more.length;
      }
      for (const one of next) await desk.deliver(one);
    },
  );

  say("finds the single record of one integration behind whatever waits for another", async (desk) => {
    const backlog = Array.from({ length: 3_000 }, (_, at) => ({ id: `a${at}` }));
    await desk.take(backlog);
    await desk.take({ id: "b", integration: "invoices" });
    const claimed = await claim(desk, 288, {});
    assert.equal(claimed.filter(({ integration }) => integration === "orders").length, 256, "hands are left free");
    assert.deepEqual(
      claimed.filter(({ integration }) => integration === "invoices").map(({ id }) => id),
      ["b"],
    );
    const held = [{ integration: "orders", tenant: "", records: 256 }];
    const more = await desk.ledger.claim({ limit: 32, nowMs: desk.nowMs, integrations: undefined, held });
    assert.deepEqual([more.claimed, more.nextAtMs], [[], undefined], "nothing to ask for until something settles");
  });

  say("claims a record as it comes in, although another integration has a backlog", async (desk) => {
    await desk.take(Array.from({ length: 50 }, (_, at) => ({ id: `a${at}` })));
    const [taken] = await desk.take({ id: "b1", integration: "invoices" }, { claimUpTo: 10 });
    assert.equal(taken?.state, "delivering");
    const [behind] = await desk.take({ id: "a50" }, { claimUpTo: 10 });
    assert.equal(behind?.state, "waiting", "what came earlier goes earlier");
    assert.deepEqual(ids(await desk.claim()).slice(0, 2), ["a0", "a1"]);
  });

  say("keeps a released record behind an earlier one of its key that is still in the backlog", async (desk) => {
    const [, late] = await desk.take([
      { id: "k1", key: "k" },
      { id: "k2", key: "k", state: "quarantined", cause: "same-as" },
    ]);
    await desk.move(late?.record ?? "", "waiting");
    const first = await desk.claimOne();
    assert.deepEqual([first.id, ids(await desk.claim())], ["k1", []]);
    await desk.deliver(first);
    assert.equal((await desk.claimOne()).id, "k2");
  });

  say("gives every integration with a backlog as many hands as the others, each from its oldest on", async (desk) => {
    for (const integration of ["a", "b", "c"])
      await desk.take(Array.from({ length: 40 }, (_, at) => ({ id: `${integration}${at}`, integration })));
    const given = Map.groupBy(await desk.claim(30), ({ integration }) => integration);
    for (const integration of ["a", "b", "c"]) {
      const expected = Array.from({ length: 10 }, (_, at) => `${integration}${at}`);
      assert.deepEqual(
        given.get(integration)?.map(({ id }) => id),
        expected,
      );
    }
  });

  say("puts no record of a paused tenant into anybody's hands, and all of them again when it goes on", async (desk) => {
    const pause = { kind: "tenant", name: "a", atMs: desk.nowMs, actor: "ann", why: undefined } as const;
    await desk.take([
      { id: "1", tenant: "a" },
      { id: "1", tenant: "b" },
    ]);
    await desk.ledger.post({ post: "pause", ...pause });
    const [taken] = await desk.take({ id: "2", tenant: "a" }, { claimUpTo: 10 });
    assert.equal(taken?.state, "waiting");
    assert.deepEqual(counts(await desk.claim()), { b: 1 });
    await desk.ledger.post({ post: "resume", ...pause });
    assert.deepEqual(counts(await desk.claim()), { a: 2 });
  });
}
