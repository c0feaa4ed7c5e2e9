import assert from "node:assert/strict";
import type { AlertRow } from "../../../src/ledger/ledger.ts";
import type { Say } from "./conformance.ts";

export function alertOf(given: Partial<AlertRow> = {}): AlertRow {
  return {
    id: "a1",
    revision: 0,
    rule: "dead",
    integration: "orders",
    system: null,
    tenant: "",
    about: "refused",
    severity: "critical",
    count: 3,
    message: "3 records of orders cannot be delivered",
    samples: ["01", "02"],
    next: "npx waybill dead",
    state: "firing",
    sinceMs: 1_000,
    lastAtMs: 1_000,
    wellSinceMs: undefined,
    mutedUntilMs: undefined,
    actor: undefined,
    why: undefined,
    resolvedAtMs: undefined,
    news: "raised",
    newsNumber: 1,
    newsAtMs: 1_000,
    newsCount: 3,
    ...given,
  };
}

export function alerts(say: Say): void {
  say(
    "writes an alert once, however many see the same thing at once, and says to the others that it was not theirs",
    async ({ ledger }) => {
      const alert = alertOf();
      assert.deepEqual(await ledger.putAlerts([{ alert, expected: 0, atMs: 1 }]), [true]);
      assert.deepEqual(await ledger.alerts({}), [{ ...alert, revision: 1 }]);
      assert.deepEqual(
        await ledger.putAlerts([
          { alert, expected: 0, atMs: 1 },
          { alert: alertOf({ id: "a2" }), expected: 0, atMs: 1 },
          { alert: alertOf({ id: "a3", about: "gave-up" }), expected: 0, atMs: 1 },
          { alert: alertOf({ count: 4 }), expected: 1, atMs: 1 },
          { alert: alertOf({ count: 5 }), expected: 1, atMs: 1 },
        ]),
        [false, false, true, true, false],
        "the same revision, the same incident, another one, one's turn, and one that came too late",
      );
      const [one] = await ledger.alerts({ id: "a1" });
      assert.equal(one?.count, 4);
      assert.equal(one?.revision, 2);
    },
  );

  say(
    "keeps an alert that is over for as long as it is asked to, and news of it until they are told",
    async ({ ledger }) => {
      const over = { state: "resolved", resolvedAtMs: 2_000 } as const;
      const rows = [
        alertOf({ ...over, news: "resolved" }),
        alertOf({ id: "a2", ...over, news: undefined }),
        alertOf({ id: "a3", news: undefined }),
      ];
      await ledger.putAlerts(rows.map((alert) => ({ alert, expected: 0, atMs: 1 })));
      const ids = async (resolvedSinceMs: number): Promise<string[]> =>
        (await ledger.alerts({ resolvedSinceMs })).map(({ id }) => id).sort();
      assert.deepEqual(await ids(3_000), ["a3"]);
      assert.deepEqual(await ids(2_000), ["a1", "a2", "a3"]);
      assert.equal(await ledger.forgetAlerts(2_000), 0);
      assert.equal(await ledger.forgetAlerts(2_001), 1);
      assert.deepEqual(await ids(0), ["a1", "a3"]);
    },
  );

  say("tells who acknowledged an alert, and why", async ({ ledger }) => {
    const alert = alertOf({ state: "acknowledged", actor: "ann", why: "on it" });
    const entry = { what: "acknowledged", actor: "ann", why: "on it" } as const;
    await ledger.putAlerts([{ alert, expected: 0, entry, atMs: 7 }]);
    await ledger.putAlerts([{ alert, expected: 0, entry: { ...entry, actor: "bob" }, atMs: 8 }]);
    assert.deepEqual(await ledger.journal("a1"), [{ ...entry, atMs: 7, about: "a1", detail: undefined }]);
  });

  say("sees at a glance what waits for a person, by cause, with its newest records", async (desk) => {
    const taken = await desk.take([1, 2, 3, 4].map((n) => ({ id: undefined, raw: `{"broken":${n}}` })));
    const [failing] = await desk.take({ id: "A", integration: "contacts" });
    const [claimed] = await desk.claim();
    assert.equal(claimed?.record, failing?.record);
    await desk.settle(claimed as NonNullable<typeof claimed>, "dead", {
      cause: "refused",
      reason: "422 no such customer",
    });
    const { inbox } = await desk.ledger.overview();
    const newest = taken.map(({ record }) => record).reverse();
    assert.deepEqual(
      inbox.map(({ integration, state, cause, count, samples }) => [integration, state, cause, count, samples]),
      [
        ["contacts", "dead", "refused", 1, [failing?.record]],
        ["orders", "quarantined", "contract", 4, newest.slice(0, 3)],
      ],
    );
    assert.equal(inbox[0]?.reason, "422 no such customer");
  });
}
