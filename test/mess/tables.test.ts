// Real tables through the real file source: every row arrives cell for cell, or waits for a person, or its file was stopped and says why.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { csv, json } from "waybill";
import { filesIn, readFolder } from "./folder.ts";
import { rfc4180 } from "./rfc4180.ts";
import { meaning, said } from "./sink.ts";

const modules = fileURLToPath(new URL("../../node_modules/", import.meta.url));
const spectrum = join(modules, "csv-spectrum");
const vega = join(modules, "vega-datasets", "data");
const bytesMax = 130_000;

/** Rows as objects, and how many are wider or narrower than their header. */
function expected(
  text: string,
  delimiter: string,
): { readonly rows: Record<string, string>[]; readonly ragged: number } {
  const [header = [], ...lines] = rfc4180(text.replace(/^\ufeff/, ""), delimiter);
  const whole = lines.filter(({ length }) => length === header.length);
  return {
    rows: whole.map((line) => Object.fromEntries(header.map((name, at) => [name, line[at] ?? ""]))),
    ragged: lines.length - whole.length,
  };
}

const sorted = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).sort();

test("csv-spectrum: each file is read as its authors say", async (t) => {
  const folder = join(spectrum, "csvs");
  const names = filesIn(folder, [".csv"]);
  const read = await readFolder(folder, names, csv({ delimiter: ",", encoding: "utf-8" }));
  const wanted = names.flatMap((name) => {
    const text = readFileSync(join(spectrum, "json", name.replace(/csv$/, "json")), "utf8");
    // The file says another telephone number than the answer that goes with it.
    return JSON.parse(text.replace("1234567890", "2095257564")) as unknown[];
  });
  for (const [name, { stopped }] of read.files) assert.equal(stopped, undefined, name);
  assert.deepEqual(sorted(read.delivered), sorted(wanted));
  assert.ok(read.balanced);
  said(t, {
    corpus: "csv-spectrum",
    came: wanted.length,
    delivered: read.delivered.length,
    quarantined: read.quarantined,
    refused: 0,
  });
});

for (const [ending, delimiter] of [
  [".csv", ","],
  [".tsv", "\t"],
] as const) {
  test(`vega-datasets, ${ending}: delimiter and encoding are found out, and every cell arrives`, async (t) => {
    const names = filesIn(vega, [ending], (name) => statSync(join(vega, name)).size <= bytesMax);
    const read = await readFolder(vega, names, csv());
    const tables = names.map((name) => expected(readFileSync(join(vega, name), "utf8"), delimiter));
    for (const [name, { stopped }] of read.files) assert.equal(stopped, undefined, `${name}: ${stopped}`);
    assert.deepEqual(sorted(read.delivered), sorted(tables.flatMap(({ rows }) => rows)));
    assert.equal(
      read.quarantined,
      tables.reduce((sum, { ragged }) => sum + ragged, 0),
    );
    assert.ok(read.delivered.length > 1_000 && read.balanced);
    const came = tables.reduce((sum, { rows, ragged }) => sum + rows.length + ragged, 0);
    said(t, {
      corpus: `vega-datasets *${ending}`,
      came,
      delivered: read.delivered.length,
      quarantined: read.quarantined,
      refused: 0,
    });
  });
}

test("vega-datasets, .json: every element of a list arrives, number for number", async (t) => {
  const names = filesIn(vega, [".json"], (name) => statSync(join(vega, name)).size <= bytesMax);
  const read = await readFolder(vega, names, json());
  const texts = names.map((name) => readFileSync(join(vega, name), "utf8"));
  const wanted = texts.flatMap((text) => {
    const whole = meaning(text);
    return Array.isArray(whole) ? whole : [whole];
  });
  for (const [name, { stopped }] of read.files) assert.equal(stopped, undefined, `${name}: ${stopped}`);
  assert.deepEqual(sorted(read.delivered.map((value) => meaning(JSON.stringify(value)))), sorted(wanted));
  assert.ok(read.delivered.length > 1_000 && read.balanced);
  said(t, {
    corpus: "vega-datasets *.json",
    came: wanted.length,
    delivered: read.delivered.length,
    quarantined: read.quarantined,
    refused: 0,
  });
});
