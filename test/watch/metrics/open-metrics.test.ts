import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exposition } from "../../../src/watch/metrics/exposition.ts";
import { Counter, type Family, Gauge, Histogram } from "../../../src/watch/metrics/family.ts";
import { negotiated } from "../../../src/watch/metrics/negotiate.ts";

const now = (): number => 1_790_000_000_500;

test("a collector gets the form that it weighs most, and text when it does not say", () => {
  const prometheus =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  const newer =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
  const table: readonly [accept: string | null, format: string][] = [
    [prometheus, "openmetrics"],
    [newer, "openmetrics"],
    ["Application/OpenMetrics-Text; Version=1.0.0; Q=0.9, text/plain", "text"],
    ["application/openmetrics-text", "openmetrics"],
    ["application/openmetrics-text; version=0.0.1", "text"],
    ["application/openmetrics-text;q=0", "text"],
    ["application/openmetrics-text;q=nonsense", "text"],
    ["text/plain;version=0.0.4", "text"],
    ["text/html,*/*;q=0.8", "text"],
    ["*/*", "text"],
    ["", "text"],
    [null, "text"],
    [",;=,;;q,".repeat(5_000), "text"],
  ];
  for (const [accept, format] of table) assert.equal(negotiated(accept), format, String(accept).slice(0, 100));
});

test("each type is written as OpenMetrics has it, to the letter", () => {
  const counter = new Counter({ name: "waybill_cpu_seconds_total", help: 'of "x"', open: ["system"] }, now);
  counter.add(2, ["books"]);
  const histogram = new Histogram({ name: "waybill_wait_seconds", help: "x", open: [] }, [0.5, 10], now);
  histogram.observe(3, []);
  const gauge = new Gauge({ name: "waybill_size_bytes", help: "x", open: [] });
  gauge.set(7, []);
  const info: Family = {
    name: "waybill_info",
    type: "info",
    help: "x",
    samples: [["", { release: "1.0" }, 1]],
  };
  const families = [info, counter.family(), gauge.family(), histogram.family()];
  assert.equal(
    exposition(families, "openmetrics"),
    [
      "# TYPE waybill info",
      "# HELP waybill x",
      'waybill_info{release="1.0"} 1',
      "# TYPE waybill_cpu_seconds counter",
      "# UNIT waybill_cpu_seconds seconds",
      '# HELP waybill_cpu_seconds of \\"x\\"',
      'waybill_cpu_seconds_total{system="books"} 2',
      'waybill_cpu_seconds_created{system="books"} 1790000000.5',
      "# TYPE waybill_size_bytes gauge",
      "# UNIT waybill_size_bytes bytes",
      "# HELP waybill_size_bytes x",
      "waybill_size_bytes 7",
      "# TYPE waybill_wait_seconds histogram",
      "# UNIT waybill_wait_seconds seconds",
      "# HELP waybill_wait_seconds x",
      'waybill_wait_seconds_bucket{le="0.5"} 0',
      'waybill_wait_seconds_bucket{le="10.0"} 1',
      'waybill_wait_seconds_bucket{le="+Inf"} 1',
      "waybill_wait_seconds_sum 3",
      "waybill_wait_seconds_count 1",
      "waybill_wait_seconds_created 1790000000.5",
      "# EOF",
      "",
    ].join("\n"),
  );
  assert.ok(!exposition(families, "text").includes("_created"), "text has no word for when a series began");
  assert.equal(exposition([], "openmetrics"), "# EOF\n", "nothing is a whole answer too");
});

test("whatever stands in a label, both forms have the same series and values", () => {
  const values = fc.array(fc.string({ unit: "binary", maxLength: 50 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(values, (names) => {
      const counter = new Counter({ name: "waybill_x_total", help: "x", open: ["source"] }, now);
      for (const name of names) counter.add(1, [name]);
      const lines = (format: "text" | "openmetrics"): string[] =>
        exposition([counter.family()], format)
          .split("\n")
          .filter((line) => line.startsWith("waybill_x_total"));
      assert.deepEqual(lines("openmetrics"), lines("text"));
    }),
  );
});
