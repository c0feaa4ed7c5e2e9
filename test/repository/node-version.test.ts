// The rule stands in two places, because each must be readable where the other is not: in the package for its users, and
// beside the npm scripts before anything is compiled. One table holds them together.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nodeTooOld, nodeVersionMin } from "../../src/node-version.ts";
import { newerThanNode18, oldNodes } from "./old-nodes.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(`${repository}${path}`, "utf8");
const { engines, scripts }: { engines: { node: string }; scripts: Record<string, string> } = JSON.parse(
  read("package.json"),
);
const { nodeTooOldHere }: { nodeTooOldHere(version: string, engines: string): string | undefined } = createRequire(
  import.meta.url,
)("../../scripts/check-node.cjs");

/** The modules that are loaded before the first of them is evaluated. */
function loadedWith(...entries: string[]): string[] {
  const paths = new Set(entries);
  for (const path of paths) {
    const imports = read(path).matchAll(/^(?:import|export) (?!type\b)(?:[^;"]*? from )?"(\.[^"]+)";/gms);
    for (const [, target = ""] of imports) paths.add(join(dirname(path), target).replaceAll("\\", "/"));
  }
  return [...paths];
}

function newNamesIn(source: string): string[] {
  const imports = source.matchAll(/^import (?!type\b)([^;]*?) ?from "node:([\w/]+)";/gms);
  return [...imports].flatMap(([, what = "", from = ""]) => {
    if (from === "sqlite") return [from];
    const names = (/\{(.*)\}/s.exec(what)?.[1] ?? "").split(",").map((name) => name.trim().replace(/ as .*/, ""));
    return names.filter((name) => newerThanNode18[from]?.includes(name)).map((name) => `${from}.${name}`);
  });
}

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

test("an entry imported by an old Node ends with the one line and nothing else", () => {
  // Only a Node that pretends can read TypeScript; the real ones meet the compiled entries in the test of the tarball.
  const [{ path, flags, version } = assert.fail()] = oldNodes();
  const entry = pathToFileURL(`${repository}src/node-version.ts`);
  const program = ["--input-type=module", "--eval", `import "${entry}"; console.log("ran");`];
  const { status, stdout, stderr } = spawnSync(path, [...flags, ...program], { encoding: "utf8" });
  assert.deepEqual({ status, stdout, stderr }, { status: 2, stdout: "", stderr: `${nodeTooOld(version)}\n` });
});

test("an npm script started by an old Node ends with the one line and nothing else", () => {
  for (const { path, flags, version } of oldNodes()) {
    const words = [...flags, "scripts/check-node.cjs"];
    const { status, stdout, stderr } = spawnSync(path, words, { cwd: repository, encoding: "utf8" });
    const expected = { status: 1, stdout: "", stderr: `${nodeTooOldHere(version, engines.node)}\n` };
    assert.deepEqual({ status, stdout, stderr }, expected, path);
  }
});

test("no module asks an old Node, before it was told, for what it does not have", () => {
  // The store's thread is not among them: it starts when the entry has long been evaluated.
  const paths = loadedWith("src/index.ts", "src/contract/index.ts", "src/rehearse/index.ts");
  assert.ok(paths.length > 60, `${paths.length} modules seen`);
  const asked = paths.flatMap((path) => newNamesIn(read(path)).map((name) => `${path}: ${name}`));
  assert.deepEqual(asked, []);
});

test("an import of what Node 18 lacks is recognized in every form it takes", () => {
  assert.deepEqual(newNamesIn('import { hash } from "node:crypto";'), ["crypto.hash"]);
  assert.deepEqual(newNamesIn('import os, {\n  styleText as paint,\n  inspect,\n} from "node:util";'), [
    "util.styleText",
  ]);
  assert.deepEqual(newNamesIn('import { DatabaseSync } from "node:sqlite";'), ["sqlite"]);
  assert.deepEqual(newNamesIn('import type { DatabaseSync } from "node:sqlite";'), []);
  assert.deepEqual(
    newNamesIn('import { type DiffOptions, inspect } from "node:util";\nimport crypto from "node:crypto";'),
    [],
  );
});

test("every npm script checks Node before it does anything else", () => {
  for (const [name, script] of Object.entries(scripts)) {
    assert.match(script, /^(node scripts\/check-node\.cjs && |npm run )/, name);
  }
});
