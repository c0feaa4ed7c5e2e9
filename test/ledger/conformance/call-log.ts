import assert from "node:assert/strict";
import type { CallEntry, CallFilter, CallRow, CallWrite } from "../../../src/ledger/ledger.ts";
import type { Desk } from "./arrange.ts";
import type { Say } from "./conformance.ts";

function callOf(desk: Desk, more: Partial<CallEntry> = {}): CallEntry {
  return {
    atMs: desk.nowMs,
    durationMs: 12,
    kind: "effect",
    what: "invoice",
    system: "books",
    tenant: "",
    integration: "orders",
    records: [],
    attempt: 1,
    method: "POST",
    url: "https://books.example/invoices",
    outcome: "done",
    status: 201,
    why: undefined,
    request: { headers: { accept: "application/json" }, body: '{"n":1}', bytes: 7 },
    answer: { headers: {}, body: '{"id":"inv_1"}', bytes: 14 },
    ...more,
  };
}

const bytesMax = 1_000_000;
const log = (desk: Desk, entries: readonly CallEntry[], more: Partial<CallWrite> = {}): Promise<void> =>
  desk.ledger.logCalls({ atMs: desk.nowMs, entries, counts: [], bytesMax, ...more });
const whats = async (desk: Desk, filter: Partial<CallFilter>): Promise<readonly string[]> =>
  (await desk.ledger.calls({ limit: 100, ...filter })).rows.map(({ what }) => what);

export function callLog(say: Say): void {
  say("tells a call as it was written, with the records that it was made for", async (desk) => {
    await desk.take([{ id: "A-1" }, { id: "A-2" }]);
    const records = (await desk.claim()).map(({ record }) => record);
    const none = callOf(desk, {
      what: "lost",
      records,
      status: undefined,
      answer: undefined,
      outcome: "in-doubt",
      why: "no answer",
    });
    await log(desk, [callOf(desk), none]);
    const { rows, next } = await desk.ledger.calls({ limit: 10 });
    assert.equal(next, undefined);
    const [newest, oldest] = rows as [CallRow, CallRow];
    assert.deepEqual(newest, { ...none, call: newest.call });
    assert.deepEqual(oldest, { ...callOf(desk), call: oldest.call });
    for (const record of records) assert.deepEqual(await whats(desk, { record }), ["lost"]);
  });

  say("leaves out what Waybill calls for itself, unless it is asked for", async (desk) => {
    await desk.take([{ id: "A-1" }]);
    const records = (await desk.claim()).map(({ record }) => record);
    const own = { system: "alerts:slack", integration: "alerts:slack" };
    const counts = ["books", own.system].map((system) => ({ system, outcome: "done", count: 3 }) as const);
    await log(desk, [callOf(desk, { what: "a" }), callOf(desk, { what: "told", ...own, records })], { counts });
    assert.deepEqual(await whats(desk, {}), ["a"]);
    const named = [
      { all: true, outcomes: ["done"] },
      { ...own },
      { system: own.system },
      { record: records[0] },
    ] as const;
    for (const filter of named) assert.equal((await whats(desk, filter))[0], "told", JSON.stringify(filter));
    const counted = async (all: boolean): Promise<readonly string[]> =>
      (await desk.ledger.calls({ limit: 10, all })).counted.map(({ system }) => system);
    assert.deepEqual([await counted(false), await counted(true)], [["books"], ["alerts:slack", "books"]]);
  });

  say("finds calls by system, tenant, integration, status, outcome and time, a page at a time", async (desk) => {
    await log(desk, [
      callOf(desk, { what: "a" }),
      callOf(desk, { what: "b", system: "mail", status: 503, outcome: "unavailable" }),
      callOf(desk, { what: "c", tenant: "shop-7", status: 404, outcome: "failed-permanent" }),
    ]);
    desk.nowMs += 60_000;
    await log(desk, [callOf(desk, { what: "d", integration: "stock", status: 500, outcome: "in-doubt" })]);
    assert.deepEqual(await whats(desk, {}), ["d", "c", "b", "a"]);
    assert.deepEqual(await whats(desk, { system: "mail" }), ["b"]);
    assert.deepEqual(await whats(desk, { tenant: "shop-7" }), ["c"]);
    assert.deepEqual(await whats(desk, { integration: "stock" }), ["d"]);
    assert.deepEqual(await whats(desk, { status: [500, 599] }), ["d", "b"]);
    assert.deepEqual(await whats(desk, { outcomes: ["failed-permanent", "in-doubt"] }), ["d", "c"]);
    assert.deepEqual(await whats(desk, { system: "books", sinceMs: desk.nowMs }), ["d"]);
    const first = await desk.ledger.calls({ limit: 3 });
    assert.deepEqual(await whats(desk, { before: first.next }), ["a"]);
  });

  say("adds up what is only counted, by system and outcome", async (desk) => {
    const count = (n: number) => [{ system: "books", outcome: "done" as const, count: n }];
    await log(desk, [], { counts: count(3) });
    await log(desk, [], { counts: [...count(4), { system: "mail", outcome: "unavailable", count: 1 }] });
    const all = (await desk.ledger.calls({ limit: 1 })).counted;
    assert.deepEqual(all, [...count(7), { system: "mail", outcome: "unavailable", count: 1 }]);
    assert.deepEqual((await desk.ledger.calls({ limit: 1, system: "books" })).counted, count(7));
    assert.deepEqual((await desk.ledger.calls({ limit: 1, outcomes: ["unavailable"] })).counted.length, 1);
  });

  say("lets go of the oldest calls when they are too many bytes, and of old ones when it is pruned", async (desk) => {
    const large = (what: string): CallEntry =>
      callOf(desk, { what, request: { headers: {}, body: "x".repeat(10_000), bytes: 10_000 } });
    for (let n = 0; n < 30; n++) await log(desk, [large(`${n}`)], { bytesMax: 200_000 });
    const left = await whats(desk, {});
    assert.ok(left.length < 30 && left.length > 0 && left[0] === "29", `the newest stay: ${left}`);
    desk.nowMs += 1_000;
    await log(desk, [callOf(desk, { what: "young" })]);
    const step = { payloadsBeforeMs: 0, historyBeforeMs: 0, marksBeforeMs: undefined, callsBeforeMs: desk.nowMs };
    assert.equal((await desk.ledger.prunable({ ...step, limit: 0 })).calls, left.length);
    let pruned = 0;
    for (let more = true; more; ) {
      const result = await desk.ledger.prune({ ...step, limit: 3 });
      pruned += result.calls;
      more = result.more;
    }
    assert.equal(pruned, left.length);
    assert.deepEqual(await whats(desk, {}), ["young"]);
  });
}
