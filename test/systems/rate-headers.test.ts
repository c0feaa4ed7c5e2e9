import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quotaStop } from "../../src/systems/rate-headers.ts";
import { absurdStopMs, stopMsMax } from "../../src/systems/retry-after.ts";
import { done, entered, entrance, sentAway } from "./entrance.ts";

const nowMs = Date.UTC(2026, 10, 24, 12);
const nowS = nowMs / 1_000;

type Row = [what: string, headers: Record<string, string>, afterMs: number | undefined];

const spent = (reset: string): Record<string, string> => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset });

const table: Row[] = [
  ["seconds from now", spent("30"), 30_000],
  ["a fraction of a second", spent("0.25"), 250],
  ["seconds since 1970", spent(String(nowS + 30)), 30_000],
  ["milliseconds since 1970", spent(String(nowMs + 30_000)), 30_000],
  ["an HTTP date", spent("Tue, 24 Nov 2026 12:00:30 GMT"), 30_000],
  ["an ISO date", spent("2026-11-24T13:00:30+01:00"), 30_000],
  ["an ISO date without an offset", spent("2026-11-24T12:00:30"), undefined],
  ["a date that does not exist", spent("2026-13-45T12:00:30Z"), undefined],
  ["seconds since 1970 that are past", spent(String(nowS - 1)), undefined],
  ["milliseconds since 1970 that are past", spent(String(nowMs)), undefined],
  ["a date that is past", spent("Tue, 24 Nov 2026 11:00:00 GMT"), undefined],
  ["zero", spent("0"), undefined],
  ["a negative reset", spent("-30"), undefined],
  ["a word", spent("soon"), undefined],
  ["nothing", spent(""), undefined],
  ["two values in one", spent("30, 60"), undefined],
  ["a day", spent("86400"), stopMsMax],
  ["more than a day, cut to an hour", spent("86401"), absurdStopMs],
  ["the year 2100, cut to an hour", spent("4102444800"), absurdStopMs],
  ["a duration with units", spent("6m0s"), 360_000],
  ["a duration in milliseconds", spent("20ms"), 20],
  ["a duration without a unit at its end", spent("6m30"), undefined],
  ["an ISO date that says UTC", spent("2026-11-24 12:00:30 UTC"), 30_000],
  ["a day that no month has", spent("2026-02-30T12:00:30Z"), undefined],
  [
    "the count of requests beside that of tokens",
    { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s" },
    1_000,
  ],
  ["the count of tokens", { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
  ["something left", { "x-ratelimit-remaining": "1", "x-ratelimit-reset": "30" }, undefined],
  ["a negative count", { "x-ratelimit-remaining": "-1", "x-ratelimit-reset": "30" }, undefined],
  ["two counts", { "x-ratelimit-remaining": "0, 10", "x-ratelimit-reset": "30" }, undefined],
  ["a count without a reset", { "x-ratelimit-remaining": "0" }, undefined],
  ["a reset without a count", { "x-ratelimit-reset": "30" }, undefined],
  ["X-Rate-Limit", { "x-rate-limit-remaining": "0", "x-rate-limit-reset": "30" }, 30_000],
  ["RateLimit-Reset", { "ratelimit-remaining": "0", "ratelimit-reset": "30" }, 30_000],
  ["RateLimit", { ratelimit: '"day";r=0;t=30' }, 30_000],
  ["RateLimit with its partition", { ratelimit: '"day";r=0;pk=:cHsdsRa894==:;t=30' }, 30_000],
  ["RateLimit with something left", { ratelimit: '"day";r=5;t=30' }, undefined],
  ["several quotas: only spent ones count", { ratelimit: '"a";r=0;t=5, "b";r=0;t=9, "c";r=1;t=90' }, 9_000],
  ["no time, and no policy", { ratelimit: '"day";r=0' }, undefined],
  [
    "no time: the policy's window",
    { ratelimit: '"day";r=0', "ratelimit-policy": '"min";q=9;w=1, "day";q=9;w=60' },
    60_000,
  ],
  ["a policy of another name", { ratelimit: '"day";r=0', "ratelimit-policy": '"min";q=9;w=60' }, undefined],
  ["a negative time", { ratelimit: '"day";r=0;t=-5' }, undefined],
  ["a name that holds what looks like parameters", { ratelimit: '"a;r=0;t=5, b";r=1;t=5' }, undefined],
  ["a comma at the end: the whole field is malformed", { ratelimit: '"day";r=0;t=30,' }, undefined],
  ["a quote that is not closed", { ratelimit: '"day;r=0;t=30' }, undefined],
  ["a token for a name", { ratelimit: "day;r=0;t=30" }, 30_000],
  ["a time with a fraction, which the draft does not know", { ratelimit: '"day";r=0;t=1.5' }, undefined],
  ["a count that is text", { ratelimit: '"day";r="0";t=30' }, undefined],
  ["a list of lists", { ratelimit: '("day");r=0;t=30' }, undefined],
  ["a number of 16 digits: malformed", { ratelimit: '"day";r=0;t=1000000000000000' }, undefined],
  ["a policy alone", { "ratelimit-policy": '"day";q=0;w=60' }, undefined],
  ["a window of nothing", { ratelimit: '"day";r=0', "ratelimit-policy": '"day";q=9;w=0' }, undefined],
  ["the draft's dictionary", { ratelimit: "limit=10, remaining=0, reset=30" }, 30_000],
  ["the draft's dictionary with something left", { ratelimit: "limit=10, remaining=3, reset=30" }, undefined],
  ["two families: the longest counts", { ...spent("30"), ratelimit: '"day";r=0;t=40' }, 40_000],
  ["no headers", {}, undefined],
];

for (const [what, headers, afterMs] of table) {
  test(`a quota: ${what} means ${afterMs === undefined ? "nothing" : `a stop of ${afterMs} ms`}`, () => {
    assert.equal(quotaStop(headers, false, nowMs)?.afterMs, afterMs);
  });
}

test("after a refusal a reset without a count is enough, but not a count that cannot be read", () => {
  assert.equal(quotaStop({ "x-ratelimit-reset": "30" }, true, nowMs)?.afterMs, 30_000);
  assert.equal(quotaStop({ "x-ratelimit-remaining": "few", "x-ratelimit-reset": "30" }, true, nowMs), undefined);
});

test("a reset is measured by the answer's own clock when it tells the time", () => {
  const headers = { ...spent(String(nowS - 3_600 + 60)), date: "Tue, 24 Nov 2026 11:00:00 GMT" };
  assert.equal(quotaStop(headers, false, nowMs)?.afterMs, 60_000);
});

test("whatever the headers hold, a stop is a whole number of milliseconds up to a day", () => {
  const text = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.nat().map(String),
    fc.tuple(fc.string(), fc.integer(), fc.integer()).map(([name, r, t]) => `"${name}";r=${r};t=${t}`),
  );
  const names = ["ratelimit", "ratelimit-policy", "x-ratelimit-remaining", "x-ratelimit-reset", "date"];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), text), fc.boolean(), (headers, refused) => {
      const stop = quotaStop(headers, refused, nowMs);
      assert.ok(
        stop === undefined || (stop.afterMs > 0 && stop.afterMs <= stopMsMax && Number.isInteger(stop.afterMs)),
      );
    }),
  );
});

test("an answer that is done and says the quota is spent stops all who come after it, and those who wait, until the reset", async () => {
  const { enter, gate, clock, events } = entrance({ limits: [{ kind: "concurrent", count: 1 }] });
  const first = entered(await enter("a"));
  const waiting = enter("b");
  first.release({ ...done, answer: { status: 200, headers: spent("30"), text: "" } });
  await clock.pass(1_000);
  assert.ok(sentAway(await waiting).untilMs >= clock.now() + 29_000);
  sentAway(await enter("c"));
  assert.notEqual(gate.state().stoppedUntil, null);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["system.stopped"],
  );
  await clock.pass(31_000);
  entered(await enter("b"));
});

test("a quota that is full loosens nothing that is declared", async () => {
  const { enter } = entrance({ limits: [{ kind: "rate", count: 1, perMs: 60_000 }] });
  const headers = { "x-ratelimit-remaining": "5000", "x-ratelimit-reset": "1" };
  entered(await enter("a")).release({ ...done, answer: { status: 200, headers, text: "" } });
  sentAway(await enter("b"));
});

test("a reset far away is cut to an hour, and told once", async () => {
  const { enter, events } = entrance({ limits: [] });
  const permits = [entered(await enter("a")), entered(await enter("b"))];
  for (const permit of permits)
    permit.release({ ...done, answer: { status: 200, headers: spent("99999999"), text: "" } });
  assert.deepEqual(
    events.map(({ event }) => event),
    ["system.absurd", "system.stopped"],
  );
});
