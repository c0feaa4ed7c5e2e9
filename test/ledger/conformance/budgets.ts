import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type BudgetAsk, countsUntilMs, type Stop } from "../../../src/ledger/budgets.ts";
import type { Desk } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const dayMs = 86_400_000;

const askOf = (desk: Desk, parts: Partial<BudgetAsk>): BudgetAsk => ({
  system: "books",
  tenant: "",
  name: "rate 86400000",
  key: "",
  holder: "one",
  points: 100,
  perMs: dayMs,
  nowMs: desk.nowMs,
  want: 10,
  least: 1,
  freed: 0,
  used: [],
  ...parts,
});

export function budgets(say: Say): void {
  say("gives away no more of a budget than there is, whoever asks, and says when it comes back", async (desk) => {
    const { ledger } = desk;
    assert.deepEqual(await ledger.reserve(askOf(desk, { want: 70 })), { granted: 70, spent: [], held: 70 });
    assert.equal((await ledger.reserve(askOf(desk, { holder: "two", want: 70 }))).granted, 30);
    assert.equal((await ledger.reserve(askOf(desk, { holder: "two", want: 1 }))).granted, 0);
    assert.equal((await ledger.reserve(askOf(desk, { key: "other", want: 1 }))).granted, 1, "each key has its own");

    // Thirty were used, ten come back unused; what was used comes back a day after the end of its slot.
    const used = [{ atMs: desk.nowMs, points: 30 }];
    const { granted, spent, held } = await ledger.reserve(askOf(desk, { want: 50, least: 5, freed: 40, used }));
    assert.deepEqual([granted, held], [10, 70]);
    assert.deepEqual(spent, [{ untilMs: countsUntilMs(desk.nowMs, dayMs), points: 30 }]);
    assert.equal((await ledger.reserve(askOf(desk, { want: 1 }))).granted, 0);
    desk.nowMs = (spent[0]?.untilMs ?? 0) - 1;
    assert.equal((await ledger.reserve(askOf(desk, { want: 100 }))).granted, 0);
    desk.nowMs += 1;
    assert.equal((await ledger.reserve(askOf(desk, { want: 100 }))).granted, 30);
    const shown = (await ledger.budgets()).map(({ key, spent, held }) => ({ key, spent: spent.length, held }));
    assert.deepEqual(shown, [
      { key: "", spent: 0, held: 100 },
      { key: "other", spent: 0, held: 1 },
    ]);
  });

  say("gives nothing where less is left than is of use", async (desk) => {
    await desk.ledger.reserve(askOf(desk, { want: 95 }));
    assert.equal((await desk.ledger.reserve(askOf(desk, { want: 20, least: 6 }))).granted, 0);
    assert.equal((await desk.ledger.reserve(askOf(desk, { want: 20, least: 5 }))).granted, 5);
  });

  say("counts what cost more than was reserved, and waits for it", async (desk) => {
    await desk.ledger.reserve(askOf(desk, { want: 10 }));
    const used = [{ atMs: desk.nowMs, points: 140 }];
    assert.equal((await desk.ledger.reserve(askOf(desk, { want: 1, freed: 10, used }))).granted, 0);
    desk.nowMs = countsUntilMs(desk.nowMs, dayMs);
    assert.equal((await desk.ledger.reserve(askOf(desk, { want: 1 }))).granted, 1);
  });

  say("makes nobody wait longer than the window because the clock was set back", async (desk) => {
    const used = [{ atMs: desk.nowMs, points: 100 }];
    await desk.ledger.reserve(askOf(desk, { want: 100 }));
    await desk.ledger.reserve(askOf(desk, { want: 0, freed: 100, used }));
    desk.nowMs -= 300 * dayMs;
    const { granted, spent } = await desk.ledger.reserve(askOf(desk, { want: 1 }));
    assert.deepEqual([granted, spent], [0, [{ untilMs: countsUntilMs(desk.nowMs, dayMs), points: 100 }]]);
  });

  say("posts what systems were told, the latest of each kind, until it is lifted or over", async (desk) => {
    const { ledger, nowMs } = desk;
    const told: Stop = {
      system: "books",
      tenant: "",
      kind: "told",
      atMs: nowMs,
      untilMs: nowMs + 60_000,
      openMs: undefined,
      why: "429",
    };
    const breaker: Stop = { ...told, kind: "breaker", openMs: 5_000, why: "it is down" };
    // A ledger that several workers share has them by a clock of its own: what holds for all is how long they last.
    const shown = ({ atMs, untilMs, ...rest }: Stop) => ({ ...rest, forMs: untilMs - atMs });
    const posted = async () => (await ledger.bulletin()).stops.map(shown);
    await ledger.post({ post: "stop", ...told });
    await ledger.post({ post: "stop", ...told, untilMs: nowMs + 90_000 });
    await ledger.post({ post: "stop", ...breaker });
    assert.deepEqual(await posted(), [breaker, { ...told, untilMs: nowMs + 90_000 }].map(shown));
    assert.equal(await ledger.post({ post: "lift", system: "books", tenant: "", kind: "breaker" }), true);
    assert.equal(await ledger.post({ post: "lift", system: "books", tenant: "", kind: "breaker" }), false);
    const short = { ...told, untilMs: nowMs + 1 };
    await ledger.post({ post: "lift", system: "books", tenant: "", kind: "told" });
    await ledger.post({ post: "stop", ...short });
    await sleep(20);
    const later = { ...told, system: "crm", atMs: nowMs + 90_000, untilMs: nowMs + 95_000 };
    await ledger.post({ post: "stop", ...later });
    assert.deepEqual(await posted(), [shown(later)]);
  });
}
