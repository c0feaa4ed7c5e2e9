// The rule stands in two places, because each must be readable where the other is not: in the package for its users, and
// beside the npm scripts before anything is compiled. One table holds them together.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nodeTooOld, nodeVersionMin } from "../../src/node-version.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const { engines, scripts }: { engines: { node: string }; scripts: Record<string, string> } = JSON.parse(
  readFileSync(`${repository}package.json`, "utf8"),
);
const { nodeTooOldHere }: { nodeTooOldHere(version: string, engines: string): string | undefined } = createRequire(
  import.meta.url,
)("../../scripts/check-node.cjs");

const tooOld = ["14.21.3", "18.20.4", "20.20.2", "22.99.0", "24.0.0", "24.2.0", "24.14.9"];
const newEnough = ["24.15.0", "24.21.0", "24.100.1", "25.0.0", "26.10.0", "100.0.0"];

test("the package and its scripts ask for the Node that package.json declares", () => {
  assert.equal(engines.node, `>=${nodeVersionMin}`);
});

test("a Node that is too old is told in one line what it is, what is needed and how to get it", () => {
  for (const version of tooOld) {
    for (const line of [nodeTooOld(version), nodeTooOldHere(version, engines.node)]) {
      assert.match(line ?? "", /^[^\n]+$/, version);
      for (const part of [`Node ${nodeVersionMin}`, `Node ${version}`, "npm ", "nodejs.org"]) {
        assert.ok(line?.includes(part), `${version}: “${part}” is missing in: ${line}`);
      }
    }
  }
});

test("a Node that is new enough is told nothing", () => {
  for (const version of newEnough) {
    assert.equal(nodeTooOld(version), undefined, version);
    assert.equal(nodeTooOldHere(version, engines.node), undefined, version);
  }
});

/** Makes a Node say that it is an old one, which shows what such a Node would run into. */
const pretend =
  'data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });';

test("an entry imported by an old Node ends with the one line and nothing else", () => {
  const entry = ["--input-type=module", "--eval", `import "${pathToFileURL(`${repository}src/node-version.ts`)}"; console.log("ran");`];
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", pretend, ...entry], { encoding: "utf8" });
  assert.deepEqual({ status, stdout, stderr }, { status: 2, stdout: "", stderr: `${nodeTooOld("20.20.2")}\n` });
});

test("an npm script started by an old Node ends with the one line and nothing else", () => {
  const really = nodesOnPath().filter(({ version }) => nodeTooOld(version) !== undefined);
  const pretending = { path: process.execPath, flags: ["--import", pretend], version: "20.20.2" };
  for (const { path, flags, version } of [pretending, ...really]) {
    const { status, stdout, stderr } = spawnSync(path, [...flags, "scripts/check-node.cjs"], { cwd: repository, encoding: "utf8" });
    const expected = { status: 1, stdout: "", stderr: `${nodeTooOldHere(version, engines.node)}\n` };
    assert.deepEqual({ status, stdout, stderr }, expected, path);
  }
});

function nodesOnPath(): { path: string; flags: string[]; version: string }[] {
  return (process.env.PATH ?? "").split(delimiter).flatMap((folder) => {
    const path = join(folder, "node");
    const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
    return status === 0 ? [{ path, flags: [], version: stdout.trim().replace("v", "") }] : [];
  });
}

test("every npm script checks Node before it does anything else", () => {
  for (const [name, script] of Object.entries(scripts)) {
    assert.match(script, /^(node scripts\/check-node\.cjs && |npm run )/, name);
  }
});
