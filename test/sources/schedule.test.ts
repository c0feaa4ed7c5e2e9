import assert from "node:assert/strict";
import { test } from "node:test";
import { nextRunMs, scheduleText } from "../../src/sources/schedule.ts";

function runs(cron: string, zone: string, from: string, count: number): string[] {
  const times: string[] = [];
  for (let at = Date.parse(from); times.length < count; ) {
    const next = nextRunMs({ cron, zone }, at);
    if (next === undefined) break;
    at = next;
    times.push(new Date(at).toISOString().slice(0, 16));
  }
  return times;
}

test("a daily run happens once a day, also on the days that skip or repeat its hour", () => {
  const table: [cron: string, zone: string, from: string, expected: string[]][] = [
    [
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T00:00:00Z",
      ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "30 2 * * *",
      "Europe/Berlin",
      "2026-10-24T00:00:00Z",
      ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"],
    ],
    ["30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", ["2026-03-08T07:00", "2026-03-09T06:30"]],
    [
      "30 1 * * *",
      "America/New_York",
      "2026-10-31T00:00:00Z",
      ["2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30"],
    ],
    [
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-02T12:00:00Z",
      ["2026-10-02T15:45", "2026-10-03T15:30", "2026-10-04T15:15"],
    ],
  ];
  for (const [cron, zone, from, expected] of table)
    assert.deepEqual(runs(cron, zone, from, expected.length), expected, zone);
});

test("an hourly run skips no hour and repeats none of those that pass twice", () => {
  assert.deepEqual(runs("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 4), [
    "2026-10-25T00:00",
    "2026-10-25T01:00",
    "2026-10-25T02:00",
    "2026-10-25T03:00",
  ]);
  assert.deepEqual(runs("0 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3), [
    "2026-03-29T01:00",
    "2026-03-29T02:00",
    "2026-03-29T03:00",
  ]);
});

test("missed runs are one run", () => {
  assert.equal(nextRunMs({ everyMs: 1_000 }, 5_000), 6_000);
  assert.equal(nextRunMs({ cron: "0 0 30 2 *", zone: "UTC" }, 0), undefined);
  assert.deepEqual(
    [scheduleText({ everyMs: 300_000 }), scheduleText({ cron: "0 6 * * 1-5", zone: "Europe/Berlin" })],
    ["every 5m", "cron 0 6 * * 1-5 (Europe/Berlin)"],
  );
});
