import assert from "node:assert/strict";
import { test } from "node:test";
import { openLedger } from "../../../src/assembly/open-ledger.ts";
import type { HistoryRow, Ledger } from "../../../src/ledger/ledger.ts";
import { charts, spanOf, talliesOf } from "../../../src/server/dashboard/charts.ts";
import { Hours } from "../../../src/server/dashboard/hours.ts";
import type { SystemState } from "../../../src/systems/port.ts";
import { tallyText } from "../../../src/watch/history/tally.ts";
import { bearer, clockAhead, pages, token, tokens } from "./pages.ts";

// What is drawn on the pages is what the ledger holds, hour by hour, and nothing else.

const hour = 3_600_000;
const hourOf = (ms: number): number => ms - (ms % hour);

type Counts = Readonly<Record<string, number>>;

const put = (kind: HistoryRow["kind"], name: string, hourMs: number, counts: Counts, tenant = ""): HistoryRow => ({
  hourMs,
  kind,
  name,
  tenant,
  about: "",
  state: tallyText(new Map(Object.entries(counts))),
});

const keep = async (ledger: Pick<Ledger, "keepHistory">, rows: readonly HistoryRow[]): Promise<void> => {
  const puts = rows.map((row) => ({ ...row, before: undefined }));
  assert.equal(await ledger.keepHistory({ rows: puts, forgetBeforeMs: 0 }), true);
};

/** The rows of the table of that name: what stands in its first cell, and the others as numbers. */
function tableOf(page: string, chart: string): readonly (readonly [string, ...(number | null)[]])[] {
  const figure = page.split("<figure").find((one) => one.includes(`data-chart="${chart}"`)) ?? "";
  const body = figure.slice(figure.indexOf("<tbody>"), figure.indexOf("</table>"));
  return [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) => {
    const [head = "", ...cells] = [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) =>
      cell.replace(/<[^>]*>/g, ""),
    );
    return [head, ...cells.map((cell) => (cell === "–" ? null : Number(cell.replaceAll(",", ""))))];
  });
}

test("the numbers beside the charts of a system are those that the ledger holds, for 24 hours by the hour and for seven days by four hours", async (t) => {
  const all = await pages(t);
  const { ledger } = all.at.assembly;
  const now = hourOf(Date.now());
  const rows = Array.from({ length: 200 }, (_, ago) =>
    put("system", "books-of-pages", now - (ago + 1) * hour, {
      done: 1_000 + ago,
      "failed-permanent": ago % 5,
      limited: ago % 3,
      "took:10": 900,
      "took:80": 100 + ago,
      "max:used:60 per 1m": ago % 100,
    }),
  );
  await keep(ledger, [...rows, put("system", "of-another", now - hour, { done: 77_777 })]);
  const read = async (path: string): Promise<string> => (await all.at.get(path, bearer(token))).text();
  const countsOf = ({ state }: HistoryRow) => JSON.parse(state) as Readonly<Record<string, number>>;
  const calls = (row: HistoryRow): number => {
    const counts = countsOf(row);
    return (counts.done ?? 0) + (counts["failed-permanent"] ?? 0) + (counts.limited ?? 0);
  };
  const day = await read("/systems");
  const held = rows.slice(0, 23).reverse();
  assert.deepEqual(
    tableOf(day, "calls")
      .slice(0, 23)
      .map(([, ...numbers]) => numbers),
    held.map((row) => [calls(row), calls(row) - (countsOf(row).done ?? 0)]),
  );
  assert.deepEqual(
    tableOf(day, "latency")
      .slice(0, 23)
      .map(([, ...numbers]) => numbers),
    held.map(() => [10, 80]),
  );
  assert.deepEqual(
    tableOf(day, "limits")
      .slice(0, 23)
      .map(([, ...numbers]) => numbers),
    held.map((row) => [countsOf(row)["max:used:60 per 1m"]]),
  );
  assert.equal(tableOf(day, "calls").length, 24);
  assert.doesNotMatch(day, /77,777/, "what is not declared any more");

  const week = await read("/systems?days=7");
  const { fromMs, untilMs, slotMs } = spanOf(7, Date.now());
  // The last slot is not over: the orders of these pages may be written down there by now, or not.
  const ofWeek = rows.filter(({ hourMs }) => hourMs >= fromMs && hourMs < untilMs - slotMs);
  const sum = (numbers: readonly (number | null | undefined)[]): number =>
    numbers.reduce<number>((total, one) => total + (one ?? 0), 0);
  const shown = tableOf(week, "calls").map(([, one]) => one);
  assert.equal(shown.length, 42);
  assert.equal(sum(shown.slice(0, 41)), sum(ofWeek.map(calls)));
});

test("what came and what became of it stands in the overview as the ledger has it; before anything is counted a sentence says so", async (t) => {
  const time = clockAhead();
  const all = await pages(t, { ...tokens, clock: { ...time.clock, monotonic: () => time.clock.now() } });
  const { ledger } = all.at.assembly;
  const read = async (): Promise<string> => (await all.at.get("/", bearer(token))).text();
  const now = hourOf(time.clock.now());
  await keep(ledger, [
    put("book", "orders", now - 2 * hour, { received: 12, delivered: 9, dead: 2, quarantined: 1 }),
    put("book", "orders", now - 5 * hour, { received: 30, delivered: 30 }),
    put("book", "orders", now - 30 * hour, { received: 500 }),
    put("book", "orders", now - 2 * hour, { received: 999 }, "of another"),
  ]);
  time.forward(10_000);
  const page = await read();
  assert.match(page, /aria-label="42 received, 30 in the hour that had most, in the last 24 hours/);
  assert.match(page, /aria-label="39 delivered, and 3 came to need a person, in the last 24 hours/);
  assert.equal((/aria-label="39 delivered.*?<\/svg>/s.exec(page)?.[0].match(/class="needPerson"/g) ?? []).length, 1);
});

test("a system that was not called says so, and so does a ledger in which nothing is counted; a number of days that is not drawn is refused", async (t) => {
  const all = await pages(t);
  const read = async (path: string): Promise<Response> => all.at.get(path, { ...bearer(token), accept: "text/html" });
  const rows = await all.at.assembly.ledger.history({ fromMs: 1, untilMs: Date.now() + hour });
  if (rows.every(({ kind }) => kind !== "system"))
    assert.match(
      await (await read("/systems")).text(),
      /No call is counted yet.*No call of it ended in the last 24 hours/s,
    );
  for (const days of ["0", "8", "x", ""]) assert.equal((await read(`/systems?days=${days}`)).status, 400, days);
  assert.match(await (await read("/systems?system=nobody")).text(), /There is no system of this name/);
});

const state: SystemState = {
  name: "books",
  breaker: "closed",
  openUntil: null,
  inFlight: 0,
  limits: [],
  stoppedUntil: null,
  stoppedBecause: null,
  atOnce: null,
  told: [],
  latency: null,
  auth: "none",
  paused: false,
};

test("a limit that is spent before long has a line to that moment, from what is used of it now", () => {
  const nowMs = Date.parse("2026-11-28T14:20:00Z");
  const spentAt = "2026-11-28T19:45:00.000Z";
  const span = spanOf(1, nowMs);
  const tallies = Array.from({ length: 24 }, (_, at) => new Map([["max:used:100 per 1d", at * 3]]));
  const one = { ...state, limits: [{ limit: "100 per 1d", left: 25, refillsAt: null, spentAt }] };
  const rows = tableOf(String(charts(one, tallies, { span, id: "books", nowMs })), "limits");
  assert.deepEqual(rows.slice(-2), [
    ["28 Nov 14:00", 69, 75],
    ["28 Nov 19:45", null, 100],
  ]);
  const far = {
    ...state,
    limits: [{ limit: "100 per 1d", left: 25, refillsAt: null, spentAt: "2026-12-24T00:00:00Z" }],
  };
  assert.equal(tableOf(String(charts(far, tallies, { span, id: "books", nowMs })), "limits").length, 24);
});

test("a system that was only waited for has no empty place for charts, but a sentence", () => {
  const span = spanOf(1, 1_000 * hour);
  const shown = charts(state, [new Map([["waited", 1]])], { span, id: "books", nowMs: 1_000 * hour });
  assert.match(String(shown), /No call of it ended in the last 24 hours/);
});

test("however many pages are open, what is drawn is read once in a while and not for each, and of hours that are over once an hour", async () => {
  let nowMs = 1_000 * hour;
  const asked: (readonly [number, number])[] = [];
  const rows: HistoryRow[] = [put("system", "books", 990 * hour, { done: 1 })];
  const hours = new Hours(
    {
      history: async ({ fromMs, untilMs }) => {
        asked.push([fromMs / hour, untilMs / hour]);
        return rows.filter(({ hourMs }) => hourMs >= fromMs && hourMs < untilMs);
      },
    },
    { now: () => nowMs, monotonic: () => nowMs },
  );
  const sumOf = async (): Promise<number> => {
    const read = await hours.since(spanOf(1, nowMs).fromMs);
    const of = { kind: "system", name: "books", tenant: "" } as const;
    return talliesOf(read, of, spanOf(1, nowMs), nowMs).reduce((sum, tally) => sum + (tally.get("done") ?? 0), 0);
  };
  assert.deepEqual(await Promise.all(Array.from({ length: 50 }, sumOf)), Array(50).fill(1));
  assert.deepEqual(asked.splice(0), [[977, 1_001]]);
  const version = await hours.version();
  rows.push(put("system", "books", 1_000 * hour, { done: 5 }));
  assert.equal(await sumOf(), 1, "for some seconds what was read holds");
  nowMs += 6_000;
  assert.equal(await sumOf(), 6);
  assert.deepEqual(asked.splice(0), [[999, 1_001]]);
  assert.notEqual(await hours.version(), version, "open pages are told");
  rows.push(put("system", "books", 995 * hour, { done: 100 }));
  nowMs += 6_000;
  assert.equal(await sumOf(), 6);
  nowMs += hour;
  assert.equal(await sumOf(), 106, "what was written late into an hour that is over is seen an hour later");
});

test("the overview of a ledger whose books take long to count answers with those that were counted last, and says when", async (t) => {
  const time = clockAhead();
  let holds: Promise<void> | undefined;
  const all = await pages(t, {
    ...tokens,
    clock: { ...time.clock, monotonic: () => time.clock.now() },
    openLedger: async (...of) => {
      const ledger = await openLedger(...of);
      const balance: Ledger["balance"] = async (only) => {
        await holds;
        return ledger.balance(only);
      };
      return new Proxy(ledger, {
        get(target, name) {
          const value = name === "balance" ? balance : (Reflect.get(target, name) as unknown);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    },
  });
  const read = async (): Promise<string> => (await all.at.get("/", bearer(token))).text();
  assert.doesNotMatch(await read(), /They were counted/);
  let goOn = (): void => undefined;
  holds = new Promise((resolve) => {
    goOn = resolve;
  });
  time.forward(60_000);
  const held = await read();
  assert.match(held, /They were counted <time[^>]*>1m/);
  assert.match(held, /<dt>Received<\/dt><dd>4<\/dd>/);
  goOn();
});
