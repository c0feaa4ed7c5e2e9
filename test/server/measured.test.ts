import assert from "node:assert/strict";
import { test } from "node:test";
import type { RefusalRow } from "../../src/ledger/ledger.ts";
import { measuredFamilies } from "../../src/server/metrics.ts";
import { exposition } from "../../src/watch/metrics/exposition.ts";
import { processFacts } from "../../src/world/process-facts.ts";

const nowMs = 1_790_000_000_000;

const refusal = (at: number, count = 1): RefusalRow => ({
  source: `webhook:/${at}`,
  tenant: "",
  reason: "bad-signature",
  count,
  firstAtMs: nowMs + at,
  lastAtMs: nowMs + at,
  sample: "",
});

function scraped(refused: readonly RefusalRow[] | undefined): string {
  const measures = { bytes: 1, commits: 1, oldestWaiting: [], outbox: [] };
  const inLedger = refused && { books: [], refused, measures, alerts: [], atMs: nowMs };
  const now = { ledgerUp: inLedger !== undefined, owner: true, release: "", nowMs, systems: [] };
  return exposition(measuredFamilies({ ...now, inLedger, process: processFacts()() }), "text");
}

function refusals(rows: readonly RefusalRow[]): ReadonlyMap<string, number> {
  const lines = scraped(rows).matchAll(/^waybill_refusals_total\{source="([^"]+)".*\} (\d+)$/gm);
  return new Map([...lines].map(([, source = "", count]) => [source, Number(count)]));
}

test("whoever invents sources and reasons fills no scrape, no line ever goes down, and nothing goes uncounted", () => {
  const few = Array.from({ length: 150 }, (_, at) => refusal(at));
  const many = [
    ...few.map((row) => ({ ...row, count: 2 })),
    ...Array.from({ length: 5_000 }, (_, at) => refusal(150 + at, 3)),
  ];
  const before = refusals(few);
  const after = refusals(many.reverse());
  assert.equal(before.size, 150);
  assert.equal(after.size, 201);
  for (const [source, count] of before) assert.ok((after.get(source) ?? 0) >= count, source);
  assert.equal(
    [...after.values()].reduce((sum, count) => sum + count, 0),
    150 * 2 + 5_000 * 3,
  );
});

test("a ledger that cannot be read is a scrape that says so, and tells the process all the same", () => {
  const text = scraped(undefined);
  assert.match(text, /^waybill_ledger_up 0$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.doesNotMatch(text, /^waybill_(records|balanced|refusals_total)/m);
});
