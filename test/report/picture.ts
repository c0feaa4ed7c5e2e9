// `npm run report:picture [-- FOLDER]`: the page of a messy week as a real browser shows it, light, dark and on a phone, and
// `report.png` for docs/. Exits 1 when it asks for anything from
// anywhere, says an error, or is wider than its window. Needs Chromium (`apt-get install chromium`), or CHROMIUM with its path.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { reportHtml } from "../../src/report/html.ts";
import { makeReport } from "../../src/report/make.ts";
import { live, Week } from "./week.ts";

const folder = resolve(process.argv[2] ?? mkdtempSync(join(tmpdir(), "waybill-picture-")));
const looks = [
  { name: "light", width: 1040, colorScheme: "light" },
  { name: "dark", width: 1040, colorScheme: "dark" },
  { name: "phone", width: 360, colorScheme: "light" },
] as const;

async function pageOf(): Promise<string> {
  const ledger = mkdtempSync(join(tmpdir(), "waybill-week-"));
  const week = new Week(`sqlite:${join(ledger, "ledger.db")}`, 7);
  try {
    await live(week);
    const { ledger: book, secrets, integrations } = week.waybill;
    const parts = { ledger: book, names: [...integrations.keys()], redact: secrets.redact };
    return reportHtml(await makeReport(parts, {}, week.time.now())).text;
  } finally {
    await week.stop();
    rmSync(ledger, { recursive: true, force: true });
  }
}

mkdirSync(folder, { recursive: true });
const file = join(folder, "report.html");
writeFileSync(file, await pageOf());
const faults: string[] = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
for (const { name, width, colorScheme } of looks) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  page.on("console", (said) => faults.push(`${name}: ${said.text()}`));
  page.on("request", (asked) => asked.url().startsWith("file:") || faults.push(`${name} asks for ${asked.url()}`));
  await page.goto(pathToFileURL(file).href);
  const [wide, tall] = (await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]",
  )) as [number, number];
  if (wide > width) faults.push(`${name} is ${wide} wide in a window of ${width}`);
  await page.screenshot({ path: join(folder, `report-${name}.png`), fullPage: true });
  console.log(`${join(folder, `report-${name}.png`)}: ${wide} by ${tall}`);
}
const small = await browser.newPage({ viewport: { width: 1040, height: 1300 }, deviceScaleFactor: 0.8 });
await small.goto(pathToFileURL(file).href);
await small.screenshot({ path: join(folder, "report.png") });
await browser.close();
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
