import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeIn, projectFolder, waybill } from "./project.ts";

test("the project that init writes is rehearsed, and nothing of it is stored or sent", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const ran = await waybill(folder, ["rehearse", "orders", "--nights", "5", "--seed", "7", "--json"]);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  const report = JSON.parse(ran.stdout) as Record<string, unknown>;
  assert.partialDeepStrictEqual(report, { ok: true, void: false, nights: 5, seed: 7, failures: [] });
  assert.ok((report.records as number) > 100);
  assert.equal((await waybill(folder, ["records", "--json"])).stdout.includes("orders"), false);
});

test("code that fails for every record is found, and told as a story with the command to see it again", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const path = join(folder, "integrations/orders.ts");
  const deliver = /(async deliver\([^)]*\) \{\n)/;
  const source = readFileSync(path, "utf8");
  assert.match(source, deliver);
  writeFileSync(path, source.replace(deliver, '$1    if (order.total !== "") throw new Error("no such customer");\n'));
  const ran = await waybill(folder, ["rehearse", "orders", "--nights", "1", "--seed", "3"]);
  assert.equal(ran.code, 1, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /Broken in night 1: good records are delivered, and broken ones quarantined\./);
  assert.match(ran.stdout, /no such customer/);
  assert.match(ran.stdout, /npx waybill rehearse orders --nights 1 --seed 3/);
});

test("a deliver that never waits for anything is ended, and its line is named", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const path = join(folder, "integrations/orders.ts");
  const source = readFileSync(path, "utf8");
  const endless = source.replace(
    /(async deliver\([^)]*\) \{\n)/,
    "$1    while (order.id !== undefined) await undefined;\n",
  );
  writeFileSync(path, endless);
  const line = endless.split("\n").findIndex((text) => text.includes("while (order.id")) + 1;
  const ran = await waybill(folder, ["rehearse", "orders", "--nights", "1"]);
  assert.equal(ran.code, 1, ran.stdout + ran.stderr);
  assert.match(
    ran.stderr,
    new RegExp(`code at integrations/orders\\.ts:${line} has run for 10 seconds and never waits`),
  );
});

test("the report card is written as a page where --html says so, and a folder that is not there is named", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const ran = await waybill(folder, ["rehearse", "orders", "--nights", "2", "--html", "card.html"]);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(readFileSync(join(folder, "card.html"), "utf8"), /Every promise was kept\./);
  const nowhere = await waybill(folder, ["rehearse", "orders", "--nights", "1", "--html", "nowhere/card.html"]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /nowhere\/card\.html cannot be written/);
});

test("the test that init writes rehearses the integration, and passes", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const ran = await nodeIn(folder, ["--test", "orders.test.ts"]);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /pass 2/);
});
