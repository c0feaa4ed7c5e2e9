// `npm run dashboard:pictures [-- FOLDER]`: every page of a company on a bad day as a real browser shows it, light, dark and on a phone. Without a folder
// those that stand in docs/dashboard. Exits 1 when one of them is wider than its window, or too heavy to be kept in a repository.
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { openChromium } from "./chromium.ts";
import { openCompany } from "./company.ts";
import { everyPage } from "./every-page.ts";

const inDocs = fileURLToPath(new URL("../../docs/dashboard", import.meta.url));
/** What stands in the documentation. */
const kept: readonly string[] = [
  "overview-light",
  "overview-dark",
  "overview-phone",
  "inboxes-light",
  "record-held-light",
  "systems-dark",
];
const looks = [
  { name: "light", width: 1_200, deviceScaleFactor: 0.8, colorScheme: "light" },
  { name: "dark", width: 1_200, deviceScaleFactor: 0.8, colorScheme: "dark" },
  { name: "phone", width: 390, deviceScaleFactor: 1, colorScheme: "light" },
] as const;
const bytesMax = 150_000;
const tallMax = 1_150;

const asked = process.argv[2];
const folder = asked === undefined ? inDocs : resolve(asked);
const endings: (() => Promise<void> | void)[] = [];
const browser = await openChromium();
const faults: string[] = [];
mkdirSync(folder, { recursive: true });
try {
  const { desk } = await openCompany({ after: (end) => void endings.unshift(end) }, browser);
  for (const { name: look, width, deviceScaleFactor, colorScheme } of looks) {
    const page = await desk.person("Ann Lee", { viewport: { width, height: 800 }, deviceScaleFactor, colorScheme });
    for (const { name, go } of await everyPage(desk)) {
      const picture = `${name}-${look}`;
      if (asked === undefined && !kept.includes(picture)) continue;
      await go(page);
      const [wide, tall] = (await page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]",
      )) as [number, number];
      if (wide > width) faults.push(`${picture} is ${wide} wide in a window of ${width}`);
      const path = join(folder, `${picture}.png`);
      const clip = { x: 0, y: 0, width, height: Math.min(tall, tallMax) };
      await page.screenshot({ path, fullPage: true, clip, animations: "disabled" });
      const { size } = statSync(path);
      if (size > bytesMax) faults.push(`${path} has ${size} bytes`);
      console.log(`${path}: ${wide} by ${tall}, ${Math.round(size / 1_000)} kB`);
    }
    await page.context().close();
  }
} finally {
  for (const end of endings) await end();
  await browser.close();
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
