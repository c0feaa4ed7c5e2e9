import assert from "node:assert/strict";
import { test } from "node:test";
import type { HistoryRow, HistoryWrite } from "../../../src/ledger/ledger.ts";
import type { WaybillEvent } from "../../../src/model/events.ts";
import type { State } from "../../../src/model/record.ts";
import { createHistory, usedPercent } from "../../../src/watch/history/history.ts";

// What is counted by the hour from events: where records went, tokens, and how far limits were used.

function arranged() {
  const kept = new Map<string, HistoryRow>();
  const ledger = {
    history: async () => [...kept.values()],
    keepHistory: async ({ rows }: HistoryWrite) => {
      for (const row of rows) kept.set(`${row.hourMs} ${row.kind} ${row.name} ${row.tenant}`, row);
      return true;
    },
  };
  const history = createHistory(ledger, { now: () => 36_000_000, monotonic: () => 0 });
  return {
    history,
    of: (kind: string, name: string, tenant = "") =>
      JSON.parse(kept.get(`36000000 ${kind} ${name} ${tenant}`)?.state ?? "{}") as unknown,
  };
}

const whose = { integration: "orders", tenant: "", record: "r1" } as const;
const settled = (state: State, more: Partial<typeof whose> = {}): WaybillEvent => ({
  event: "record.settled",
  ...whose,
  ...more,
  state,
  cause: undefined,
  reason: undefined,
  nextAtMs: undefined,
  run: 1,
  durationMs: 1,
  ageMs: 1,
});
const taken = (state: State, duplicate = false): WaybillEvent => ({
  event: "intake.taken",
  source: "shop",
  ...whose,
  state,
  duplicate,
});

test("records that were delivered or came to need a person are counted in their hour, of each tenant, and a duplicate or a retry is not", async () => {
  const { history, of } = arranged();
  for (const event of [
    taken("waiting"),
    taken("quarantined"),
    taken("quarantined", true),
    settled("waiting"),
    settled("delivered"),
    settled("delivered"),
    settled("dead"),
    settled("held"),
    settled("superseded"),
    settled("delivered", { tenant: "melbourne" } as object),
    settled("delivered", { integration: "alerts:ops" } as object),
  ])
    history.notice(event);
  await history.look({ books: [], oldest: [] }, [], []);
  assert.deepEqual(of("book", "orders"), { quarantined: 1, delivered: 2, dead: 1, held: 1 });
  assert.deepEqual(of("book", "orders", "melbourne"), { delivered: 1 });
  assert.deepEqual(of("book", "alerts:ops"), {}, "what Waybill itself sends");
});

test("of each limit the most that was used is kept, and how often a token was got anew", async () => {
  const { history, of } = arranged();
  const limits = (left: number) => [
    { name: "books", tenant: "sydney", limits: [{ limit: "60 per 1m", left, refillsAt: null, spentAt: null }] },
  ];
  history.notice({ event: "token.refreshed", system: "books", tenant: "sydney", expiresAtMs: undefined });
  for (const left of [60, 15, 45]) await history.look({ books: [], oldest: [] }, [], limits(left));
  await history.stop();
  assert.deepEqual(of("system", "books", "sydney"), { refreshed: 1, "max:used:60 per 1m": 75 });
  assert.equal(usedPercent({ limit: "5000 points per 1d", left: 6_000 }), 0);
  assert.equal(usedPercent({ limit: "5 at a time", left: -1 }), 100);
});
