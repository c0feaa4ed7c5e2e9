import assert from "node:assert/strict";
import type { Claimed } from "../../../src/ledger/ledger.ts";
import type { Desk } from "./arrange.ts";
import type { Say } from "./conformance.ts";

/** How many of each tenant, as they were handed out. */
const counts = (claimed: readonly Claimed[]): Record<string, number> => {
  const byTenant = Map.groupBy(claimed, ({ tenant }) => tenant);
  return Object.fromEntries([...byTenant].map(([tenant, ofIt]) => [tenant, ofIt.length]));
};

const claim = async (desk: Desk, limit: number, held: Record<string, number>) =>
  (await desk.ledger.claim({ limit, nowMs: desk.nowMs, integrations: undefined, held })).claimed;

export function tenants(say: Say): void {
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
