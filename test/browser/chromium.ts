// A real browser for tests of the pages. Where there is none it is fetched, by the system's own package manager: a test that is skipped for want of a browser
// passes on the very machines on which nobody looks at the pages. `npm test` sees to it before it begins (chromium-there.ts), because two cannot fetch it at once.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const usualPaths = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/opt/homebrew/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const getting = "apt-get update && apt-get install -y --no-install-recommends chromium";
const gettingMs = 600_000;

const isRoot = (): boolean => process.getuid?.() === 0;

/** Where Chromium is: what `CHROMIUM` says, one of the usual places, or where it was put just now. */
export function chromiumPath(): string {
  const { CHROMIUM } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== "") {
    if (existsSync(CHROMIUM)) return CHROMIUM;
    throw new Error(`CHROMIUM is ${CHROMIUM}, and there is no such file.`);
  }
  const found = usualPaths.find((path) => existsSync(path)) ?? fetched();
  if (found !== undefined) return found;
  throw new Error(
    `These tests look at the pages with Chromium, and there is none here. Get it with\n  ${isRoot() ? "" : "sudo sh -c '"}${getting}${isRoot() ? "" : "'"}\nor say where it is: CHROMIUM=/path/to/chromium`,
  );
}

/** Gets it where we may; undefined where that does not work, whose reason then stands above the message. */
function fetched(): string | undefined {
  if (!isRoot() || !existsSync("/usr/bin/apt-get")) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  console.log(`Tests look at the pages with Chromium, and there is none here: ${getting}`);
  spawnSync("sh", ["-c", getting], { env, stdio: ["ignore", "ignore", "inherit"], timeout: gettingMs });
  return usualPaths.find((path) => existsSync(path));
}

/** Starts it. */
export function openChromium(): Promise<Browser> {
  // Its sandbox refuses to run as root, which in a container everybody is.
  const args = ["--disable-dev-shm-usage", ...(isRoot() ? ["--no-sandbox"] : [])];
  return chromium.launch({ executablePath: chromiumPath(), args });
}
