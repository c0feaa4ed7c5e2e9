// The package as a user gets it: packed, installed in an empty project, and used there from dist, with nothing of this
// checkout in reach. Builds dist and asks npm for the dependencies, so it takes most of a minute.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { environment, npm, pack, projectWith } from "../../scripts/pack.ts";
import { nodeTooOld } from "../../src/node-version.ts";
import { oldNodes } from "../repository/old-nodes.ts";
import { testImage } from "./in-a-container.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "waybill-tarball-"));
const project = join(folder, "project");
const installed = join(project, "node_modules", "waybill");
/** The Node that runs the tests comes first, whatever the system has. */
const env = { ...environment, PATH: [dirname(process.execPath), environment.PATH].join(delimiter) };

process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const tarball = pack(folder);
projectWith(project, tarball);

function run(command: string, ...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd: project,
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

function runProgram(name: string, source: string): { status: number | null; stdout: string; stderr: string } {
  writeFileSync(join(project, name), source);
  return run(process.execPath, name);
}

test("the tarball holds what it needs and nothing that is ours alone", () => {
  const paths = globSync(["**/*", "ops/**/.*"], { cwd: installed, exclude: ["node_modules"] });
  for (const path of [
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "bin/waybill.js",
    "dist/index.js",
    "dist/index.d.ts",
    "ops/prometheus/prometheus.yml",
    "ops/prometheus/waybill-rules.yml",
    "ops/grafana/waybill-overview.json",
    "ops/grafana/waybill-systems.json",
    "ops/docker/Dockerfile",
    "ops/docker/.dockerignore",
    "ops/docker/compose.yaml",
    "ops/kubernetes/waybill.yaml",
    "ops/systemd/waybill.service",
    "ops/probe.js",
  ]) {
    assert.ok(paths.includes(path), `${path} is missing`);
  }
  for (const path of paths)
    assert.doesNotMatch(path, /^(test|examples|bench|scripts|\.ci)\b|^tsconfig|(^|\/)\.env$/, path);
  const assets = paths.filter((path) => path.startsWith("src/") && !path.endsWith(".ts") && path.includes("."));
  for (const path of assets)
    assert.ok(existsSync(join(installed, path.replace("src", "dist"))), `${path} is not in dist`);
  for (const map of paths.filter((path) => path.endsWith(".map"))) {
    const { sources }: { sources: string[] } = JSON.parse(readFileSync(join(installed, map), "utf8"));
    for (const source of sources)
      assert.ok(existsSync(resolve(installed, dirname(map), source)), `${map} leads nowhere`);
  }
});

test("npx waybill --help names every command group, without zod installed", () => {
  assert.ok(!existsSync(join(project, "node_modules", "zod")), "zod is an optional peer, and was installed unasked");
  const { status, stdout, stderr } = run("npx", "waybill", "--help");
  assert.equal(status, 0, stderr);
  for (const command of ["init", "try", "dev", "start", "send", "balance", "quarantine", "dead", "held", "check"]) {
    assert.match(stdout, new RegExp(`^ +${command}\\b`, "m"), `--help does not name ${command}`);
  }
});

const greetings = `
import { byKey, integration, push, system } from "waybill";

const Greeting = {
  "~standard": {
    version: 1 as const,
    vendor: "none",
    types: undefined as { input: { id: string }; output: { id: string } } | undefined,
    validate: (value: unknown) =>
      typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"
        ? { value: { id: value.id } }
        : { issues: [{ message: "no id" }] },
  },
};
export const sent: string[] = [];
const wall = system("wall", { timeout: "5s" });

export default integration("greetings", {
  source: push(),
  contract: Greeting,
  identify: (greeting) => ({ id: greeting.id }),
  async deliver(greeting, { effect }) {
    await effect("say", wall.perform({ idempotency: byKey(), run: async () => ({ said: sent.push(greeting.id) }) }));
  },
});
`;

const carries = `
import { createWaybill } from "waybill";
import greetings, { sent } from "./integrations/greetings.ts";

const waybill = await createWaybill({ ledger: "sqlite:.waybill/ledger.db", integrations: [greetings] });
await waybill.start();
await waybill.send("greetings", { id: "a" });
await waybill.send("greetings", { id: "a" });
await waybill.settled("greetings", { timeout: "20s" });
const [books] = (await waybill.balance()).integrations;
await waybill.stop();
console.log(JSON.stringify({ sent, delivered: books?.delivered, duplicate: books?.duplicate }));
`;

test("a program carries records from an installed package, without zod installed", () => {
  mkdirSync(join(project, "integrations"));
  writeFileSync(join(project, "integrations", "greetings.ts"), greetings);
  const { status, stdout, stderr } = runProgram("carries.ts", carries);
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""), { sent: ["a"], delivered: 1, duplicate: 1 });
});

test("the command reads the books of that program", () => {
  const { status, stdout, stderr } = run("npx", "waybill", "balance", "--json");
  assert.equal(status, 0, stderr);
  const books: { balanced: boolean; integrations: Record<string, unknown>[] } = JSON.parse(stdout);
  assert.equal(books.balanced, true);
  const found = books.integrations.map(({ name, received, delivered }) => ({ name, received, delivered }));
  assert.deepEqual(found, [{ name: "greetings", received: 2, delivered: 1 }]);
});

const everyEntry = `
import * as waybill from "waybill";
import * as contract from "waybill/contract";
import * as rehearsal from "waybill/rehearse";
import { xero } from "waybill/vendors";
import { z } from "zod";

const Priced = z.object({ name: contract.text(), on: contract.day() });
export type Price = z.output<typeof Priced>;
console.log(typeof waybill.createWaybill, typeof rehearsal.rehearse, Priced.safeParse({}).success, waybill.system("books", { vendor: xero }).name);
`;

test("every entry can be imported, once zod is there for the contract helpers", () => {
  npm(project, "install", "--no-audit", "--no-fund", `zod@${versionOf("zod")}`);
  const { status, stdout, stderr } = runProgram("every-entry.ts", everyEntry);
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), "function function false books");
});

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(repository, "node_modules", name, "package.json"), "utf8")).version;
}

/** The compiler of this checkout, looking at the project with every declaration file checked. */
function compile(...files: string[]): { status: number | null; stdout: string } {
  const strictest = [
    "--strict",
    "--skipLibCheck",
    "false",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
  ];
  const modules = ["--module", "nodenext", "--target", "esnext", "--noEmit", "--allowImportingTsExtensions"];
  const node = ["--typeRoots", join(repository, "node_modules", "@types"), "--types", "node"];
  const tsc = join(repository, "node_modules", "typescript", "bin", "tsc");
  return run(process.execPath, tsc, "--ignoreConfig", ...strictest, ...modules, ...node, ...files);
}

test("programs type-check against the declarations in the package, none of them skipped", () => {
  const { status, stdout } = compile("carries.ts", "every-entry.ts");
  assert.equal(status, 0, stdout);
});

test("a POST without idempotency does not compile against the package", () => {
  const source =
    'import { system } from "waybill";\nsystem("a", { baseUrl: "http://127.0.0.1:1" }).post("/b", { json: {} });\n';
  writeFileSync(join(project, "careless.ts"), source);
  const { status, stdout } = compile("careless.ts");
  assert.notEqual(status, 0);
  assert.match(stdout, /careless\.ts\(2,\d+\).*\bidempotency\b/s);
});

test("an old Node is told in one line by the command and by every library entry", () => {
  for (const entry of ["waybill", "waybill/contract", "waybill/rehearse", "waybill/vendors"]) {
    writeFileSync(join(project, `old-${entry.replace("/", "-")}.mjs`), `import "${entry}";\nconsole.log("ran");\n`);
  }
  const programs = [
    join(installed, "bin", "waybill.js"),
    "old-waybill.mjs",
    "old-waybill-contract.mjs",
    "old-waybill-rehearse.mjs",
    "old-waybill-vendors.mjs",
  ];
  for (const { path, flags, version } of oldNodes()) {
    for (const program of programs) {
      const { status, stdout, stderr } = run(path, ...flags, program);
      const expected = { status: 2, stdout: "", stderr: `${nodeTooOld(version)}\n` };
      assert.deepEqual({ status, stdout, stderr }, expected, `${path} ${program}`);
    }
  }
});

testImage(folder, installed, tarball);
