import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRateLimit } from "ratelimit-header-parser";
import { quotasTold } from "../../src/systems/rate-headers.ts";

// Another reader of the same headers. Where both read something, they have to read the same; where they differ, the table says who is right and why.
// The other one knows no clock but the machine's own, and rounds to whole seconds: so do these tests.

const nowMs = Math.floor(Date.now() / 1_000) * 1_000;

interface Read {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  readonly resetMs: number | undefined;
}

function ours(headers: Record<string, string>): Read | undefined {
  const [first] = quotasTold(headers, nowMs);
  if (first === undefined) return undefined;
  const { limit, remaining, afterMs } = first;
  return { limit, remaining, resetMs: afterMs === undefined ? undefined : nowMs + afterMs };
}

function theirs(headers: Record<string, string>): Read | undefined {
  const read = parseRateLimit(headers);
  if (read === undefined) return undefined;
  const number = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
  return {
    limit: number(read.limit),
    remaining: number(read.remaining),
    resetMs: read.reset === undefined ? undefined : number(read.reset.getTime()),
  };
}

/** It reads the clock again, so a moment may be a second or two later. */
function sameMoment(left: number | undefined, right: number | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return Math.abs(left - right) < 60_000;
}

const count = fc.nat(10_000);
const aheadS = fc.integer({ min: 1, max: 80_000 });
const reset = fc.oneof(
  aheadS.map(String),
  aheadS.map((ahead) => String(nowMs / 1_000 + ahead)),
  aheadS.map((ahead) => new Date(nowMs + ahead * 1_000).toUTCString()),
  aheadS.map((ahead) => new Date(nowMs + ahead * 1_000).toISOString()),
);

test("on X-RateLimit in seconds from now, seconds since 1970 and dates, the two readers agree", () => {
  const prefix = fc.constantFrom("ratelimit", "x-ratelimit", "x-rate-limit");
  fc.assert(
    fc.property(prefix, count, count, reset, (name, limit, remaining, until) => {
      const headers = {
        [`${name}-limit`]: String(limit),
        [`${name}-remaining`]: String(remaining),
        [`${name}-reset`]: until,
      };
      const [mine, other] = [ours(headers), theirs(headers)];
      assert.deepEqual([mine?.limit, mine?.remaining], [other?.limit, other?.remaining]);
      assert.ok(sameMoment(mine?.resetMs, other?.resetMs), `${until}: ${mine?.resetMs} and ${other?.resetMs}`);
    }),
    { numRuns: 500 },
  );
});

test("on the draft's dictionary, the two readers agree", () => {
  fc.assert(
    fc.property(count, count, aheadS, (limit, remaining, ahead) => {
      const headers = { ratelimit: `limit=${limit}, remaining=${remaining}, reset=${ahead}` };
      const [mine, other] = [ours(headers), theirs(headers)];
      assert.deepEqual([mine?.limit, mine?.remaining], [other?.limit, other?.remaining]);
      assert.ok(sameMoment(mine?.resetMs, other?.resetMs));
    }),
  );
});

type Row = [
  why: string,
  headers: Record<string, string>,
  ours: Partial<Read> | undefined,
  theirs: Partial<Read> | undefined,
];

const three = (remaining: string, until: string) => ({
  "x-ratelimit-limit": "10",
  "x-ratelimit-remaining": remaining,
  "x-ratelimit-reset": until,
});
const inHalfAMinute = nowMs + 30_000;

const differences: Row[] = [
  [
    "the form of the draft since 2024, which the other does not know",
    { ratelimit: '"day";r=3;t=30', "ratelimit-policy": '"day";q=10;w=60' },
    { limit: 10, remaining: 3, resetMs: inHalfAMinute },
    { limit: undefined, remaining: undefined, resetMs: undefined },
  ],
  [
    "milliseconds since 1970, which the other takes for seconds, in the year 58,000",
    three("3", String(inHalfAMinute)),
    { remaining: 3, resetMs: inHalfAMinute },
    { remaining: 3, resetMs: inHalfAMinute * 1_000 },
  ],
  [
    "a negative reset, which the other takes for a moment that is past: nobody knows what was meant",
    three("3", "-30"),
    { remaining: 3, resetMs: undefined },
    { remaining: 3, resetMs: nowMs - 30_000 },
  ],
  [
    "two counts in one, of which the other takes the first: half of a malformed value is a guess",
    three("0, 10", "30"),
    undefined,
    { remaining: 0, resetMs: inHalfAMinute },
  ],
  [
    "a malformed dictionary, of which the other takes what it finds: the standard says to ignore it as a whole",
    { ratelimit: "limit=10, remaining=3, reset=30," },
    { remaining: undefined, resetMs: undefined },
    { remaining: 3, resetMs: inHalfAMinute },
  ],
  [
    "no reset, and a Retry-After, which the other takes for seconds since 1970: it has rules of its own",
    { "x-ratelimit-limit": "10", "x-ratelimit-remaining": "0", "retry-after": "30" },
    undefined,
    { remaining: 0, resetMs: 30_000 },
  ],
  [
    "a duration with units, which the other takes for a date that does not exist",
    three("3", "30s"),
    { remaining: 3, resetMs: inHalfAMinute },
    { remaining: 3, resetMs: undefined },
  ],
];

for (const [why, headers, mine, other] of differences) {
  test(`where the two readers differ: ${why}`, () => {
    for (const [expected, actual] of [
      [mine, ours(headers)],
      [other, theirs(headers)],
    ] as const) {
      assert.equal(actual === undefined, expected === undefined);
      if (expected === undefined || actual === undefined) continue;
      const { resetMs, ...counts } = expected;
      for (const [name, value] of Object.entries(counts)) assert.equal(actual[name as keyof Read], value, name);
      assert.ok(sameMoment(actual.resetMs, resetMs), `${actual.resetMs} and ${resetMs}`);
    }
  });
}
