import assert from "node:assert/strict";
import type { Desk } from "./arrange.ts";
import { readingOf } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const ann = { id: "C-1", search: ["ann@example.com", "ann smith"] };
const bob = { id: "C-2", search: ["bob@example.com", "smithson"] };

async function found(desk: Desk, search: string): Promise<readonly (string | undefined)[]> {
  const { rows } = await desk.ledger.find({ search, limit: 10 });
  return rows.map(({ id }) => id).sort();
}

export function search(say: Say): void {
  say("finds a record by how one of its values begins, whatever the case", async (desk) => {
    await desk.take([ann, bob, { id: "C-3" }]);
    assert.deepEqual(await found(desk, "ann@example.com"), ["C-1"]);
    assert.deepEqual(await found(desk, "Ann Sm"), ["C-1"]);
    assert.deepEqual(await found(desk, "smith"), ["C-2"], "as it begins, not within");
    assert.deepEqual(await found(desk, "C-"), ["C-1", "C-2", "C-3"], "and by its id as ever");
    assert.deepEqual(await found(desk, "\t"), [], "nothing that can be seen finds nothing");
    assert.equal(await desk.ledger.count({ search: "ann", states: ["waiting"] }), 1);
    assert.equal(await desk.ledger.count({ search: "ann", states: ["dead"] }), 0);
    assert.equal(await desk.ledger.count({ search: "ann", integration: "invoices" }), 0);
  });

  say("finds a record that was read again or edited by its new values, and no more by the old ones", async (desk) => {
    const one = await desk.one({ raw: "broken" });
    assert.deepEqual(await found(desk, "ann"), []);
    await desk.move(one.record, "waiting", { identity: readingOf(ann) });
    assert.deepEqual(await found(desk, "ann smith"), ["C-1"]);
    await desk.settle(await desk.claimOne(), "dead");
    const edited = {
      raw: '{"name":"Anna Miller"}',
      content: undefined,
      contract: "contract-1",
      search: ["anna miller"],
    };
    await desk.move(one.record, "dead", { edited });
    assert.deepEqual([await found(desk, "anna miller"), await found(desk, "ann smith")], [["C-1"], []]);
  });

  say("forgets the values of what is forgotten, and of what is pruned", async (desk) => {
    const first = await desk.one(ann);
    await desk.deliver(await desk.claimOne());
    await desk.one(bob);
    await desk.deliver(await desk.claimOne());
    await desk.ledger.forget({
      records: [first.record],
      entity: "C-1",
      atMs: desk.nowMs,
      actor: "kim",
      why: undefined,
      anyway: false,
      dryRun: false,
    });
    assert.deepEqual([await found(desk, "ann"), await found(desk, "bob")], [[], ["C-2"]]);
    desk.nowMs += 1_000;
    const beforeMs = desk.nowMs;
    await desk.ledger.prune({
      payloadsBeforeMs: beforeMs,
      historyBeforeMs: beforeMs,
      marksBeforeMs: undefined,
      limit: 10,
    });
    assert.deepEqual(await found(desk, "bob"), []);
  });

  say("lists what has the same entity, whether that is its id or not", async (desk) => {
    await desk.take([
      { id: "O-1" },
      { id: "O-1@2", entity: "O-1" },
      { id: "O-2", key: "shelf" },
      { id: "O-3", key: "O-1" },
    ]);
    const ids = async (filter: object): Promise<unknown> =>
      (await desk.ledger.find({ ...filter, limit: 10 })).rows.map(({ id }) => id).sort();
    assert.deepEqual(await ids({ entity: "O-1" }), ["O-1", "O-1@2"]);
    assert.deepEqual(await ids({ key: "shelf" }), ["O-2"]);
    assert.deepEqual(await ids({ key: "O-1" }), ["O-1", "O-1@2", "O-3"]);
  });
}
