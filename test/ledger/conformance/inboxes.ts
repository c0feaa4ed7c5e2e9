import assert from "node:assert/strict";
import type { Issue } from "../../../src/model/record.ts";
import { type Desk, readingOf } from "./arrange.ts";
import type { Say } from "./conformance.ts";

/** Breaks its contract, each time in another payload. */
async function broken(desk: Desk, number: number, issues: readonly Issue[]): Promise<string> {
  const { record } = await desk.one({ id: undefined, raw: `broken ${number}` });
  await desk.move(record, "quarantined", { cause: "contract", reason: "it breaks the contract", issues });
  return record;
}

const price = (place: number, found: string): Issue => ({
  path: `lines.${place}.price`,
  message: `"${found}" is not an amount`,
  found: `"${found}"`,
});

export function inboxes(say: Say): void {
  say(
    "puts records that broke the same rule into one group, whatever was found and wherever in a list",
    async (desk) => {
      await broken(desk, 1, [price(0, "a")]);
      desk.nowMs += 1_000;
      await broken(desk, 2, [price(3, "b"), { path: "total", message: "is missing", found: "nothing" }]);
      const last = await broken(desk, 3, [{ path: "total", message: "is missing", found: "nothing" }]);
      const groups = await desk.ledger.rules(["quarantined"], undefined);
      assert.deepEqual(
        groups.map(({ path, message, count }) => [path, message, count]),
        [
          ["lines.*.price", "… is not an amount", 2],
          ["total", "is missing", 1],
        ],
      );
      assert.equal(groups[1]?.sample, last);
      assert.equal((groups[0]?.lastAtMs ?? 0) - (groups[0]?.firstAtMs ?? 0), 1_000);
      assert.deepEqual(await desk.ledger.rules(["dead"], undefined), []);
      assert.deepEqual(await desk.ledger.rules(["quarantined"], "others"), []);
    },
  );

  say("groups what breaks no rule by its reason", async (desk) => {
    for (const reason of ["422: no customer C-1", "422: no customer C-2", "404: no such path"]) {
      await desk.one({ id: reason });
      await desk.settle(await desk.claimOne(), "dead", { reason });
    }
    const groups = await desk.ledger.rules(["dead", "held"], "orders");
    assert.deepEqual(
      groups.map(({ message, count }) => [message, count]),
      [
        ["422: no customer …", 2],
        ["404: no such path", 1],
      ],
    );
  });

  say("finds and counts records by the rule that they break", async (desk) => {
    const first = await broken(desk, 1, [price(0, "a*b")]);
    const second = await broken(desk, 2, [{ path: "total", message: "is missing", found: "nothing" }, price(12, "c")]);
    const find = async (filter: object): Promise<string[]> => {
      const { rows } = await desk.ledger.find({ limit: 50, order: "oldest", ...filter });
      assert.equal(await desk.ledger.count(filter), rows.length);
      return rows.map(({ record }) => record);
    };
    assert.deepEqual(await find({ path: "total" }), [second]);
    assert.deepEqual(await find({ path: "lines.*.price" }), [first, second]);
    assert.deepEqual(await find({ path: "lines.?.price" }), [], "only * stands for anything");
    assert.deepEqual(await find({ message: "… is not an amount" }), [first, second]);
    assert.deepEqual(await find({ message: '"a*b" is' }), [first]);
    assert.deepEqual(await find({ path: "total", message: "amount" }), [], "both are about one rule");
    assert.deepEqual(await find({ message: "contract" }), [], "where rules are broken, they say why");
  });

  say("lists oldest first, page by page, up to a record", async (desk) => {
    const taken = await desk.take(["1", "2", "3", "4", "5"].map((id) => ({ id })));
    const upTo = taken[3]?.record;
    const seen: (string | undefined)[] = [];
    let before: string | undefined;
    do {
      const page = await desk.ledger.find({ order: "oldest", limit: 3, before, upTo });
      seen.push(...page.rows.map(({ id }) => id));
      before = page.next;
    } while (before !== undefined);
    assert.deepEqual(seen, ["1", "2", "3", "4"]);
  });

  say("finds and counts nothing newer than a record, and nothing that was settled after a moment", async (desk) => {
    const records: string[] = [];
    for (const id of ["1", "2", "3"]) {
      const { record } = await desk.one({ id });
      records.push(record);
      await desk.settle(await desk.claimOne(), "dead", { reason: "422: no" });
      desk.nowMs += 1_000;
    }
    const [first = "", second = ""] = records;
    const dead = (await desk.ledger.find({ states: ["dead"], order: "oldest", limit: 9 })).rows;
    const settledByMs = dead[1]?.settledAtMs;
    const found = async (more: object): Promise<string[]> => {
      const filter = { states: ["dead"] as const, ...more };
      const { rows } = await desk.ledger.find({ ...filter, order: "oldest", limit: 9 });
      assert.equal(await desk.ledger.count(filter), rows.length);
      return rows.map(({ record }) => record);
    };
    assert.deepEqual(await found({ upTo: second }), [first, second]);
    assert.deepEqual(await found({ settledByMs }), [first, second]);
    assert.deepEqual(await found({ upTo: "no record" }), []);
    await desk.move(first, "waiting");
    await desk.settle(await desk.claimOne(), "dead", { reason: "422: no" });
    assert.deepEqual(await found({ upTo: second, settledByMs }), [second], "one that came back is another one by then");
    await desk.one({ id: "4" });
    assert.equal(await desk.ledger.count({ settledByMs: desk.nowMs + 60_000 }), 3, "what is on its way is not settled");
  });

  say("keeps what came first beside an edit, and delivers what was made of it", async (desk) => {
    await desk.one({ id: "A-1", raw: '{"id":"A-1","total":"x"}' });
    await desk.settle(await desk.claimOne(), "dead");
    const [dead] = (await desk.ledger.find({ states: ["dead"], limit: 1 })).rows;
    const record = dead?.record ?? "";
    const edited = { raw: '{"id":"A-1","total":"1"}', content: '{"id":"A-1","total":1}', contract: "contract-2" };
    const kind = await desk.move(record, "dead", { cause: "permanent", edited, uncompared: true });
    assert.equal(kind.kind, "moved", "it stays where it is");
    const whole = await desk.whole(record);
    const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
    assert.deepEqual([whole.state, text(whole.raw), whole.contract], ["dead", edited.raw, "contract-2"]);
    assert.equal(text(whole.original), '{"id":"A-1","total":"x"}');
    await desk.move(record, "waiting");
    const claimed = await desk.claimOne();
    assert.deepEqual([claimed.content, claimed.uncompared], [edited.content, true]);
    await desk.deliver(claimed);
  });

  say(
    "an edit without identity gets it when it is let go, and the same broken content again is a duplicate",
    async (desk) => {
      const one = await desk.one({ id: undefined, raw: "broken" });
      const edited = { raw: '{"id":"A-1"}', content: undefined, contract: "contract-1" };
      await desk.move(one.record, "quarantined", { cause: "edited", edited });
      assert.equal((await desk.whole(one.record)).id, undefined);
      assert.equal((await desk.one({ id: undefined, raw: "broken" })).duplicate, true);
      await desk.move(one.record, "waiting", { identity: readingOf({ id: "A-1" }) });
      assert.equal((await desk.claimOne()).content, '{"id":"A-1"}');
      await desk.books({ received: 2, duplicate: 1, delivering: 1 });
    },
  );

  say("a notice whose entity is known now is loaded when its turn comes", async (desk) => {
    const one = await desk.one({ id: undefined, raw: '{"about":"C-7"}' });
    const keyHash = readingOf({ id: "C-7" }).identity.keyHash;
    await desk.move(one.record, "waiting", { cause: "loading", loading: { key: "C-7", keyHash } });
    const claimed = await desk.claimOne();
    assert.deepEqual([claimed.loading, claimed.key, claimed.id], [true, "C-7", ""]);
  });
}
