// Two pages carry promises and figures. Whoever doubts one of them goes to what the page names: it has to be there.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const pageOf = (name: string): string => readFileSync(join(repository, "docs", name), "utf8");
const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  scripts: Readonly<Record<string, string>>;
};

/** What a page names in this repository: files, and scripts of package.json. */
function namedIn(page: string): { readonly paths: readonly string[]; readonly commands: readonly string[] } {
  const found = (pattern: RegExp) => [...new Set([...page.matchAll(pattern)].map(([, name = ""]) => name))];
  return {
    paths: found(/(?<=[`\s])((?:test|src|bench|scripts|examples|ops)\/[\w./-]*\w)/g),
    commands: found(/npm run (?:-s )?([\w:]+)/g),
  };
}

for (const [name, fewest] of [
  ["guarantees.md", 20],
  ["scale.md", 2],
] as const)
  test(`every test and every source of figures that ${name} names is there`, () => {
    const { paths, commands } = namedIn(pageOf(name));
    assert.ok(paths.length >= fewest, `only ${paths.length} are named: are they still found?`);
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(repository, path))),
      [],
    );
    assert.deepEqual(
      commands.filter((command) => scripts[command] === undefined),
      [],
    );
  });

test("every promise names a test that attacks it, and every figure says how it was got", () => {
  const rows = (heading: string): readonly string[] => {
    const [, section = ""] = pageOf("guarantees.md").split(`\n## ${heading}\n`);
    return (section.split("\n## ")[0] ?? "")
      .split("\n")
      .filter((line) => /^\| (?!---)/.test(line))
      .slice(1);
  };
  const promises = rows("The table");
  assert.ok(promises.length >= 12, `${promises.length} promises`);
  for (const row of promises) assert.match(row, /`test\/[^`]+`/, row);
  const figures = rows("Figures");
  assert.ok(figures.length >= 3, `${figures.length} figures`);
  for (const row of figures) assert.match(row.split("|")[2] ?? "", /npm run|test\/|bench\//, row);
});
