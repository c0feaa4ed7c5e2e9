import assert from "node:assert/strict";
import { arrivalOf } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

export function traces(say: Say): void {
  say("keeps with which trace a record came, and tells a worker who asks", async (desk) => {
    const [traced, plain] = [arrivalOf([{ id: "A-1" }], desk.nowMs), arrivalOf([{ id: "A-2" }], desk.nowMs)];
    const result = await desk.ledger.intake({
      arrivals: [{ ...traced, trace: traceparent }, plain],
      cursor: undefined,
      claimUpTo: 1,
    });
    assert.ok(result.kind === "taken");
    assert.deepEqual(
      result.claimed.map(({ id, trace }) => [id, trace]),
      [["A-1", traceparent]],
      "in the commit that takes it, too",
    );
    await desk.ledger.unclaim(result.claimed);
    const claim = { limit: 9, nowMs: desk.nowMs, integrations: undefined };
    const unasked = await desk.ledger.claim(claim);
    assert.deepEqual(
      unasked.claimed.map(({ trace }) => trace),
      [undefined, undefined],
    );
    await desk.ledger.unclaim(unasked.claimed);
    const { claimed } = await desk.ledger.claim({ ...claim, traced: true });
    assert.deepEqual(
      new Map(claimed.map(({ id, trace }) => [id, trace])),
      new Map([
        ["A-1", traceparent],
        ["A-2", undefined],
      ]),
    );
    for (const one of claimed) assert.equal((await desk.whole(one.record)).trace, one.trace);
  });

  say("keeps the trace of the first that came, not of a duplicate", async (desk) => {
    const again = "00-11111111111111111111111111111111-2222222222222222-01";
    for (const trace of [traceparent, again]) {
      const arrivals = [{ ...arrivalOf([{ id: "A-1" }], desk.nowMs), trace }];
      await desk.ledger.intake({ arrivals, cursor: undefined, claimUpTo: 0 });
    }
    const one = await desk.claimOne();
    assert.equal((await desk.whole(one.record)).trace, traceparent);
  });

  say("forgets the trace of what is forgotten", async (desk) => {
    const arrivals = [{ ...arrivalOf([{ id: "A-1" }], desk.nowMs), trace: traceparent }];
    await desk.ledger.intake({ arrivals, cursor: undefined, claimUpTo: 0 });
    const one = await desk.claimOne();
    await desk.deliver(one);
    await desk.ledger.forget({
      records: [one.record],
      entity: "A-1",
      atMs: desk.nowMs,
      actor: "kim",
      why: undefined,
      anyway: false,
      dryRun: false,
    });
    assert.equal((await desk.whole(one.record)).trace, undefined);
  });
}
