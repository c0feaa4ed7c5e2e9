// Charts in a real browser: drawn from the numbers of their tables, in the colours of the page, and still there when the page has been brought up to date.
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { byKey, integration, push, rate, system } from "waybill";
import { z } from "zod";
import { openChromium } from "./chromium.ts";
import { type Desk, openDesk } from "./desk.ts";
import { Vendor } from "./vendor.ts";

const hour = 3_600_000;
/** Of a page with everything that it asks for. */
const bytesMax = 200_000;

let browser: Browser;
before(async () => {
  browser = await openChromium();
});
after(() => browser.close());

interface Shop {
  readonly desk: Desk;
  /** So many orders come, and are delivered or refused; an hour later it is written down. */
  anHour(orders: number, refused?: number): Promise<void>;
}

async function openShop(t: TestContext): Promise<Shop> {
  const vendor = await Vendor.open();
  t.after(() => vendor.close());
  const books = system("books", { baseUrl: vendor.url, limits: [rate(1_000, "1d")], breaker: false });
  const orders = integration("orders", {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }, { effect }) {
      await effect("invoice", books.post("/invoices", { json: { ref: id }, idempotency: byKey() }));
    },
  });
  const desk = await openDesk(t, browser, { integrations: [orders], agoMs: 6 * hour });
  await desk.look();
  let sent = 0;
  const come = async (count: number): Promise<void> => {
    await desk.send(
      "orders",
      Array.from({ length: count }, () => ({ id: `A-${sent++}` })),
    );
    await desk.settled();
  };
  return {
    desk,
    async anHour(count, refused = 0) {
      await come(count);
      vendor.mood = "refuses";
      await come(refused);
      vendor.mood = "well";
      desk.pass(hour);
      await desk.look();
    },
  };
}

/** How much of the chart of that name is painted, and in which colours. */
async function painted(page: Page, chart: string): Promise<{ readonly points: number; readonly colours: string }> {
  await page.locator(`[data-chart=${chart}] canvas`).waitFor();
  return page.evaluate(`(() => {
    const canvas = document.querySelector("[data-chart=${chart}] canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Map();
    for (let at = 0; at < data.length; at += 4)
      if (data[at + 3] === 255) {
        const colour = [data[at], data[at + 1], data[at + 2]].join();
        colours.set(colour, (colours.get(colour) ?? 0) + 1);
      }
    const most = [...colours].sort((one, other) => other[1] - one[1]);
    return { points: most.reduce((sum, [, count]) => sum + count, 0), colours: most.slice(0, 2).map(([colour]) => colour).join(" and ") };
  })()`) as Promise<{ readonly points: number; readonly colours: string }>;
}

/** How many points of the chart of calls have the colour that its key has for what was refused or failed. */
const failed = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const box = document.querySelector("[data-chart=calls]");
    const canvas = box.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colour = getComputedStyle(box.parentNode.querySelectorAll(".key i")[1]).backgroundColor;
    let points = 0;
    for (let at = 0; at < data.length; at += 4)
      if (\`rgb(\${data[at]}, \${data[at + 1]}, \${data[at + 2]})\` === colour) points++;
    return points;
  })()`) as Promise<number>;

/** What a table of a chart adds up to, by column. */
const summed = (page: Page, chart: string): Promise<readonly number[]> =>
  page.evaluate(`(() => {
    const rows = [...document.querySelector("[data-chart=${chart}]").parentNode.querySelector("table").tBodies[0].rows];
    return rows
      .map((row) => [...row.cells].slice(1).map(({ textContent }) => Number(textContent) || 0))
      .reduce((sum, one) => sum.map((number, at) => number + one[at]));
  })()`) as Promise<readonly number[]>;

const open = async (desk: Desk, options: Parameters<Desk["person"]>[1] = {}): Promise<Page> => {
  const page = await desk.person("Ann Lee", { viewport: { width: 1_200, height: 800 }, ...options });
  await page.goto("/systems");
  return page;
};

test("calls and refusals of a system are drawn from the numbers beside them, in the colours of a light page and of a dark one, as wide as the window lets them be", async (t) => {
  const { desk, anHour } = await openShop(t);
  for (const [orders, refused] of [
    [5, 0],
    [20, 4],
    [9, 9],
  ] as const)
    await anHour(orders, refused);
  const page = await open(desk, { colorScheme: "light" });
  assert.deepEqual(await summed(page, "calls"), [47, 13]);
  for (const chart of ["calls", "latency", "limits"]) {
    const { points } = await painted(page, chart);
    assert.ok(points > 50, `of ${chart} ${points} points are painted`);
  }
  const light = await painted(page, "calls");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction("matchMedia('(prefers-color-scheme: dark)').matches");
  const dark = await painted(page, "calls");
  assert.notEqual(dark.colours, light.colours, "bars of a light page stand on a dark one");
  assert.ok(dark.points > 50, "nothing is drawn in the dark");

  await page.setViewportSize({ width: 390, height: 800 });
  await page.waitForFunction("document.querySelector('.drawn canvas').getBoundingClientRect().width < 390");
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
  assert.ok((await painted(page, "calls")).points > 50, "nothing is drawn on a phone");
});

test("a chart stays, with what a person has opened beside it, and shows what has come since when the page is brought up to date", async (t) => {
  const { desk, anHour } = await openShop(t);
  await anHour(3);
  const page = await open(desk);
  assert.ok((await painted(page, "calls")).points > 50);
  assert.equal(await failed(page), 0);
  await page.evaluate("document.querySelector('.drawn canvas').wasThere = true");
  const numbers = page.locator(".chart", { hasText: "Calls" }).locator("details");
  await numbers.locator("summary").click();
  await anHour(40, 10);
  await numbers.getByRole("cell", { name: "50", exact: true }).waitFor();
  assert.equal(await page.evaluate("document.querySelector('.drawn canvas')?.wasThere"), true, "it was made anew");
  assert.equal(await page.locator("[data-chart=calls] canvas").count(), 1);
  assert.deepEqual(await summed(page, "calls"), [53, 10]);
  assert.ok((await failed(page)) > 10, "the numbers are new, and what is drawn is old");
  assert.equal(await numbers.getAttribute("open"), "", "what was open is closed");
});

test("without JavaScript there is no empty frame, and the numbers are there to be read", async (t) => {
  const { desk, anHour } = await openShop(t);
  await anHour(7, 2);
  const page = await open(desk, { javaScriptEnabled: false });
  assert.equal(await page.locator(".drawn").first().isVisible(), false);
  const calls = page.locator(".chart", { hasText: "Calls" });
  await calls.locator("summary").click();
  await calls.getByRole("row", { name: /9\s*2/ }).waitFor();
});

test("a page with charts and everything that it asks for weighs less than 200 kB, and nothing but itself when it comes again", async (t) => {
  const { desk, anHour } = await openShop(t);
  await anHour(12, 3);
  const signedIn = await open(desk);
  const { page, context } = await desk.window();
  await context.addCookies(await signedIn.context().cookies());
  let bytes = 0;
  const asked: string[] = [];
  page.on("requestfinished", async (request) => {
    const sizes = await request.sizes();
    bytes += sizes.responseBodySize + sizes.responseHeadersSize;
    if (sizes.responseBodySize > 0) asked.push(new URL(request.url()).pathname.split("/").at(-1) ?? "");
  });
  await page.goto("/systems?days=7");
  await page.locator("canvas").first().waitFor();
  assert.ok(asked.includes("uplot.js") && asked.includes("style.css"), asked.join(", "));
  assert.ok(bytes < bytesMax, `${bytes} bytes`);
  asked.length = 0;
  await page.goto("/systems");
  await page.locator("canvas").first().waitFor();
  assert.deepEqual(asked, ["systems"]);
});
