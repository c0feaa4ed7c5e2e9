import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(`${repository}${path}`, "utf8");

test("npm run check does what CI does, in the same order", () => {
  const stepsOf = (text: string): string[] =>
    [...text.matchAll(/\bnpm (?:run )?(?:--silent )?(\w+)/g)]
      .map(([, step = ""]) => step)
      .filter((step) => step !== "ci");
  const { scripts }: { scripts: { check: string } } = JSON.parse(read("package.json"));
  const ci = read(".ci/run")
    .split("\n")
    .filter((line) => line.startsWith("step npm"))
    .join("\n");
  const steps = stepsOf(ci);
  assert.ok(steps.length >= 7, steps.join(" "));
  assert.deepEqual(stepsOf(scripts.check), steps);
});

test("the compiler is one that dependency-cruiser can read", () => {
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(read("package.json"));
  assert.match(devDependencies.typescript ?? "", /^6\.0\.\d+$/);
});
