import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf } from "../../scripts/docs.ts";

test("the blocks of a page are found with their marks, the line of their code, and without the indentation around them", () => {
  const page = [
    "# A page",
    "```ts run",
    "await one();",
    "```",
    "Text with `ts` in it.",
    "1. a step",
    "   ```sh",
    "   npx waybill balance \\",
    "     --json",
    "   ```",
    "```",
    "no language, no program",
    "```",
    "```ts",
    "```",
  ].join("\n");
  assert.deepEqual(blocksOf(page), [
    { language: "ts", marks: ["run"], line: 3, code: "await one();\n" },
    { language: "sh", marks: [], line: 8, code: "npx waybill balance \\\n  --json\n" },
    { language: "ts", marks: [], line: 15, code: "" },
  ]);
});
