// What is true of every page, in light and dark, on a desk and on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { openChromium } from "./chromium.ts";
import { openCompany } from "./company.ts";
import { type Desk, viewerToken } from "./desk.ts";
import { everyPage, type PageOf } from "./every-page.ts";

const desktop = { width: 1_200, height: 800 };
const phone = { width: 390, height: 800 };
const endings: (() => Promise<void> | void)[] = [];

let browser: Browser;
let desk: Desk;
let pages: readonly PageOf[];
before(async () => {
  browser = await openChromium();
  ({ desk } = await openCompany({ after: (end) => void endings.unshift(end) }, browser));
  pages = await everyPage(desk);
});
after(async () => {
  for (const end of endings) await end();
  await browser.close();
});

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

async function violations(page: Page): Promise<readonly string[]> {
  const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'], preload: false })")) as {
    readonly violations: readonly Violation[];
  };
  return found.violations.map(({ id, help, nodes }) => {
    const [first] = nodes;
    return `${id}: ${help}, ${nodes.length} times, such as ${first?.html}\n${first?.failureSummary}`;
  });
}

test("everybody can read and use every page: axe finds nothing on any of them, with everything opened, in light on a desk and in dark on a phone", async () => {
  const page = await desk.person("Ann Lee", { viewport: desktop, colorScheme: "light" });
  const found: string[] = [];
  for (const { name, go } of pages) {
    await page.setViewportSize(desktop);
    await page.emulateMedia({ colorScheme: "light" });
    await go(page);
    // What axe needs is put there from outside: the pages themselves let no script of others in.
    await page.evaluate(axe.source);
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    for (const one of await violations(page)) found.push(`${name}, light: ${one}`);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize(phone);
    for (const one of await violations(page)) found.push(`${name}, dark, on a phone: ${one}`);
  }
  assert.deepEqual(found, []);
});

test("no page asks for anything from elsewhere, breaks the policy it is sent with, says an error, or is wider than a phone", async () => {
  const page = await desk.person("Ann Lee", { viewport: phone });
  const found: string[] = [];
  let at = "";
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error('policy', event.violatedDirective, event.blockedURI))",
  );
  page.on("console", (said) => {
    // That the error page is one, the browser says as well.
    if (!(at === "error" && said.text().includes("404"))) found.push(`${at} says: ${said.text()}`);
  });
  page.on("pageerror", (error) => found.push(`${at} fails: ${error.message}`));
  page.on("request", (asked) => asked.url().startsWith(`${desk.url}/`) || found.push(`${at} asks for ${asked.url()}`));
  for (const { name, go } of pages) {
    at = name;
    await go(page);
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    const wide = (await page.evaluate("document.documentElement.scrollWidth")) as number;
    if (wide > phone.width) found.push(`${name} is ${wide} wide`);
    const cut = (await page.evaluate(
      "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth + 1).length",
    )) as number;
    if (cut > 0) found.push(`${name} has a table that is wider than a phone`);
  }
  assert.deepEqual(found, []);
});

test("whoever may only look sees every page and no way to change anything", async () => {
  const page = await desk.person("Vera", { viewport: desktop }, viewerToken);
  const found: string[] = [];
  for (const { name, go } of pages) {
    if (name === "dry-run" || name === "sign-in") continue;
    await go(page);
    const forms = await page.locator("main form[method=post], main details.choice").count();
    if (forms > 0) found.push(`${name} has ${forms} forms`);
  }
  assert.deepEqual(found, []);
});
