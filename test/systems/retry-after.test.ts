import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { absurdStopMs, retryAfter, stopMsMax } from "../../src/systems/retry-after.ts";

const nowMs = Date.UTC(2026, 10, 24, 12);

const table: [text: string, afterMs: number | undefined][] = [
  ["120", 120_000],
  [" 120 ", 120_000],
  ["0", 0],
  ["1.5", 1_500],
  ["0.0001", 1],
  ["86400", stopMsMax],
  ["86401", absurdStopMs],
  ["1795521600", absurdStopMs],
  ["99999999999999999999", absurdStopMs],
  ["-5", undefined],
  ["+5", undefined],
  ["5s", undefined],
  ["", undefined],
  ["soon", undefined],
  ["1e3", undefined],
  ["NaN", undefined],
  ["120, 60", undefined],
  ["Tue, 24 Nov 2026 12:00:30 GMT", 30_000],
  ["Tuesday, 24-Nov-26 12:00:30 GMT", 30_000],
  ["Tue Nov 24 12:00:30 2026", 30_000],
  ["Tue Nov  3 12:00:30 2026", 0],
  ["Tue, 24 Nov 2026 11:00:00 GMT", 0],
  ["Wed, 24 Nov 2027 12:00:00 GMT", absurdStopMs],
  ["Mon, 30 Feb 2026 12:00:00 GMT", undefined],
  ["Tue, 24 Nov 2026 12:00:30 CET", undefined],
  ["Tue, 24 Foo 2026 12:00:30 GMT", undefined],
  ["2026-11-24T12:00:30Z", undefined],
];

for (const [text, afterMs] of table) {
  test(`Retry-After: ${text || "(empty)"} means ${afterMs === undefined ? "nothing" : `${afterMs} ms`}`, () => {
    assert.equal(retryAfter({ "retry-after": text }, nowMs)?.afterMs, afterMs);
  });
}

test("without the header there is no stop", () => assert.equal(retryAfter({}, nowMs), undefined));

test("a date is measured by the answer's own clock when it tells the time", () => {
  const headers = { "retry-after": "Tue, 24 Nov 2026 09:01:00 GMT", date: "Tue, 24 Nov 2026 09:00:00 GMT" };
  assert.equal(retryAfter(headers, nowMs)?.afterMs, 60_000);
  assert.equal(retryAfter({ ...headers, date: "nonsense" }, nowMs)?.afterMs, 0);
});

test("only what was cut is called absurd", () => {
  assert.equal(retryAfter({ "retry-after": "86401" }, nowMs)?.absurd, true);
  assert.equal(retryAfter({ "retry-after": "86400" }, nowMs)?.absurd, false);
});

test("whatever stands there, a stop is between nothing and a day", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.double().map(String),
        fc.date().map((date) => (Number.isNaN(date.getTime()) ? "" : date.toUTCString())),
      ),
      (text) => {
        const stop = retryAfter({ "retry-after": text }, nowMs);
        assert.ok(
          stop === undefined || (stop.afterMs >= 0 && stop.afterMs <= stopMsMax && Number.isInteger(stop.afterMs)),
          text,
        );
      },
    ),
  );
});
