// src → dist: plain tsc, then the files that tsc does not carry (SQL, pages, styles).
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

rmSync(`${root}dist`, { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, "--project", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

/** What tsc has compiled already; whatever else stands in src is read at run time. */
const compiledByTsc = /\.[cm]?tsx?$/;
cpSync(`${root}src`, `${root}dist`, { recursive: true, filter: (path) => !compiledByTsc.test(path) });
