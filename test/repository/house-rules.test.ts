// What no linter of ours knows: rules of this house about every file in it.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));

type Rule = {
  name: string;
  /** Which files it is about. */
  files: RegExp;
  butNot?: RegExp;
  /** A comment may speak of what code must not do. */
  inComments?: true;
  refused: RegExp;
  /** Lines that must be refused, so that the rule is known to bite. */
  bites: string[];
};

/** Words that this file must not spell out, because it is held to its own rules. */
const spelled = (...pieces: string[]): string => pieces.join("");
const machinePaths = [spelled("wo", "rk"), spelled("ho", "me/\\w+"), spelled("Us", "ers/\\w+"), spelled("ro", "ot")];
const registryHosts = [spelled("registry\\.np", "mjs"), spelled("registry\\.yarn", "pkg"), spelled("deb\\.deb", "ian")];
const unfinished = [
  spelled("TO", "DO"),
  spelled("FIX", "ME"),
  spelled("XX", "X"),
  spelled("HA", "CK"),
  spelled("not imple", "mented"),
  spelled("place", "holder"),
];

const inSrc = /^src\//;
/** The world itself, and what takes its place in a rehearsal: who replaces `Date.now` must name it. */
const inWorld = /^src\/(world|rehearse\/scope)\//;

const rules: Rule[] = [
  {
    name: "the clock comes from world",
    files: inSrc,
    butNot: inWorld,
    refused: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bTemporal\.Now\b|\bhrtime\b/,
    bites: ["const at = Date.now();", "log(new Date());", "performance.now()", "process.hrtime.bigint()"],
  },
  {
    name: "chance comes from world",
    files: inSrc,
    butNot: inWorld,
    refused: /\bMath\.random\b|\b(randomUUID|randomBytes|randomInt|getRandomValues)\(/,
    bites: ["Math.random() * 2", "const id = randomUUID();", "crypto.getRandomValues(bytes)"],
  },
  {
    name: "timers come from world",
    files: inSrc,
    butNot: inWorld,
    refused: /(?<!\.)\b(setTimeout|setInterval|setImmediate)\(|\bAbortSignal\.timeout\(/,
    bites: [
      "setTimeout(next, 5);",
      "await new Promise((r) => setImmediate(r), setInterval(x))",
      "AbortSignal.timeout(5)",
    ],
  },
  {
    name: "the network comes from world",
    files: inSrc,
    butNot: inWorld,
    refused: /(?<![.\w])fetch\(["'`]|\bglobalThis\.fetch\b/,
    bites: ['await fetch("http://127.0.0.1")', "globalThis.fetch(url)"],
  },
  {
    name: "a URL to a module must fit src and dist",
    files: inSrc,
    refused: /new URL\(["'`][^"'`]*\.ts["'`]/,
    bites: ['new Worker(new URL("./thread.ts", import.meta.url))'],
  },
  {
    name: "SQL stands in ledger",
    files: inSrc,
    butNot: /^src\/ledger\//,
    refused: /\b(insert into|delete from|create table|select [\w*]+(, [\w*]+)* from) \w/i,
    bites: ['"insert into records values (?)"', '"select id, state from record"', '"SELECT * FROM x"'],
  },
  {
    name: "finished work does not speak of unfinished work",
    files: /^(src|examples|templates|bench|bin|scripts)\//,
    inComments: true,
    refused: new RegExp(`\\b(${unfinished.join("|")})\\b`),
    bites: [`// ${spelled("TO", "DO")}: later`, `throw new Error("${spelled("not imple", "mented")}")`],
  },
  {
    name: "every test runs",
    files: /^(test|examples|templates)\/.*\.ts$/,
    refused: /\b(describe|it|test|suite)\.(skip|only|todo)\(|\{ *(skip|only|todo): *(true|["'`])/,
    bites: [spelled("test.sk", 'ip("x", () => {})'), spelled('test("x", { sk', "ip: true }, () => {})")],
  },
  {
    name: "no path of one machine",
    files: /./,
    inComments: true,
    refused: new RegExp(`(?<![\\w.~$}])/(${machinePaths.join("|")})/`),
    bites: [`cd /${spelled("wo", "rk")}/main`, `import "/${spelled("ho", "me")}/ann/x.ts"`],
  },
  {
    name: "no registry hosts",
    files: /./,
    inComments: true,
    refused: new RegExp(registryHosts.join("|")),
    bites: [`"https://registry.${spelled("np", "mjs")}.org/undici"`],
  },
  {
    name: "no download addresses in the lockfile",
    files: /^package-lock\.json$/,
    inComments: true,
    refused: /"resolved": *"https?:/,
    bites: ['      "resolved": "https://example.com/undici.tgz",'],
  },
];

const linesMax = 350;
const namesThatSayNothing = /(^|\/)(utils?|helpers?|common|misc|manager|types|client|main)\.[cm]?[jt]sx?$/;
const comment = /^\s*(\/\/|\/?\*)/;

function refuses(rule: Rule, line: string): boolean {
  return rule.refused.test(line) && (rule.inComments === true || !comment.test(line));
}

function faultsOf(path: string, text: string): string[] {
  const lines = text.split("\n");
  const faults = rules
    .filter(({ files, butNot }) => files.test(path) && !butNot?.test(path))
    .flatMap((rule) =>
      lines.flatMap((line, index) =>
        refuses(rule, line) ? [`${path}:${index + 1}: ${rule.name}: ${line.trim()}`] : [],
      ),
    );
  if (!inSrc.test(path)) return faults;
  if (lines.length > linesMax + 1) faults.push(`${path}: ${lines.length - 1} lines, and one idea fits in ${linesMax}`);
  if (namesThatSayNothing.test(path)) faults.push(`${path}: a name that does not say what lives there`);
  return faults;
}

test("every file keeps the rules of the house", () => {
  const paths = globSync(["**/*", "**/.*", "**/.*/**/*"], {
    cwd: repository,
    withFileTypes: true,
    exclude: (entry) => ["node_modules", "dist", ".git", ".waybill"].includes(entry.name),
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(repository.length).replaceAll("\\", "/"));
  for (const known of [".ci/run", "package-lock.json", "src/index.ts", "README.md"])
    assert.ok(paths.includes(known), known);
  const faults = paths.flatMap((path) => faultsOf(path, readFileSync(join(repository, path), "utf8")));
  assert.ok(faults.length === 0, `\n${faults.join("\n")}`);
});

test("each rule refuses what it is there to refuse", () => {
  for (const rule of rules) {
    for (const line of rule.bites) assert.ok(refuses(rule, line), `${rule.name} lets through: ${line}`);
  }
  assert.equal(faultsOf("src/flow/long.ts", "\n".repeat(linesMax)).length, 0);
  assert.equal(faultsOf("src/flow/long.ts", "\n".repeat(linesMax + 1)).length, 1);
  assert.equal(faultsOf("src/flow/utils.ts", "").length, 1);
  assert.equal(faultsOf("src/world/clock.ts", "const at = Date.now();").length, 0);
  assert.equal(faultsOf("src/rehearse/scope/now.ts", "const at = Date.now();").length, 0);
  assert.equal(faultsOf("src/rehearse/night.ts", "const at = Date.now();").length, 1);
  assert.equal(faultsOf("src/flow/retry.ts", "// a Date.now() in a body").length, 0);
});
