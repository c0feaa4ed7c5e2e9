import assert from "node:assert/strict";
import { test } from "node:test";
import { byKey, integration, push, system } from "waybill";
import { rehearsalHtml, rehearse } from "waybill/rehearse";
import { z } from "zod";

const shop = system("shop", { baseUrl: "https://shop.example.com" });
const careless = integration("careless", {
  source: push(),
  contract: z.object({ id: z.string().min(1), customer: z.object({ name: z.string() }).nullable() }),
  identify: ({ id }) => ({ id }),
  async deliver({ id, customer }, { effect }) {
    if (customer === null) throw new Error("<script>alert(1)</script>");
    await effect("make", shop.post("/things", { json: { id }, idempotency: byKey() }));
  },
});

test("the report card as a page tells the story, asks for nothing from anywhere, and runs nothing of what is in it", async () => {
  const report = await rehearse(careless, { nights: 2, seed: 7 });
  const page = rehearsalHtml("careless", report);
  assert.match(page, /✗ A promise was broken\./);
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.deepEqual(page.match(/<script|<link|<img|https?:\/\/|\son\w+=/gi), null);
  assert.match(page, /npx waybill rehearse careless --nights 1 --seed \d+/);
  for (const { name } of report.promises) assert.ok(page.includes(name), name);
});

test("the page of a rehearsal that is void says why it means nothing", async () => {
  let runs = 0;
  const remembering = integration("remembering", {
    source: push(),
    contract: z.object({ id: z.string().min(1) }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }, { effect }) {
      await effect("make", shop.post("/things", { json: { id, nth: runs++ }, idempotency: byKey() }));
    },
  });
  const page = rehearsalHtml("remembering", await rehearse(remembering, { nights: 1 }));
  assert.match(page, /It means nothing\./);
  assert.match(page, /night 1 went another way the second time/);
});
