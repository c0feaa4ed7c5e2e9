// Builds and packs the package as a user gets it, for everything that must look at exactly that.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** Runs npm and returns what it printed; throws with all that it said when it fails. */
export function npm(folder: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync("npm", words, { cwd: folder, encoding: "utf8", env: environment });
  if (status !== 0) throw new Error(`npm ${words.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** As a shell of the user's would have it: nothing of the npm or the test runner that started us. */
export const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|NODE_TEST_|NODE_OPTIONS$|INIT_CWD$)/.test(name)),
);

/**
 * Packs the repository (which builds it) and returns the path of the tarball in `folder`.
 *
 * @example
 * const tarball = pack("/tmp/packed"); // /tmp/packed/waybill-0.1.0.tgz
 */
export function pack(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const [packed] = JSON.parse(npm(repository, "pack", "--json", "--silent", "--pack-destination", folder));
  return join(folder, packed.filename);
}

/** A project as a user starts one, with the tarball and `others` installed from nothing but what npm is told here. */
export function projectWith(folder: string, tarball: string, others: string[] = []): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "name": "my-integrations", "private": true, "type": "module" }\n');
  npm(folder, "install", "--no-audit", "--no-fund", tarball, ...others);
}
