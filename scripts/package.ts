// What leaves this repository: built, packed, and looked at as a package manager, a bundler and a compiler would.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "./pack.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "waybill-package-"));
const tarball = pack(folder);

const looks: [what: string, words: string[]][] = [
  ["publint", ["node_modules/publint/src/cli.js", "run", tarball, "--strict"]],
  // The package is ESM only, so what CommonJS and old resolvers would see does not count.
  ["attw", ["node_modules/@arethetypeswrong/cli/dist/index.js", tarball, "--profile", "esm-only"]],
  ["the tarball, installed", ["-C", "waybill-source", "--test", "test/package/tarball.test.ts"]],
];

for (const [what, words] of looks) {
  console.log(`\n${what}`);
  const { status } = spawnSync(process.execPath, words, { cwd: repository, stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
rmSync(folder, { recursive: true, force: true });
