// The pages under the hands of people: without a mouse, without JavaScript, and while they fill something in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { integration, push } from "waybill";
import { z } from "zod";
import { openChromium } from "./chromium.ts";
import { type Desk, type Ending, openDesk } from "./desk.ts";

let browser: Browser;
before(async () => {
  browser = await openChromium();
});
after(() => browser.close());

/** Three orders of ten wait for a person. */
async function open(t: Ending): Promise<{ readonly desk: Desk; readonly stuck: string }> {
  const orders = integration("orders", {
    source: push(),
    contract: z.object({ id: z.string(), total: z.number() }),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
  const desk = await openDesk(t, browser, { integrations: [orders] });
  const records = await desk.send(
    "orders",
    Array.from({ length: 10 }, (_, at) => ({ id: `A-${at}`, total: at < 3 ? "12" : 12 })),
  );
  await desk.settled();
  return { desk, stuck: records[0] ?? "" };
}

const focused = (page: Page): Promise<string> =>
  page.evaluate("document.activeElement.textContent.trim()") as Promise<string>;

/** Presses Tab until the focus stands on what is called that. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 80; step++) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (at === name) return;
    passed.push(at.slice(0, 40));
  }
  assert.fail(`Tab never comes to ${name}, but to ${passed.join(" | ")}`);
}

test("without a mouse: past the sections, from the overview to a decision, and the decision itself", async (t) => {
  const { desk } = await open(t);
  const page = await desk.person("Ann Lee");
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "To the content", "the first step leads past what stands on every page");
  await tabTo(page, "Inboxes");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "What waits for a person" }).waitFor();
  await tabTo(page, "Decide");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /3 records/ }).waitFor();
  await tabTo(page, "Discard all");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("they were a test of ours");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "What discard would do" }).waitFor();
  await tabTo(page, "Do it");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "What discard did" }).waitFor();
  const book = await desk.book("orders");
  assert.deepEqual([book.quarantined, book.discarded], [0, 3]);
});

test("without JavaScript the pages are read, and decided on, all the same", async (t) => {
  const { desk, stuck } = await open(t);
  const page = await desk.person("Ann Lee", { javaScriptEnabled: false });
  await page.getByText("It runs, and somebody should look at something.").waitFor();
  await page
    .getByRole("row", { name: /^orders/ })
    .getByRole("link", { name: "3" })
    .click();
  await page.getByRole("link", { name: "Decide" }).click();
  await page.getByRole("link", { name: stuck }).click();
  await page.getByText("What breaks the contract").waitFor();
  await page.getByText("Discard", { exact: true }).first().click();
  await page.getByLabel("Why").locator("visible=true").fill("a test of ours");
  await page.getByRole("button", { name: "Discard", exact: true }).click();
  await page.getByText("discarded").first().waitFor();
  assert.equal((await desk.whole(stuck)).state, "discarded");
});

test("what somebody has opened stays open when the page follows what happens", async (t) => {
  const { desk, stuck } = await open(t);
  const page = await desk.person("Ann Lee");
  await page.goto(`/records/${stuck}`);
  await page.getByText("As it came").click();
  const raw = page.locator("details").filter({ hasText: "As it came" }).locator("pre");
  await raw.waitFor();
  await desk.assembly.inboxes.discard(stuck, { actor: "Ben Okafor", why: "it was sent twice" }, {});
  await page.getByText("it was sent twice").first().waitFor();
  assert.ok(await raw.isVisible(), "it was closed under the reader's eyes");
});

test("a form that is being filled in is left alone, and says that something has changed; what is then sent is refused, and tells what happened", async (t) => {
  const { desk, stuck } = await open(t);
  const page = await desk.person("Ann Lee");
  await page.goto(`/records/${stuck}`);
  await page.getByText("Release", { exact: true }).first().click();
  const why = page.getByLabel("Why").locator("visible=true");
  await why.fill("the shop has mended");
  await desk.assembly.inboxes.discard(stuck, { actor: "Ben Okafor", why: "it was sent twice" }, {});
  await page.getByRole("status").filter({ hasText: "Something has changed." }).waitFor();
  assert.equal(await why.inputValue(), "the shop has mended");
  await page.getByRole("button", { name: "Release", exact: true }).click();
  await page.getByRole("alert").waitFor();
  const whole = await desk.whole(stuck);
  assert.equal(whole.state, "discarded", "the first of two persons decides");
});

test("a form that is closed again lets the page follow", async (t) => {
  const { desk, stuck } = await open(t);
  const page = await desk.person("Ann Lee");
  await page.goto(`/records/${stuck}`);
  const release = page.getByText("Release", { exact: true }).first();
  await release.click();
  await desk.assembly.inboxes.discard(stuck, { actor: "Ben Okafor", why: "it was sent twice" }, {});
  const status = page.getByRole("status");
  await status.filter({ hasText: "Something has changed." }).waitFor();
  await release.click();
  await page.getByText("it was sent twice").first().waitFor();
  await status.filter({ hasText: /^$/ }).waitFor({ state: "attached" });
});
