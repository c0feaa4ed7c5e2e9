import assert from "node:assert/strict";
import { test } from "node:test";
import { type Lent, lend, nothingLent } from "../../../src/ledger/desk/lending.ts";
import { type LendAnswer, type LendAsk, termsOf, wayMs } from "../../../src/ledger/lending.ts";

const startMs = 1_750_000_000_000;
const limit = { points: 10, perMs: 10_000, burst: undefined, slots: false, slowMs: 0 } as const;
const of = { system: "books", tenant: "", name: "rate 10000", key: "" };
const nothing = { inHand: 0, inFlight: 0, want: 0, least: 1, used: [] } as const;

/** A limit, and those who ask for some of it. */
class Desk {
  lent: Lent = nothingLent;
  nowMs = startMs;

  ask(holder: string, parts: Partial<LendAsk>): LendAnswer {
    const { lent, answer } = lend(this.lent, { ...of, ...limit, ...nothing, holder, ...parts }, this.nowMs);
    this.lent = lent;
    return answer;
  }

  lots(holder: string, parts: Partial<LendAsk>): readonly (readonly [number, number])[] {
    return this.ask(holder, parts).lots.map(({ fromMs, points }) => [fromMs - this.nowMs, points]);
  }
}

/** What one worker uses up, one after the other. */
function spentBy(desk: Desk, points: number): void {
  for (let has = 0; has < points; has++) {
    assert.deepEqual(desk.lots("spender", { want: 1 }), [[0, 1]]);
    desk.ask("spender", { used: [{ agoMs: 0, byMs: Number.POSITIVE_INFINITY, points: 1 }] });
  }
}

test("what is used comes back after the window, and is lent a little before, as good from then on", () => {
  const desk = new Desk();
  spentBy(desk, 10);
  const { lots, opensAtMs = 0 } = desk.ask("one", { want: 1 });
  assert.deepEqual(lots, []);
  assert.ok(opensAtMs > startMs + 10_000 && opensAtMs <= startMs + 10_000 + 50, "the window, and at most a slot of it");
  const { aheadMs } = termsOf(limit, 0);
  desk.nowMs = opensAtMs - aheadMs - 1;
  assert.deepEqual(desk.lots("one", { want: 1 }), []);
  desk.nowMs = opensAtMs - aheadMs;
  assert.deepEqual(desk.lots("one", { want: 1 }), [[aheadMs, 1]]);
});

test("what a lost worker had is taken for used when it may have been sent at the latest, and comes back a window later", () => {
  const desk = new Desk();
  const { goodUntilMs } = desk.ask("lost", { want: 1 });
  spentBy(desk, 9);
  desk.nowMs = goodUntilMs + wayMs;
  assert.deepEqual(desk.lots("one", { want: 1 }), []);
  desk.nowMs = startMs + 10_050;
  assert.equal(desk.ask("one", { want: 10, least: 10 }).lots.length, 0, "one is still away");
  desk.nowMs = goodUntilMs + wayMs + 10_050;
  let back = 0;
  for (let turn = 0; turn < 10; turn++) back += desk.lots(`worker ${turn}`, { want: 10 })[0]?.[1] ?? 0;
  assert.equal(back, 10);
});

test("a worker that asks too late has nothing in hand any more; what it has under way counts", () => {
  const desk = new Desk();
  const { goodUntilMs } = desk.ask("late", { want: 1 });
  desk.nowMs = goodUntilMs + wayMs;
  assert.equal(desk.ask("late", { inHand: 1 }).kept, false);
  assert.equal(desk.ask("late", { inFlight: 1 }).kept, true);
  assert.equal(desk.ask("other", {}).others, 1);
});

test("a server's clock that is set back lets nobody in too early", () => {
  const desk = new Desk();
  spentBy(desk, 10);
  desk.nowMs -= 3_600_000;
  const { opensAtMs = 0 } = desk.ask("one", { want: 1 });
  assert.ok(opensAtMs > desk.nowMs + 9_900 && opensAtMs <= desk.nowMs + 10_100);
});

test("slots are free when their calls have ended, each gets its part, and those of a lost worker come back when its requests must be over", () => {
  const desk = new Desk();
  const slots = { points: 4, slots: true, perMs: 30_000 } as const;
  assert.deepEqual(desk.lots("one", { ...slots, want: 9 }), [[0, 4]]);
  assert.deepEqual(desk.lots("two", { ...slots, want: 9 }), []);
  assert.equal(desk.ask("one", { ...slots, inFlight: 2 }).sharers, 2);
  assert.deepEqual(desk.lots("two", { ...slots, want: 9 }), [[0, 2]]);
  const { goodUntilMs } = desk.ask("two", { ...slots, inFlight: 2 });
  desk.nowMs = goodUntilMs + wayMs + 29_000;
  assert.deepEqual(desk.lots("one", { ...slots, want: 9 }), [], "what both had counts still");
  desk.nowMs = goodUntilMs + wayMs + 30_200;
  assert.deepEqual(desk.lots("one", { ...slots, want: 9 }), [[0, 4]]);
});

test("a call that takes much is lent all of it, or nothing", () => {
  const desk = new Desk();
  spentBy(desk, 4);
  assert.deepEqual(desk.lots("one", { want: 7, least: 7 }), []);
  assert.deepEqual(desk.lots("one", { want: 6, least: 6 }), [[0, 6]]);
});
