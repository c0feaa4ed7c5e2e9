import assert from "node:assert/strict";
import type { Pause } from "../../../src/ledger/ledger.ts";
import { pausedReason } from "../../../src/model/paused.ts";
import type { Desk } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const pauseOf = (desk: Desk, kind: Pause["kind"], name: string): Pause => ({
  kind,
  name,
  atMs: desk.nowMs,
  actor: "ann",
  why: "the books are being closed",
});

export function notices(say: Say): void {
  say("puts no record of a paused integration into anybody's hands, not even as it comes in", async (desk) => {
    const pause = pauseOf(desk, "integration", "orders");
    await desk.one({ id: "before" });
    assert.equal(await desk.ledger.post({ post: "pause", ...pause }), true);
    assert.equal(await desk.ledger.post({ post: "pause", ...pause, actor: "bob" }), false, "it was paused already");
    const [taken] = await desk.take({ id: "after" }, { claimUpTo: 10 });
    assert.equal(taken?.state, "waiting");
    const [other] = await desk.take({ id: "other", integration: "contacts" }, { claimUpTo: 10 });
    assert.equal(other?.state, "delivering", "what waits for a paused one is in nobody's way");
    assert.deepEqual(await desk.claim(), []);
    assert.deepEqual((await desk.ledger.bulletin()).pauses, [pause]);
    await desk.books({ received: 2, waiting: 2 });

    assert.equal(await desk.ledger.post({ post: "resume", ...pause }), true);
    assert.equal(await desk.ledger.post({ post: "resume", ...pause }), false);
    assert.deepEqual(
      (await desk.claim()).map(({ id }) => id),
      ["before", "after"],
    );
    assert.deepEqual(
      (await desk.ledger.journal("orders")).map(({ what, actor }) => [what, actor]),
      [
        ["resumed", "ann"],
        ["paused", "ann"],
      ],
    );
  });

  say("makes what waits for a system due as soon as that is resumed, and nothing else", async (desk) => {
    const books = pauseOf(desk, "system", "books");
    await desk.ledger.post({ post: "pause", ...books });
    await desk.take([{ id: "A" }, { id: "B" }, { id: "C" }]);
    const nextAtMs = desk.nowMs + 3_600_000;
    for (const claimed of await desk.claim()) {
      const reason =
        claimed.id === "A" ? pausedReason("books") : claimed.id === "B" ? pausedReason("crm") : "it failed";
      const cause = claimed.id === "C" ? "retrying" : "deferred";
      await desk.settle(claimed, "waiting", { cause, reason, attempts: 0, nextAtMs });
    }
    assert.deepEqual(await desk.claim(), []);
    await desk.ledger.post({ post: "resume", ...books });
    assert.deepEqual(
      (await desk.claim()).map(({ id, attempts }) => [id, attempts]),
      [["A", 0]],
    );
  });

  say("lets records come at once that wait for a budget, and leaves all others where they are", async (desk) => {
    await desk.take([{ id: "A" }, { id: "B" }, { id: "C" }, { id: "D" }]);
    const ids = new Map<string, string>();
    const nextAtMs = desk.nowMs + 3_600_000;
    for (const claimed of await desk.claim()) {
      ids.set(claimed.id, claimed.record);
      const cause = claimed.id === "C" ? "retrying" : "deferred";
      if (claimed.id !== "D")
        await desk.settle(claimed, "waiting", { cause, reason: "it waits", attempts: 0, nextAtMs });
    }
    const of = (...names: string[]): string[] => names.map((name) => ids.get(name) ?? "");
    const callIn = (records: string[]) => desk.ledger.post({ post: "call-in", records, atMs: desk.nowMs });
    assert.deepEqual(await desk.claim(), []);
    assert.equal(
      await callIn(["nobody", "00000000000", ...of("C", "D")]),
      false,
      "it tries again later, it is in hand",
    );
    assert.equal(await callIn(of("A", "C", "D")), true);
    assert.deepEqual(
      (await desk.claim()).map(({ id }) => id),
      ["A"],
    );
  });

  say("carries what is asked of the owner, and its answer, until whoever asked takes it down", async (desk) => {
    const { ledger } = desk;
    const ask = { post: "ask", ask: 7, what: "run", about: "orders", input: "{}", atMs: desk.nowMs } as const;
    await ledger.post(ask);
    assert.equal(await ledger.post({ post: "progress", ask: 7, progress: '{"records":3}' }), true);
    assert.equal(await ledger.post({ post: "answer", ask: 7, answer: '{"ok":true}', atMs: desk.nowMs }), true);
    assert.equal(await ledger.post({ post: "answer", ask: 7, answer: "{}", atMs: desk.nowMs }), false, "once");
    const [posted] = (await ledger.bulletin()).asks;
    assert.deepEqual([posted?.about, posted?.progress, posted?.answer], ["orders", '{"records":3}', '{"ok":true}']);
    assert.equal(await ledger.post({ post: "withdraw", ask: 7 }), true);
    await ledger.post({ ...ask, ask: 8 });
    await ledger.post({ post: "answer", ask: 8, answer: "{}", atMs: desk.nowMs });
    await ledger.post({ ...ask, ask: 9, atMs: desk.nowMs + 3_600_001 });
    assert.deepEqual(
      (await ledger.bulletin()).asks.map((one) => one.ask),
      [9],
      "an answer that nobody fetched goes",
    );
  });

  say("keeps who set a cursor, and why, and sets it only where it stands as that person saw it", async (desk) => {
    const move = { source: "poll:orders", from: undefined, to: "41", atMs: desk.nowMs, force: false };
    assert.equal(await desk.ledger.setCursor(move), true);
    const by = { actor: "ann", why: "the shop lost a day" };
    assert.equal(await desk.ledger.setCursor({ ...move, from: "40", to: "10", by }), false);
    assert.equal(await desk.ledger.setCursor({ ...move, from: "41", to: "10", by }), true);
    const [entry, ...others] = await desk.ledger.journal("poll:orders");
    assert.deepEqual([entry?.what, entry?.why, entry?.detail], ["cursor-set", by.why, '{"from":"41","to":"10"}']);
    assert.deepEqual(others, []);
  });

  say("counts beforehand what a prune lets go of", async (desk) => {
    await desk.take([{ id: "A" }, { id: "B" }, { id: "C" }]);
    for (const claimed of await desk.claim(2)) await desk.deliver(claimed);
    desk.nowMs += 1_000;
    const { nowMs } = desk;
    const step = { payloadsBeforeMs: nowMs, historyBeforeMs: nowMs, marksBeforeMs: nowMs, limit: 1_000 };
    const counted = await desk.ledger.prunable(step);
    assert.deepEqual(counted, { payloads: 2, records: 2, marks: 2, calls: 0 });
    const { more: _more, ...pruned } = await desk.ledger.prune(step);
    assert.deepEqual(pruned, counted);
    assert.deepEqual(await desk.ledger.prunable(step), { payloads: 0, records: 0, marks: 0, calls: 0 });
  });

  say("lists oldest first, page by page, when asked so", async (desk) => {
    await desk.take(["A", "B", "C", "D", "E"].map((id) => ({ id })));
    const seen: (string | undefined)[] = [];
    let before: string | undefined;
    do {
      const { rows, next } = await desk.ledger.find({ limit: 2, order: "oldest", before });
      seen.push(...rows.map(({ id }) => id));
      before = next;
    } while (before !== undefined);
    assert.deepEqual(seen, ["A", "B", "C", "D", "E"]);
  });
}
