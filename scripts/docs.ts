// Keeps the pages true. Every ```ts block of README.md and docs is type-checked against the sources; one marked
// ```ts run is also run. The ```sh blocks marked ```sh run of one page are one story: they run in their order, in an empty
// folder where the packed package is installed.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment, pack, projectWith } from "./pack.ts";

/** A fenced block: the language, the words after it, the line its code starts on, and the code. */
export type Block = { language: string; marks: string[]; line: number; code: string };

/**
 * The fenced code blocks of a page.
 *
 * @example
 * blocksOf("```ts run\nawait 1;\n```"); // [{ language: "ts", marks: ["run"], line: 2, code: "await 1;\n" }]
 */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^( *)```(\w+)([^\n]*)\n(.*?)^ *```$/gms)].map((found) => {
    const [, indent = "", language = "", marks = "", code = ""] = found;
    return {
      language,
      marks: marks.split(" ").filter(Boolean),
      line: page.slice(0, found.index).split("\n").length + 1,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    };
  });
}

const repository = fileURLToPath(new URL("..", import.meta.url));

/** Names a block after its page and line, so that whoever reads a fault finds it. */
const nameOf = (page: string, { line }: Block): string => `${page.replaceAll("/", "-")}-line-${line}`;

function checkPrograms(pages: Map<string, Block[]>): boolean {
  // Inside the repository, so that `import "waybill"` means its sources.
  const folder = mkdtempSync(join(repository, ".docs-"));
  try {
    const programs = [...pages].flatMap(([page, blocks]) =>
      blocks
        .filter(({ language }) => language === "ts")
        .map((block) => ({ path: join(folder, `${nameOf(page, block)}.ts`), ...block })),
    );
    // `export {}` makes a module of a block that imports nothing, so that blocks do not see each other's names.
    for (const { path, code } of programs) writeFileSync(path, `${code}\nexport {};\n`);
    const include = programs.map(({ path }) => basename(path));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../tsconfig.json", include }));
    let ok = run(repository, process.execPath, "node_modules/typescript/bin/tsc", "--project", folder);
    const toRun = programs.filter(({ marks }) => marks.includes("run"));
    for (const { path } of toRun) ok = run(folder, process.execPath, "-C", "waybill-source", path) && ok;
    console.log(`docs: ${programs.length} programs type-checked, ${toRun.length} of them run`);
    return ok;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkStories(pages: Map<string, Block[]>): boolean {
  const stories = [...pages].flatMap(([page, blocks]) => {
    const told = blocks.filter(({ language, marks }) => language === "sh" && marks.includes("run"));
    return told.length === 0 ? [] : [{ page, commands: told.map(({ code }) => code).join("\n") }];
  });
  const folder = mkdtempSync(join(tmpdir(), "waybill-docs-"));
  try {
    const tarball = stories.length === 0 ? "" : pack(folder);
    let ok = true;
    for (const { page, commands } of stories) {
      const project = join(folder, basename(page));
      projectWith(project, tarball, ["zod@4"]);
      ok =
        run(
          project,
          "bash",
          "-euo",
          "pipefail",
          "-c",
          `trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n${commands}`,
        ) && ok;
    }
    console.log(`docs: ${stories.length} stories of shell commands told`);
    return ok;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(cwd: string, command: string, ...words: string[]): boolean {
  const path = [dirname(process.execPath), environment.PATH].join(delimiter);
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    encoding: "utf8",
    env: { ...environment, PATH: path },
    timeout: 120_000,
  });
  if (status !== 0) console.error(`✗ ${words.at(-1)}\n${stdout}${stderr}`);
  return status === 0;
}

if (import.meta.main) {
  const paths = globSync(["README.md", "docs/**/*.md"], { cwd: repository });
  const pages = new Map(paths.map((path) => [path, blocksOf(readFileSync(join(repository, path), "utf8"))]));
  const programs = checkPrograms(pages);
  const stories = checkStories(pages);
  if (!programs || !stories) process.exitCode = 1;
}
