import assert from "node:assert/strict";
import { test } from "node:test";
import { queryObjects } from "node:v8";
import { rehearse } from "waybill/rehearse";
import contacts from "../../examples/contacts-to-crm.ts";
import demo from "../../examples/demo/orders.ts";
import orders from "../../examples/orders-to-invoices.ts";
import { Life } from "../../src/rehearse/night/life.ts";

// A process of a night dies in the middle of what it does, so nothing of it ever ends. What the platform keeps for as long as something has not ended keeps
// the whole process with it: ten thousand nights would not fit into memory.

test("nothing of a night is kept when it is over, although its processes died in the middle of everything", async () => {
  const report = await rehearse([contacts, orders], { nights: 10, seed: 500 });
  assert.ok(report.ok, report.summary);
  const crashes = report.seen["fault crash"] ?? 0;
  assert.ok(crashes > 10, `only ${crashes} processes were killed`);
  const kept = queryObjects(Life, { format: "count" });
  assert.ok(kept <= 2, `${kept} processes of nights that are over are still there`);
});

test("nor is anything of a night kept while later ones are played, although its random bytes were drawn at once", async () => {
  const kept: number[] = [];
  const report = await rehearse(demo, {
    nights: 6,
    seed: 9,
    onNight: () => kept.push(queryObjects(Life, { format: "count" })),
  });
  assert.ok(report.ok, report.summary);
  // As many as the last night had, and not those of all nights.
  assert.ok((kept.at(-1) ?? 0) <= 8, `processes of nights, those that are over among them: ${kept.join(", ")}`);
});
