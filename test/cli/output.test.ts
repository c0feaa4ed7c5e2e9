import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, plain, table } from "../../src/cli/output.ts";
import { rateOf } from "../../src/cli/rates.ts";
import type { Limit, SystemDefinition } from "../../src/define/system-definition.ts";
import { concurrent, rate } from "../../src/index.ts";

test("text from outside cannot steer a terminal", () => {
  assert.equal(plain("a\u001b[2Jb"), "ab");
  assert.equal(plain("a\r\nb\tc"), "a b c");
  assert.equal(plain("a\u001b]0;title\u0007b"), "ab");
  assert.equal(plain("a\u009b31mb\u202eevil"), plain(plain("a\u009b31mb\u202eevil")));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(plain("\u009b31m\u202e\u0000\u007f"), /[\u0000-\u001f\u007f-\u009f\u202e]/);
});

test("a table fits 120 columns: the widest text gives way, and numbers stand to the right", () => {
  const rows = [{ name: "orders", count: 7, why: "x".repeat(500) }];
  const lines = table(rows, [
    { title: "name", of: ({ name }) => name },
    { title: "count", right: true, of: ({ count }) => count },
    { title: "why", of: ({ why }) => why },
  ]).split("\n");
  assert.equal(lines.length, 2);
  for (const line of lines) assert.ok(line.length <= 120, line);
  assert.match(lines[1] ?? "", /^orders {6}7 {2}x+…$/);
});

test("a column that is needed whole is not cut where no terminal is", () => {
  const limits = "5000 per 1d (4999 left), 60 per 1m (12 left)".repeat(3);
  const shown = table(
    [{ name: "n".repeat(80), limits }],
    [
      { title: "name", of: ({ name }) => name },
      { title: "limits", whole: true, of: (one) => one.limits },
    ],
  );
  assert.match(shown, /^n{11}… {2}/m);
  assert.ok(shown.endsWith(limits));
});

test("times are told as people tell them", () => {
  const nowMs = Date.parse("2026-01-02T00:00:00Z");
  const table = [
    ["2026-01-01T23:59:50Z", "10s ago"],
    ["2026-01-01T23:30:00Z", "30m ago"],
    ["2026-01-01T12:00:00Z", "12h ago"],
    ["2025-12-31T00:00:00Z", "2d ago"],
    ["2026-01-02T00:05:00Z", "in 5m"],
  ] as const;
  for (const [iso, words] of table) assert.equal(ago(iso, nowMs), words);
  assert.equal(ago(null, nowMs), "");
});

test("the rate that results is that of the tightest limit, a little below what it says", () => {
  const of = (...limits: readonly Limit[]) => rateOf({ name: "books", limits } as unknown as SystemDefinition);
  assert.equal(of().perHour, null);
  const sixty = of(rate(60, "1m")).perHour ?? 0;
  assert.ok(sixty < 3_600 && sixty > 3_500, String(sixty));
  assert.equal(of(rate(60, "1m"), concurrent(5)).perHour, sixty);
  assert.ok((of(rate(60, "1m"), rate(100, "1d")).perHour ?? 0) < 5);
  assert.equal(
    of(rate(60, "1m"), rate(5_000, "1d")).text,
    "at most 59.8 a minute and 5,000 a day, with answers of 200ms",
  );
});
