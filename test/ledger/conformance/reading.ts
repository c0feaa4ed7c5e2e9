import assert from "node:assert/strict";
import type { Claimed } from "../../../src/ledger/ledger.ts";
import type { Say } from "./conformance.ts";

export function reading(say: Say): void {
  say("finds records newest first, a page at a time", async (desk) => {
    await desk.take(["1", "2", "3", "4", "5"].map((id) => ({ id })));
    const pages: (string | undefined)[][] = [];
    let before: string | undefined;
    do {
      const page = await desk.ledger.find({ limit: 2, before });
      pages.push(page.rows.map(({ id }) => id));
      before = page.next;
    } while (before !== undefined);
    assert.deepEqual(pages, [["5", "4"], ["3", "2"], ["1"]]);
  });

  say("finds records by every condition, and by all of them together", async (desk) => {
    await desk.take([
      { id: "A-1", entity: "A", key: "a" },
      { id: "A-2", entity: "A", key: "a" },
      { id: "B-1", tenant: "acme" },
      { id: "C-1", integration: "invoices" },
      { id: undefined, raw: "broken" },
    ]);
    const [first] = await desk.claim(1);
    desk.nowMs += 5_000;
    await desk.one({ id: "D-1", state: "filtered", cause: "not-accepted" });
    const find = async (filter: object): Promise<(string | undefined)[]> =>
      (await desk.ledger.find({ limit: 50, ...filter })).rows.map(({ id }) => id);
    assert.deepEqual(await find({ integration: "orders" }), ["D-1", undefined, "B-1", "A-2", "A-1"]);
    assert.deepEqual(await find({ tenant: "acme" }), ["B-1"]);
    assert.deepEqual(await find({ states: ["delivering"] }), ["A-1"]);
    assert.deepEqual(await find({ states: ["waiting"] }), ["C-1", "B-1", "A-2"]);
    assert.deepEqual(await find({ states: ["waiting", "filtered"], integration: "orders" }), ["D-1", "B-1", "A-2"]);
    assert.deepEqual(await find({ states: [] }), []);
    assert.deepEqual(await find({ cause: "contract" }), [undefined]);
    assert.deepEqual(await find({ key: "a" }), ["A-2", "A-1"]);
    assert.deepEqual(await find({ key: "C-1" }), ["C-1"]);
    assert.deepEqual(await find({ id: "A-2" }), ["A-2"]);
    assert.deepEqual(await find({ entity: "A" }), ["A-2", "A-1"]);
    assert.deepEqual(await find({ entity: "C-1" }), ["C-1"]);
    assert.deepEqual(await find({ search: "-1" }), ["D-1", "C-1", "B-1", "A-1"]);
    assert.deepEqual(await find({ search: "a", key: "a" }), ["A-2", "A-1"]);
    assert.deepEqual(await find({ search: first?.record }), ["A-1"]);
    assert.deepEqual(await find({ sinceMs: desk.nowMs - 1 }), ["D-1"]);
    assert.deepEqual(await find({ search: "%" }), []);
  });

  say(
    "knows since when the oldest of each book waits, in hand or not, and nothing of what is settled",
    async (desk) => {
      const { nowMs } = desk;
      const oldest = async () => (await desk.ledger.measures()).oldestWaiting;
      assert.deepEqual(await oldest(), []);
      await desk.take([{ id: "A-1" }]);
      desk.nowMs += 5_000;
      await desk.take([{ id: "A-2" }, { id: "B-1", tenant: "acme" }, { id: undefined, raw: "broken" }]);
      const acme = { integration: "orders", tenant: "acme", receivedAtMs: nowMs + 5_000 };
      assert.deepEqual(await oldest(), [{ integration: "orders", tenant: "", receivedAtMs: nowMs }, acme]);
      const [claimed] = (await desk.claim(1)) as [Claimed];
      assert.equal((await oldest())[0]?.receivedAtMs, nowMs, "it is in hand, and not settled");
      await desk.settle(claimed, "delivered");
      assert.deepEqual(await oldest(), [{ integration: "orders", tenant: "", receivedAtMs: nowMs + 5_000 }, acme]);
      const { bytes, commits } = await desk.ledger.measures();
      assert.ok(bytes > 0 && commits > 0);
    },
  );

  say("shows a record whole", async (desk) => {
    const origin = { text: '{"file":"a.xml"}', line: 17 };
    await desk.one({ id: "A-1", entity: "A", key: "a", raw: "<a/>", content: "{}", version: "7", origin });
    const claimed = await desk.claimOne();
    assert.deepEqual((await desk.whole(claimed.record)).state, "delivering");
    await desk.settle(claimed, "waiting", { reason: "503", nextAtMs: desk.nowMs + 10 });
    const { raw, revision, ...whole } = await desk.whole(claimed.record);
    assert.equal(Buffer.from(raw ?? []).toString(), "<a/>");
    assert.ok(revision >= 1);
    assert.deepEqual(whole, {
      record: claimed.record,
      integration: "orders",
      tenant: "",
      source: "shop",
      id: "A-1",
      entity: "A",
      key: "a",
      version: "7",
      state: "waiting",
      cause: "retrying",
      reason: "503",
      issues: undefined,
      receivedAtMs: desk.nowMs,
      settledAtMs: undefined,
      nextAtMs: desk.nowMs + 10,
      attempts: 1,
      salt: undefined,
      original: undefined,
      content: "{}",
      contract: "contract-1",
      origin,
      timeline: [],
      trace: undefined,
      effects: [],
    });
  });

  say("groups an inbox by cause, with the newest record of each", async (desk) => {
    await desk.one({ id: undefined, raw: "1", reason: "total is missing" });
    desk.nowMs += 1_000;
    const newest = await desk.one({ id: undefined, raw: "2", reason: "date is missing" });
    await desk.one({ id: "A-1" });
    await desk.settle(await desk.claimOne(), "dead");
    assert.deepEqual(await desk.ledger.inbox(["quarantined"], undefined), [
      {
        integration: "orders",
        tenant: "",
        cause: "contract",
        count: 2,
        firstAtMs: desk.nowMs - 1_000,
        lastAtMs: desk.nowMs,
        reason: "date is missing",
        sample: newest.record,
      },
    ]);
    assert.deepEqual(
      (await desk.ledger.inbox(["dead", "held"], "orders")).map(({ cause, count }) => [cause, count]),
      [["permanent", 1]],
    );
    assert.deepEqual(await desk.ledger.inbox(["held"], undefined), []);
    assert.deepEqual(await desk.ledger.inbox(["quarantined"], "invoices"), []);
  });

  say("keeps the books of each integration and tenant", async (desk) => {
    await desk.take([{ id: "1" }, { id: "1" }, { id: "2", tenant: "acme" }, { id: "3", integration: "invoices" }]);
    await desk.deliver((await desk.claim())[0] as Claimed);
    const books = await desk.ledger.balance(undefined);
    assert.deepEqual(
      books.map(({ integration, tenant, received, duplicate, delivered, delivering, waiting }) => ({
        of: `${integration}/${tenant}`,
        received,
        duplicate,
        delivered,
        delivering,
        waiting,
      })),
      [
        { of: "invoices/", received: 1, duplicate: 0, delivered: 0, delivering: 1, waiting: 0 },
        { of: "orders/", received: 2, duplicate: 1, delivered: 1, delivering: 0, waiting: 0 },
        { of: "orders/acme", received: 1, duplicate: 0, delivered: 0, delivering: 1, waiting: 0 },
      ],
    );
    assert.deepEqual(await desk.ledger.balance("nobody"), []);
  });

  say("counts refusals by source and reason, and keeps the newest sample", async (desk) => {
    const refusal = {
      source: "webhook /a",
      integrations: ["orders"],
      tenant: "",
      reason: "bad signature",
      atMs: 5,
      sample: "first",
    };
    await desk.ledger.refuse([
      refusal,
      { ...refusal, atMs: 9, sample: "x".repeat(3_000) },
      { ...refusal, reason: "too large", integrations: ["orders", "stock"] },
    ]);
    const rows = await desk.ledger.refusals("webhook /a");
    assert.deepEqual(
      rows.map(({ sample, ...row }) => ({ ...row, chars: sample.length })),
      [
        {
          source: "webhook /a",
          tenant: "",
          reason: "bad signature",
          count: 2,
          firstAtMs: 5,
          lastAtMs: 9,
          chars: 2_000,
        },
        { source: "webhook /a", tenant: "", reason: "too large", count: 1, firstAtMs: 5, lastAtMs: 5, chars: 5 },
      ],
    );
    assert.deepEqual(await desk.ledger.refusals("webhook /b"), []);
    assert.equal((await desk.ledger.refusals(undefined)).length, 2);
    await desk.books({ refused: 3, received: 0 });
    await desk.books({ refused: 1 }, "stock");
  });

  say("keeps no more kinds of refusal than a person can read", async (desk) => {
    const refusals = Array.from({ length: 1_200 }, (_, at) => ({
      source: "s",
      integrations: [],
      tenant: "",
      reason: `reason ${at}`,
      atMs: at,
      sample: "",
    }));
    await desk.ledger.refuse(refusals);
    const rows = await desk.ledger.refusals("s");
    assert.ok(rows.length <= 1_001);
    assert.equal(
      rows.reduce((sum, { count }) => sum + count, 0),
      1_200,
    );
  });

  say("answers that it can commit", async (desk) => {
    await desk.ledger.probe();
  });

  say("gives records names that sort as they came and are short opaque text", async (desk) => {
    const taken = await desk.take(Array.from({ length: 50 }, (_, at) => ({ id: `${at}` })));
    desk.nowMs -= 3_600_000; // a clock that was set back
    taken.push(...(await desk.take([{ id: "late" }])));
    const names = taken.map(({ record }) => record);
    assert.deepEqual([...names].sort(), names);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[0-9a-z]{1,20}$/);
  });

  say("finishes what was asked before it closes, and then refuses", async (desk) => {
    const asked = desk.one({ id: "A-1" });
    const closed = desk.ledger.close();
    assert.equal((await asked).duplicate, false);
    await closed;
    await desk.ledger.close();
    await assert.rejects(desk.one({ id: "A-2" }), { code: "ledger-closed" });
    await assert.rejects(desk.ledger.balance(undefined), { code: "ledger-closed" });
  });
}
