// What somebody who is called at night does with nothing but the pages: from the alert to the end, by what is written there. What came of it is then asked
// of the ledger and of the other side.
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { atMostOnce, byKey, integration, push, system } from "waybill";
import { z } from "zod";
import { openChromium } from "./chromium.ts";
import { openDesk } from "./desk.ts";
import { Vendor } from "./vendor.ts";

let browser: Browser;
before(async () => {
  browser = await openChromium();
});
after(() => browser.close());

const Made = z.object({ id: z.string() });

async function vendorFor(t: TestContext): Promise<Vendor> {
  const vendor = await Vendor.open();
  t.after(() => vendor.close());
  return vendor;
}

const link = (page: Page, name: string | RegExp) => page.getByRole("link", { name });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
/** Opens one of the choices on a page, and gives back its form. */
async function choice(page: Page, name: string) {
  const choice = page.locator("details.choice").filter({ has: page.getByText(name, { exact: true }) });
  await choice.locator("summary").click();
  return choice.getByRole("group").or(choice.locator("form"));
}

test("five hundred rows with one mistake: from the alert, one edit and one release deliver each of them once, with the name and the reason of whoever did it", async (t) => {
  const vendor = await vendorFor(t);
  const books = system("price-books", { baseUrl: vendor.url });
  const prices = integration("prices", {
    source: push(),
    contract: z.object({ sku: z.string(), currency: z.enum(["AUD", "NZD"]) }),
    identify: ({ sku }) => ({ id: sku }),
    async deliver({ sku, currency }, { effect }) {
      await effect(
        "price",
        books.post("/prices", { json: { ref: sku, currency }, expect: Made, idempotency: byKey() }),
      );
    },
  });
  const here = await openDesk(t, browser, { integrations: [prices] });
  const rows = Array.from({ length: 500 }, (_, at) => ({ sku: `sku-${at}`, currency: "A$" }));
  const records = await here.send("prices", rows);
  await here.look();

  const page = await here.person("Ann Lee");
  await link(page, /500 records of prices break the contract/).click();
  await link(page, "Look at 500 records").click();
  await link(page, "Decide").click();
  await page.getByRole("heading", { name: "500 records quarantined" }).waitFor();
  const edit = await choice(page, "Edit all");
  await edit.getByLabel("Path").fill("currency");
  await edit.getByLabel("Value").fill("AUD");
  await edit.getByLabel("Why").fill("their A$ is AUD");
  await edit.getByRole("button", { name: "Say what it would do" }).click();
  await page.getByRole("heading", { name: "What edit would do" }).waitFor();
  await page.getByText("500 would be").waitFor();
  assert.equal((await here.rows({ cause: "contract" })).length, 500, "saying what it would do changes nothing");
  await press(page, "Do it");
  await page.getByRole("heading", { name: "What edit did" }).waitFor();
  await link(page, "Release them").click();
  const release = await choice(page, "Release all");
  await release.getByLabel("Why").fill("they are right now");
  await release.getByRole("button", { name: "Say what it would do" }).click();
  await press(page, "Do it");
  await page.getByRole("heading", { name: "What release did" }).waitFor();
  await here.settled();

  await link(page, "Overview").click();
  const row = page.getByRole("row", { name: /^prices/ });
  await row.getByRole("link", { name: "500", exact: true }).waitFor();
  const book = await here.book("prices");
  assert.deepEqual([book.received, book.delivered, book.quarantined, book.balanced], [500, 500, 0, true]);
  assert.equal(vendor.applied.size, 500);
  assert.ok(
    [...vendor.applied.values()].every((times) => times === 1),
    "each price is written once",
  );
  for (const record of [records[0], records[499]] as string[]) {
    const persons = (await here.whole(record)).timeline.filter(({ actor }) => actor !== undefined);
    assert.deepEqual(
      persons.map(({ what, actor, detail }) => [what, actor, (JSON.parse(detail ?? "{}") as { why?: string }).why]),
      [
        ["edited", "Ann Lee", "their A$ is AUD"],
        ["released", "Ann Lee", "they are right now"],
      ],
    );
  }
});

test("a payment whose answer was lost waits for a person: who looked it up says that it was made, and it goes on with that result and is never sent again", async (t) => {
  const vendor = await vendorFor(t);
  const bank = system("bank", { baseUrl: vendor.url, timeout: "1s", breaker: false });
  const ledgers = system("ledgers", { baseUrl: vendor.url });
  const payments = integration("payments", {
    source: push(),
    contract: z.object({ id: z.string(), amount: z.number() }),
    identify: ({ id }) => ({ id }),
    async deliver({ id, amount }, { effect }) {
      const transfer = { json: { ref: `pay-${id}`, amount }, expect: Made, idempotency: atMostOnce } as const;
      const made = await effect("transfer", bank.post("/transfers", transfer));
      await effect("entry", ledgers.post("/entries", { json: { ref: `entry-${made.id}` }, idempotency: byKey() }));
    },
  });
  const here = await openDesk(t, browser, { integrations: [payments] });
  vendor.mood = "loses";
  const [record = ""] = await here.send("payments", [{ id: "P-1001", amount: 250 }]);
  await here.settled();
  assert.equal((await here.whole(record)).state, "held");
  vendor.mood = "well";
  await here.look();

  const page = await here.person("Ben Okafor");
  await link(page, /1 record of payments has an effect that needs a person/).click();
  await page.getByRole("region", { name: "Records" }).getByRole("link").click();
  await page.getByRole("heading", { name: /P-1001 held/ }).waitFor();
  const applied = await choice(page, "It was applied");
  await applied.getByLabel("Its result, as JSON").fill('{"id": "TR-77"}');
  await applied.getByLabel("Why").fill("it stands in the statement of the bank");
  await applied.getByRole("button", { name: "It was applied" }).click();
  await page.getByRole("heading", { name: /P-1001 (waiting|delivering|delivered)/ }).waitFor();
  // The page follows by itself: nobody loads it again.
  await page.getByRole("heading", { name: "P-1001 delivered" }).waitFor();
  await page.getByText("it stands in the statement of the bank").first().waitFor();

  assert.deepEqual(Object.fromEntries(vendor.applied), { "pay-P-1001": 1, "entry-TR-77": 1 });
  const whole = await here.whole(record);
  assert.equal(whole.state, "delivered");
  const resolved = whole.timeline.find(({ what }) => what === "resolved");
  assert.equal(resolved?.actor, "Ben Okafor");
  assert.match(resolved?.detail ?? "", /it stands in the statement of the bank/);
  assert.equal((await here.book("payments")).balanced, true);
});

test("a system that goes down is seen on an open page without loading it again, and so is how everything that waited is drained when it is back", async (t) => {
  const vendor = await vendorFor(t);
  const warehouse = system("warehouse", { baseUrl: vendor.url, breaker: { volume: 3, open: "200ms" } });
  const stock = integration("stock", {
    source: push(),
    contract: z.object({ sku: z.string() }),
    identify: ({ sku }) => ({ id: sku }),
    retry: { first: "50ms", longest: "200ms", giveUpAfter: "1h" },
    async deliver({ sku }, { effect }) {
      await effect("level", warehouse.post("/levels", { json: { ref: sku }, idempotency: byKey() }));
    },
  });
  const here = await openDesk(t, browser, { integrations: [stock], watch: { rules: { breaker: { after: "1ms" } } } });
  const page = await here.person("Cleo");
  let loads = 0;
  page.on("load", () => {
    loads += 1;
  });
  await page.getByText("All is well.").waitFor();

  vendor.mood = "down";
  await here.send(
    "stock",
    Array.from({ length: 40 }, (_, at) => ({ sku: `s-${at}` })),
  );
  await page.getByText("Something is wrong.").waitFor();
  await link(page, /warehouse is down and left alone/).click();
  await page.getByText("What to do").waitFor();
  const ack = await choice(page, "Acknowledge");
  await ack.getByLabel("Why").fill("their status page says so");
  await ack.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("Cleo: their status page says so").waitFor();
  await link(page, "Look at warehouse").click();
  const state = page.getByRole("region", { name: /^warehouse/ });
  await state.getByText("does not answer").or(state.getByText("being tried")).first().waitFor();
  assert.equal(vendor.applied.size, 0);

  loads = 0;
  vendor.mood = "well";
  await state.getByText("answers", { exact: true }).waitFor();
  await here.settled();
  assert.equal(loads, 0, "it was seen on the page that was open");
  await link(page, "Overview").click();
  await page
    .getByRole("row", { name: /^stock/ })
    .getByRole("link", { name: "40", exact: true })
    .waitFor();

  const book = await here.book("stock");
  assert.deepEqual([book.received, book.delivered, book.balanced], [40, 40, true]);
  assert.equal(vendor.applied.size, 40);
  assert.ok(
    [...vendor.applied.values()].every((times) => times === 1),
    "each level is written once",
  );
  const [alert] = await here.assembly.ledger.alerts({});
  assert.equal(alert?.actor, "Cleo");
});
