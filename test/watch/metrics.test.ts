import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WaybillEvent } from "../../src/model/events.ts";
import { exposition } from "../../src/watch/metrics/exposition.ts";
import { Counter, Histogram } from "../../src/watch/metrics/family.ts";
import { createMeter } from "../../src/watch/metrics/meter.ts";

const ofRecord = { integration: "orders", tenant: "", record: "0abc" };
const settled = (over: Partial<Extract<WaybillEvent, { event: "record.settled" }>>): WaybillEvent => ({
  event: "record.settled",
  state: "delivered",
  cause: undefined,
  reason: undefined,
  nextAtMs: undefined,
  run: 1,
  durationMs: 5,
  ageMs: 7,
  ...ofRecord,
  ...over,
});
const attempt = (over: Partial<Extract<WaybillEvent, { event: "attempt" }>>): WaybillEvent => ({
  event: "attempt",
  effect: "invoice",
  kind: "effect",
  attempt: 1,
  system: "books",
  outcome: "done",
  why: undefined,
  durationMs: 30,
  status: 201,
  ...ofRecord,
  ...over,
});

/** The series of a text by name and labels, in the order in which they stand there. */
function seriesIn(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

function scraped(...events: readonly WaybillEvent[]): Map<string, number> {
  const meter = createMeter({ now: () => 1_790_000_000_000 });
  for (const event of events) meter.read(event);
  return seriesIn(exposition(meter.families(), "text"));
}

test("what happened is counted once, under the name that its runbook looks for", () => {
  const series = scraped(
    { event: "intake.taken", source: "webhook:/a", state: "delivering", duplicate: false, ...ofRecord },
    { event: "intake.taken", source: "webhook:/a", state: "delivered", duplicate: true, ...ofRecord },
    { event: "effect.intended", effect: "invoice", system: "books", generation: 1, attempt: 1, ...ofRecord },
    attempt({ outcome: "limited", status: 429 }),
    attempt({}),
    attempt({ kind: "read", effect: "call GET /x" }),
    settled({ state: "waiting", cause: "retrying", nextAtMs: 9 }),
    settled({ state: "waiting", cause: "deferred", nextAtMs: 9 }),
    settled({ ageMs: 2_000 }),
    settled({ state: "dead", cause: "refused", ageMs: 90_000_000 }),
    { event: "permit.waited", for: "0abc", system: "books", waitedMs: 300 },
    { event: "permit.deferred", for: "0abc", system: "books", untilMs: 9, why: "its limits are used up" },
    { event: "source.page", source: "poll:a", records: 3, more: false, durationMs: 4 },
    { event: "source.done", source: "poll:a", records: 3, durationMs: 4 },
    { event: "source.failed", source: "poll:a", why: "503", nextAtMs: 9 },
    { event: "effect.looked-up", effect: "invoice", found: "none", ...ofRecord },
    { event: "watch.failed", what: "the disk", why: "no such folder" },
    { event: "heartbeat.failed", why: "it answered 500" },
  );
  for (const [name, value] of Object.entries({
    'waybill_records_taken_total{integration="orders",source="webhook:/a",state="waiting"}': 1,
    'waybill_records_taken_total{integration="orders",source="webhook:/a",state="duplicate"}': 1,
    'waybill_intents_total{integration="orders"}': 1,
    'waybill_attempts_total{system="books",kind="effect",outcome="limited"}': 1,
    'waybill_attempts_total{system="books",kind="effect",outcome="done"}': 1,
    'waybill_attempts_total{system="books",kind="read",outcome="done"}': 1,
    'waybill_effect_attempts_total{integration="orders",effect="invoice",outcome="done"}': 1,
    'waybill_call_duration_seconds_bucket{system="books",le="0.025"}': 0,
    'waybill_call_duration_seconds_bucket{system="books",le="0.05"}': 3,
    'waybill_call_duration_seconds_count{system="books"}': 3,
    'waybill_retries_total{integration="orders"}': 1,
    'waybill_deferrals_total{integration="orders"}': 1,
    'waybill_records_settled_total{integration="orders",state="delivered",cause=""}': 1,
    'waybill_records_settled_total{integration="orders",state="dead",cause="refused"}': 1,
    'waybill_receipt_to_settlement_seconds_bucket{integration="orders",state="delivered",le="5"}': 1,
    'waybill_receipt_to_settlement_seconds_bucket{integration="orders",state="dead",le="86400"}': 0,
    'waybill_receipt_to_settlement_seconds_bucket{integration="orders",state="dead",le="+Inf"}': 1,
    'waybill_receipt_to_settlement_seconds_sum{integration="orders",state="dead"}': 90_000,
    'waybill_permit_wait_seconds_sum{system="books"}': 0.3,
    'waybill_permits_deferred_total{system="books"}': 1,
    'waybill_source_records_total{source="poll:a"}': 3,
    'waybill_source_last_success_timestamp_seconds{source="poll:a"}': 1_790_000_000,
    'waybill_source_failures_total{source="poll:a"}': 1,
    'waybill_lookups_total{integration="orders",found="none"}': 1,
    waybill_watch_failures_total: 1,
    waybill_heartbeat_failing: 1,
    // There before the first failure, which would otherwise show no increase.
    'waybill_ledger_failures_total{code="ledger-failed"}': 0,
    waybill_server_failures_total: 0,
  }))
    assert.equal(series.get(name), value, name);
});

test("names that never end grow neither the memory nor the scrape, and nothing of them goes uncounted", () => {
  const meter = createMeter({ now: () => 0 });
  const many = 20_000;
  for (let at = 0; at < many; at++) {
    const integration = `i-${at}`;
    meter.read({
      event: "intake.taken",
      source: `s-${at}`,
      state: "waiting",
      duplicate: false,
      ...ofRecord,
      integration,
    });
    meter.read(attempt({ integration, effect: `line-${at}`, system: `system-${at}` }));
    meter.read(settled({ integration }));
    meter.read({ event: "source.done", source: `s-${at}`, records: 1, durationMs: 1 });
    meter.read({ event: "permit.waited", for: "x", system: `system-${at}`, waitedMs: 1 });
  }
  const text = exposition(meter.families(), "text");
  const series = seriesIn(text);
  assert.ok(series.size < 10_000, `${series.size} series`);
  const total = (name: string): number =>
    [...series].filter(([key]) => key.startsWith(`${name}{`)).reduce((sum, [, value]) => sum + value, 0);
  for (const name of [
    "waybill_records_taken_total",
    "waybill_attempts_total",
    "waybill_effect_attempts_total",
    "waybill_records_settled_total",
    "waybill_call_duration_seconds_count",
    "waybill_receipt_to_settlement_seconds_count",
    "waybill_permit_wait_seconds_count",
  ])
    assert.equal(total(name), many, name);
  assert.ok(
    (series.get('waybill_effect_attempts_total{integration="(others)",effect="(others)",outcome="done"}') ?? 0) >
      19_000,
  );
  for (let at = 0; at < many; at++) meter.read(attempt({ integration: "other", effect: `again-${at}` }));
  assert.equal(seriesIn(exposition(meter.families(), "text")).size, series.size, "no series more");
});

test("a clock that jumps makes no duration negative, and no counter runs backwards", () => {
  const series = scraped(
    attempt({ durationMs: -5_000 }),
    attempt({ durationMs: Number.NaN }),
    settled({ ageMs: -86_400_000 }),
    { event: "permit.waited", for: "x", system: "books", waitedMs: -1 },
    { event: "source.page", source: "poll:a", records: -3, more: false, durationMs: -1 },
  );
  for (const [name, value] of series) assert.ok(value >= 0, `${name} ${value}`);
  assert.equal(series.get('waybill_call_duration_seconds_count{system="books"}'), 1);
});

test("whatever stands in a label, each series stays one line that can be read back", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 300 }), { minLength: 1, maxLength: 20 }), (values) => {
      const counter = new Counter({ name: "waybill_x_total", help: "a\nb\\c", open: ["source"] }, () => 0);
      for (const value of values) counter.add(1, [value]);
      const [help, type, ...lines] = exposition([counter.family()], "text").trimEnd().split("\n");
      assert.equal(help, "# HELP waybill_x_total a\\nb\\\\c");
      assert.equal(type, "# TYPE waybill_x_total counter");
      assert.equal(new Set(lines.map((line) => line.slice(0, line.lastIndexOf(" ")))).size, lines.length);
      for (const line of lines) assert.match(line, /^waybill_x_total\{source="([^"\\\n]|\\["\\n])*"\} \d+$/u);
    }),
  );
});

test("buckets add up, whatever comes and in whatever order", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: -10, max: 1_000 })), (values) => {
      const histogram = new Histogram(
        { name: "waybill_x_seconds", help: "x", open: ["system"] },
        [0.1, 1, 10],
        () => 0,
      );
      for (const value of values) histogram.observe(value, ["books"]);
      const series = seriesIn(exposition([histogram.family()], "text"));
      const upTo = (bound: number): number => values.filter((value) => Math.max(0, value) <= bound).length;
      for (const [le, bound] of [
        ["0.1", 0.1],
        ["1", 1],
        ["10", 10],
        ["+Inf", Number.POSITIVE_INFINITY],
      ] as const)
        assert.equal(series.get(`waybill_x_seconds_bucket{system="books",le="${le}"}`) ?? 0, upTo(bound));
      assert.equal(series.get('waybill_x_seconds_count{system="books"}') ?? 0, values.length);
    }),
  );
});

test("a long name is cut, and two that are alike as far as that are one series", () => {
  const series = scraped(attempt({ system: `${"x".repeat(5_000)}a` }), attempt({ system: `${"x".repeat(5_000)}b` }));
  assert.equal(series.get(`waybill_attempts_total{system="${"x".repeat(200)}",kind="effect",outcome="done"}`), 2);
});
