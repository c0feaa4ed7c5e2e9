import assert from "node:assert/strict";
import type { Learnt } from "../../../src/ledger/ledger.ts";
import type { Say } from "./conformance.ts";

const row = (given: Partial<Learnt> = {}): Learnt => ({
  kind: "volume",
  integration: "orders",
  tenant: "",
  source: "",
  keptAtMs: 1_000,
  state: '{"version":1}',
  ...given,
});

export function learnt(say: Say): void {
  say("keeps what was learnt last under each name, and gives it back by integration", async ({ ledger }) => {
    await ledger.keepLearnt([row(), row({ tenant: "shop-1" }), row({ kind: "shape", source: "push:orders" })]);
    await ledger.keepLearnt([row({ keptAtMs: 2_000, state: "newer" }), row({ integration: "prices" })]);
    const orders = await ledger.learnt("orders");
    assert.deepEqual(
      orders.map(({ kind, tenant, source, state }) => [kind, tenant, source, state]),
      [
        ["shape", "", "push:orders", '{"version":1}'],
        ["volume", "", "", "newer"],
        ["volume", "shop-1", "", '{"version":1}'],
      ],
    );
    assert.equal((await ledger.learnt(undefined)).length, 4);
    assert.deepEqual(await ledger.learnt("nobody"), []);
  });

  say("tells how many new records each book has had: a duplicate is none, whoever took it", async (desk) => {
    await desk.one({ id: "A" });
    await desk.one({ id: "A" });
    await desk.one({ id: "B" });
    assert.deepEqual(
      (await desk.ledger.tallies()).map(({ integration, fresh }) => [integration, fresh]),
      [["orders", 2]],
    );
  });
}
