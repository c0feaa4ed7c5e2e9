import assert from "node:assert/strict";
import type { CohortGroup, HistoryPut } from "../../../src/ledger/ledger.ts";
import type { Desk } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const hour = 3_600_000;
const put = (given: Partial<HistoryPut> = {}): HistoryPut => ({
  hourMs: 100 * hour,
  kind: "system",
  name: "books",
  tenant: "",
  about: "",
  state: '{"done":1}',
  before: undefined,
  ...given,
});

/** Everything that came in a stretch of time, a few records at a time. */
async function cohort({ ledger }: Desk, fromMs: number, untilMs: number, limit: number): Promise<CohortGroup[]> {
  const groups: CohortGroup[] = [];
  let after: string | undefined;
  do {
    const step = { fromMs, untilMs, slotMs: hour, integration: undefined, tenant: undefined, after, limit };
    const page = await ledger.cohort(step);
    groups.push(...page.groups);
    after = page.next;
  } while (after !== undefined);
  return groups;
}

export function history(say: Say): void {
  say(
    "keeps the hours that were written last, and lets go of old ones, but not of what the next hour goes on from",
    async ({ ledger }) => {
      await ledger.keepHistory({ rows: [put(), put({ hourMs: 0, kind: "book", name: "orders" })], forgetBeforeMs: 0 });
      await ledger.keepHistory({
        rows: [put({ state: "newer", before: '{"done":1}' }), put({ hourMs: 101 * hour })],
        forgetBeforeMs: 0,
      });
      const all = await ledger.history({ fromMs: hour, untilMs: 200 * hour });
      assert.deepEqual(
        all.map(({ hourMs, name, state }) => [hourMs / hour, name, state]),
        [
          [100, "books", "newer"],
          [101, "books", '{"done":1}'],
        ],
      );
      await ledger.keepHistory({ rows: [], forgetBeforeMs: 101 * hour });
      assert.equal((await ledger.history({ fromMs: 0, untilMs: 101 * hour })).length, 1);
      assert.deepEqual(await ledger.history({ fromMs: 102 * hour, untilMs: 103 * hour }), []);
    },
  );

  say("keeps no hour that somebody else has written meanwhile, and nothing that comes with it", async ({ ledger }) => {
    const both = [put(), put({ name: "crm" })];
    assert.equal(await ledger.keepHistory({ rows: both, forgetBeforeMs: 0 }), true);
    const late = [put({ name: "crm", state: "late", before: '{"done":1}' }), put({ state: "late" })];
    assert.equal(await ledger.keepHistory({ rows: late, forgetBeforeMs: 0 }), false, "it is there by now");
    const wrong = [put({ name: "erp" }), put({ state: "late", before: '{"done":2}' })];
    assert.equal(await ledger.keepHistory({ rows: wrong, forgetBeforeMs: 0 }), false, "it says something else by now");
    const all = await ledger.history({ fromMs: hour, untilMs: 200 * hour });
    assert.deepEqual(
      all.map(({ name, state }) => [name, state]),
      [
        ["books", '{"done":1}'],
        ["crm", '{"done":1}'],
      ],
    );
    // Two at once, each of which adds one to what it has read.
    const added = await Promise.all(
      [1, 2].map(() => ledger.keepHistory({ rows: [put({ state: "more", before: '{"done":1}' })], forgetBeforeMs: 0 })),
    );
    assert.deepEqual(added.toSorted(), [false, true]);
  });

  say("counts what came in a stretch of time by what it is now, however small the steps", async (desk) => {
    await desk.one({ id: "before" });
    desk.nowMs += hour;
    const fromMs = desk.nowMs;
    for (const id of ["A", "B", "C", "D"]) await desk.one({ id });
    await desk.one({ id: "A" });
    const [first, dead, done] = (await desk.claim()).slice(1) as [never, never, never];
    desk.nowMs += hour + 1_234;
    await desk.deliver(done);
    await desk.settle(dead, "dead", { reason: "422: no such customer" });
    void first;
    await desk.one({ id: "E" });
    const untilMs = desk.nowMs;
    await desk.one({ id: "at the end, which is not included" });
    for (const limit of [1, 2, 100]) {
      const groups = await cohort(desk, fromMs, untilMs, limit);
      const sums = new Map<string, number>();
      for (const { slot, state, cause, count } of groups) {
        const key = `${slot} ${state} ${cause}`;
        sums.set(key, (sums.get(key) ?? 0) + count);
      }
      assert.deepEqual(
        [...sums].toSorted(),
        [
          ["0 dead permanent", 1],
          ["0 delivered undefined", 1],
          ["0 delivering undefined", 2],
        ],
        `in steps of ${limit}`,
      );
      assert.deepEqual(groups.find(({ state }) => state === "delivered")?.took, [[3_600_000, 1]]);
      assert.equal(groups.find(({ state }) => state === "dead")?.reason, "422: no such customer");
    }
  });

  say("tells what persons did in a stretch of time, and not what happened by itself", async (desk) => {
    await desk.one({ id: "A" });
    await desk.settle(await desk.claimOne(), "dead", {});
    const { record } = (await desk.ledger.find({ limit: 1 })).rows[0] as { record: string };
    const entry = { what: "replayed", actor: "ann", detail: '{"why":"mended"}' } as const;
    const fromMs = desk.nowMs;
    await desk.move(record, "waiting", { timeline: [{ ...entry, atMs: fromMs }] });
    const pause = { kind: "integration", name: "orders", atMs: fromMs, actor: "ben", why: "a pause" } as const;
    await desk.ledger.post({ post: "pause", ...pause });
    const deeds = await desk.ledger.deeds({ fromMs, untilMs: fromMs + 1 });
    assert.deepEqual(
      deeds.moves.map(({ integration, what, actor, count, detail }) => [integration, what, actor, count, detail]),
      [["orders", "replayed", "ann", 1, '{"why":"mended"}']],
    );
    assert.deepEqual(
      deeds.journal.map(({ what, about, actor, why }) => [what, about, actor, why]),
      [["paused", "orders", "ben", "a pause"]],
    );
    const later = await desk.ledger.deeds({ fromMs: fromMs + 1, untilMs: fromMs + hour });
    assert.deepEqual([later.moves, later.journal, later.more], [[], [], false]);
  });
}
