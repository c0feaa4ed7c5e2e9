import assert from "node:assert/strict";
import { arrivalOf, readingOf } from "./arrange.ts";
import type { Say } from "./conformance.ts";

export function identity(say: Say): void {
  say("takes a record once, however often it comes", async (desk) => {
    const first = await desk.one({ id: "A-1" });
    const again = await desk.one({ id: "A-1" });
    assert.deepEqual({ ...first, duplicate: true }, again);
    const [claimed] = await desk.claim();
    assert.equal(claimed?.record, first.record);
    assert.equal((await desk.one({ id: "A-1" })).state, "delivering");
    await desk.deliver(claimed as never);
    assert.equal((await desk.one({ id: "A-1" })).state, "delivered");
    await desk.books({ received: 4, duplicate: 3, delivered: 1 });
  });

  say("takes a record once that comes twice in one batch", async (desk) => {
    const [first, second] = await desk.take([{ id: "A-1" }, { id: "A-1" }]);
    assert.equal(second?.record, first?.record);
    assert.deepEqual([first?.duplicate, second?.duplicate], [false, true]);
    await desk.books({ received: 2, duplicate: 1, waiting: 1 });
  });

  say("keeps tenants and integrations apart", async (desk) => {
    const taken = await desk.take([
      { id: "A-1" },
      { id: "A-1", tenant: "acme" },
      { id: "A-1", integration: "invoices" },
    ]);
    assert.deepEqual(
      taken.map(({ duplicate }) => duplicate),
      [false, false, false],
    );
    assert.equal((await desk.claim()).length, 3);
    await desk.books({ received: 2, delivering: 2 });
    await desk.books({ received: 1, delivering: 1 }, "invoices");
  });

  say("knows a record again by what the contract made of it", async (desk) => {
    await desk.one({ id: "A-1", raw: '{"id":"A-1","a":1}', fingerprint: "same" });
    const again = await desk.one({ id: "A-1", raw: '{"a":1,"id":"A-1"}', fingerprint: "same" });
    assert.equal(again.duplicate, true);
  });

  say("never takes the same id with other content for a duplicate", async (desk) => {
    const first = await desk.one({ id: "A-1", raw: '{"total":1}' });
    const other = await desk.one({ id: "A-1", raw: '{"total":2}' });
    assert.deepEqual([other.state, other.duplicate], ["quarantined", false]);
    const whole = await desk.whole(other.record);
    assert.equal(whole.cause, "conflict");
    assert.match(whole.reason ?? "", new RegExp(first.record));
    assert.equal(whole.id, "A-1");
    assert.equal(Buffer.from(whole.raw ?? []).toString(), '{"total":2}');
    await desk.books({ received: 2, waiting: 1, quarantined: 1 });
  });

  say(
    "takes the same conflict again for a duplicate of the conflict, and a third content for another one",
    async (desk) => {
      await desk.one({ id: "A-1", raw: "1" });
      const conflict = await desk.one({ id: "A-1", raw: "2" });
      const again = await desk.one({ id: "A-1", raw: "2" });
      assert.deepEqual([again.record, again.duplicate], [conflict.record, true]);
      const third = await desk.one({ id: "A-1", raw: "3" });
      assert.deepEqual([third.state, third.duplicate], ["quarantined", false]);
      await desk.books({ received: 4, duplicate: 1, quarantined: 2, waiting: 1 });
    },
  );

  say("finds a conflict inside one batch", async (desk) => {
    const [, second] = await desk.take([
      { id: "A-1", raw: "1" },
      { id: "A-1", raw: "2" },
    ]);
    assert.equal(second?.state, "quarantined");
  });

  say("ignores other content under the same id where the definition says so", async (desk) => {
    await desk.one({ id: "A-1", raw: "1" });
    const again = await desk.one({ id: "A-1", raw: "2", sameId: "ignore" });
    assert.equal(again.duplicate, true);
  });

  say("asks to compare when another contract read the first one, and takes nothing meanwhile", async (desk) => {
    const first = await desk.one({ id: "A-1", raw: '{"a":1}', fingerprint: "old reading" });
    const asked = await desk.ask([
      { id: "B-1" },
      { id: "A-1", raw: '{"a":1,"b":2}', contract: "contract-2", fingerprint: "new" },
    ]);
    assert.equal(asked.kind, "compare");
    if (asked.kind !== "compare") return;
    assert.deepEqual(
      asked.rows.map(({ raw, ...row }) => ({ ...row, raw: Buffer.from(raw ?? []).toString() })),
      [{ arrival: 1, row: 0, record: first.record, raw: '{"a":1}' }],
    );
    await desk.books({ received: 1 });

    const equal = await desk.one({
      id: "A-1",
      raw: '{"a":1,"b":2}',
      contract: "contract-2",
      fingerprint: "new",
      compared: { record: first.record, equal: true },
    });
    assert.equal(equal.duplicate, true);
    const next = await desk.one({ id: "A-1", raw: '{"a":1,"b":3}', contract: "contract-2", fingerprint: "new" });
    assert.equal(next.duplicate, true, "the first one's reading with the present contract is remembered");
    const other = await desk.one({
      id: "A-1",
      raw: '{"a":9}',
      contract: "contract-3",
      fingerprint: "other",
      compared: { record: first.record, equal: false },
    });
    assert.equal(other.state, "quarantined");
  });

  say("decides by the fingerprints where the first one's payload is pruned", async (desk) => {
    await desk.one({ id: "A-1", raw: "1" });
    await desk.deliver(await desk.claimOne());
    desk.nowMs += 86_400_000;
    await desk.ledger.prune({ payloadsBeforeMs: desk.nowMs, historyBeforeMs: 0, marksBeforeMs: undefined, limit: 100 });
    const other = await desk.one({ id: "A-1", raw: "2", contract: "contract-2" });
    assert.equal(other.state, "quarantined");
  });

  say("marks what breaks the contract by its content", async (desk) => {
    const broken = await desk.one({ id: undefined, raw: "not an order" });
    assert.equal(broken.state, "quarantined");
    const again = await desk.one({ id: undefined, raw: "not an order" });
    assert.deepEqual([again.record, again.duplicate], [broken.record, true]);
    const later = await desk.one({ id: undefined, raw: "not an order", delivery: "evt_2" });
    assert.equal(later.duplicate, false, "another delivery is another record");
    const whole = await desk.whole(broken.record);
    assert.deepEqual([whole.id, whole.entity, whole.key], [undefined, undefined, undefined]);
    assert.deepEqual(whole.issues, [{ path: "total", message: "is missing", found: "undefined" }]);
    await desk.books({ received: 3, duplicate: 1, quarantined: 2 });
  });

  say("lets a quarantined record go on when a later delivery of it passes", async (desk) => {
    const broken = await desk.one({ id: undefined, raw: '{"id":"A-1"}' });
    const passes = await desk.one({ id: "A-1", raw: '{"id":"A-1"}', contract: "contract-2" });
    assert.deepEqual([passes.record, passes.state, passes.duplicate], [broken.record, "waiting", true]);
    const claimed = await desk.claimOne();
    assert.deepEqual(
      [claimed.record, claimed.id, claimed.content, claimed.contract],
      [broken.record, "A-1", '{"id":"A-1"}', "contract-2"],
    );
    await desk.deliver(claimed);
    await desk.books({ received: 2, duplicate: 1, delivered: 1 });
    assert.deepEqual(
      (await desk.whole(broken.record)).timeline.map(({ what }) => what),
      ["released"],
    );
  });

  say(
    "ends a quarantined record as a duplicate when a later delivery of it passes and its id is known",
    async (desk) => {
      const broken = await desk.one({ id: undefined, raw: '{"id":"A-1"}' });
      const first = await desk.one({ id: "A-1", raw: '{ "id": "A-1" }', fingerprint: "A-1" });
      const passes = await desk.one({ id: "A-1", raw: '{"id":"A-1"}', fingerprint: "A-1" });
      assert.deepEqual([passes.record, passes.duplicate], [first.record, true]);
      const whole = await desk.whole(broken.record);
      assert.deepEqual([whole.state, whole.cause], ["discarded", "duplicate"]);
      await desk.books({ received: 3, duplicate: 1, waiting: 1, discarded: 1 });
    },
  );

  say("takes one arrival for several integrations whole", async (desk) => {
    const orders = [
      { id: "A-1" },
      { id: "A-1", integration: "invoices" },
      { id: undefined, raw: '{"id":"A-1"}', integration: "stock" },
    ];
    const result = await desk.ledger.intake({
      arrivals: [arrivalOf(orders, desk.nowMs)],
      cursor: undefined,
      claimUpTo: 0,
    });
    assert.equal(result.kind, "taken");
    if (result.kind !== "taken") return;
    assert.deepEqual(
      result.arrivals[0]?.map(({ state }) => state),
      ["waiting", "waiting", "quarantined"],
    );
    for (const { record } of result.arrivals[0] ?? []) {
      assert.equal(Buffer.from((await desk.whole(record)).raw ?? []).toString(), '{"id":"A-1"}');
    }
  });

  say("takes nothing of a batch in which one row cannot be taken", async (desk) => {
    const bad = arrivalOf([{ id: "A-2" }], desk.nowMs);
    const [row] = bad.rows;
    const batch = {
      arrivals: [
        arrivalOf([{ id: "A-1" }], desk.nowMs),
        { ...bad, rows: [{ ...row, rawHash: new Uint8Array(3) } as never] },
      ],
      cursor: { source: "poll", from: undefined, to: "2", atMs: desk.nowMs },
      claimUpTo: 5,
    };
    const [refused, taken] = await Promise.allSettled([desk.ledger.intake(batch), desk.one({ id: "A-3" })]);
    assert.equal(refused.status, "rejected");
    assert.equal(taken.status, "fulfilled", "what stood in the same commit is not hurt");
    assert.equal(await desk.ledger.cursor("poll"), undefined);
    await desk.books({ received: 1, waiting: 1 });
    assert.equal((await desk.claimOne()).id, "A-3");
    assert.equal((await desk.one({ id: "A-1" })).duplicate, false, "its mark is gone with it");
  });

  say("moves a cursor with its records or not at all", async (desk) => {
    const cursor = { source: "poll", from: undefined, to: '"2"', atMs: desk.nowMs };
    assert.equal((await desk.ask({ id: "A-1" }, { cursor })).kind, "taken");
    assert.equal(await desk.ledger.cursor("poll"), '"2"');
    const stale = await desk.ask({ id: "A-2" }, { cursor });
    assert.deepEqual(stale, { kind: "cursor-moved", cursor: '"2"' });
    await desk.books({ received: 1 });
    assert.equal((await desk.ask([], { cursor: { ...cursor, from: '"2"', to: '"3"' } })).kind, "taken");
    assert.equal(await desk.ledger.setCursor({ source: "poll", from: '"2"', to: '"9"', atMs: 1, force: false }), false);
    assert.equal(
      await desk.ledger.setCursor({ source: "poll", from: undefined, to: '"0"', atMs: 1, force: true }),
      true,
    );
    assert.equal(await desk.ledger.cursor("poll"), '"0"');
  });

  say("keeps bytes and text exactly", async (desk) => {
    const bytes = Uint8Array.from([0xff, 0x00, 0xfe, 0x0a]);
    const text = '{"id":"A-1","note":"\u0000 é 漢 😀"}';
    const asBytes = { ...arrivalOf([{ id: undefined }], desk.nowMs), raw: bytes };
    const asText = arrivalOf([{ id: "A-1", raw: text }], desk.nowMs);
    const result = await desk.ledger.intake({ arrivals: [asBytes, asText], cursor: undefined, claimUpTo: 1 });
    assert.equal(result.kind, "taken");
    if (result.kind !== "taken") return;
    assert.deepEqual(new Uint8Array((await desk.whole(result.arrivals[0]?.[0]?.record ?? "")).raw ?? []), bytes);
    assert.equal(result.claimed[0]?.content, text);
    await desk.settle(result.claimed[0] as never, "waiting");
    assert.equal((await desk.claimOne()).content, text);
    assert.equal(Buffer.from((await desk.whole(result.claimed[0]?.record ?? "")).raw ?? []).toString(), text);
  });

  say("hands out what the contract made of it where that is not the raw text", async (desk) => {
    await desk.one({ id: "A-1", raw: "<order/>", content: '{"id":"A-1"}' });
    const claimed = await desk.claimOne();
    assert.deepEqual([claimed.content, claimed.contentIsRaw], ['{"id":"A-1"}', false]);
    await desk.one({ id: "A-2", raw: '{"id":"A-2"}' });
    const other = await desk.claimOne();
    assert.deepEqual([other.content, other.contentIsRaw], ['{"id":"A-2"}', true]);
  });

  say("counts what was filtered at the boundary", async (desk) => {
    const taken = await desk.one({ id: "A-1", state: "filtered", cause: "not-accepted", reason: "no email address" });
    assert.equal(taken.state, "filtered");
    assert.equal((await desk.whole(taken.record)).reason, "no email address");
    assert.equal((await desk.claim()).length, 0);
    await desk.books({ received: 1, filtered: 1 });
  });

  say("loads a thin notice again when the same one comes after the first was begun", async (desk) => {
    const notice = { id: undefined, raw: '{"changed":"E-1"}', loading: "E-1" } as const;
    const first = await desk.one(notice);
    assert.equal((await desk.one(notice)).duplicate, true, "the first one has not begun: it will see the change");
    const loading = await desk.claimOne();
    assert.deepEqual(
      [loading.loading, loading.id, loading.key, loading.content],
      [true, "", "E-1", '{"changed":"E-1"}'],
    );
    const second = await desk.one(notice);
    assert.deepEqual([second.duplicate, second.state], [false, "waiting"]);
    assert.notEqual(second.record, first.record);
    assert.equal((await desk.claim()).length, 0, "one at a time for each entity");
  });

  say("gives a loaded record its identity, and ends it where its id is known", async (desk) => {
    await desk.one({ id: undefined, raw: "n1", loading: "E-1" });
    const first = await desk.claimOne();
    const reading = { ...readingOf({ id: "E-1@1", entity: "E-1", raw: '{"v":1}' }), raw: '{"v":1}' };
    assert.equal(await desk.settle(first, "waiting", { cause: undefined, identity: reading, attempts: 0 }), "waiting");
    const loaded = await desk.claimOne();
    assert.deepEqual(
      [loaded.record, loaded.loading, loaded.id, loaded.entity, loaded.content],
      [first.record, false, "E-1@1", "E-1", '{"v":1}'],
    );
    await desk.deliver(loaded);
    assert.equal(Buffer.from((await desk.whole(loaded.record)).raw ?? []).toString(), '{"v":1}');

    await desk.one({ id: undefined, raw: "n2", loading: "E-1" });
    assert.equal(await desk.settle(await desk.claimOne(), "waiting", { identity: reading }), "discarded");
    await desk.one({ id: undefined, raw: "n3", loading: "E-1" });
    const other = { ...readingOf({ id: "E-1@1", entity: "E-1", raw: '{"v":2}' }), raw: '{"v":2}' };
    const conflict = await desk.claimOne();
    assert.equal(await desk.settle(conflict, "waiting", { identity: other }), "quarantined");
    assert.equal((await desk.whole(conflict.record)).cause, "conflict");
    await desk.books({ received: 3, delivered: 1, discarded: 1, quarantined: 1 });
  });

  say("takes a loaded record of a known id for a duplicate where the definition says so", async (desk) => {
    await desk.one({ id: "E-1@1", entity: "E-1", raw: "1" });
    await desk.deliver(await desk.claimOne());
    await desk.one({ id: undefined, raw: "n", loading: "E-1" });
    const identity = readingOf({ id: "E-1@1", entity: "E-1", raw: "2", sameId: "ignore" });
    assert.equal(await desk.settle(await desk.claimOne(), "waiting", { identity }), "discarded");
  });

  say("moves a loaded record to the key that it turns out to have", async (desk) => {
    await desk.one({ id: "C-1", key: "customer" });
    const before = await desk.claimOne();
    await desk.one({ id: undefined, raw: "n1", loading: "E-1" });
    const first = await desk.claimOne();
    await desk.settle(first, "waiting", {
      identity: { ...readingOf({ id: "E-1@1", entity: "E-1", key: "customer" }), raw: "{}" },
    });
    assert.equal((await desk.claim()).length, 0, "its key's record in flight goes first");
    await desk.deliver(before);
    assert.equal((await desk.claimOne()).record, first.record);
  });
  say("moves loaded records to another key one after the other, though more notices of theirs wait", async (desk) => {
    const notices = ["n1", "n2", "n3"];
    await desk.take(notices.map((raw) => ({ id: undefined, raw, loading: "address of E-1" })));
    const delivered: string[] = [];
    for (let hand = await desk.claim(); hand.length > 0; hand = await desk.claim()) {
      for (const one of hand) {
        if (!one.loading) {
          delivered.push(one.id);
          await desk.deliver(one);
          continue;
        }
        const { content: raw } = one;
        const identity = { ...readingOf({ id: `E-1@${raw}`, entity: "E-1", raw }), raw };
        await desk.settle(one, "waiting", { cause: undefined, identity, attempts: 0 });
      }
    }
    assert.deepEqual(delivered, ["E-1@n1", "E-1@n2", "E-1@n3"]);
    await desk.books({ received: 3, delivered: 3 });
  });
}
