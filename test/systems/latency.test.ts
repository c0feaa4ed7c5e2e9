import assert from "node:assert/strict";
import { test } from "node:test";
import { Latency } from "../../src/systems/latency.ts";

test("the median and the 95th percentile are those of the last answers", () => {
  const latency = new Latency();
  assert.equal(latency.state(0), undefined);
  for (let took = 1; took <= 100; took++) latency.add(took, took);
  assert.deepEqual(latency.state(100), { medianMs: 50, p95Ms: 95, answers: 100 });
});

test("what is long ago, or more than a few hundred, is forgotten", () => {
  const latency = new Latency();
  for (let call = 0; call < 10_000; call++) latency.add(0, 5_000);
  for (let call = 0; call < 256; call++) latency.add(1, 7);
  assert.deepEqual(latency.state(1), { medianMs: 7, p95Ms: 7, answers: 256 });
  assert.equal(latency.state(600_002), undefined);
});
