import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ruleNames } from "../../src/model/alert.ts";
import { type Thresholds, thresholdsDefault } from "../../src/model/alert-thresholds.ts";
import { rules } from "../../src/watch/rules/index.ts";

/** A line of the table in docs/alerts.md. */
function lineOf({ name, means, help }: (typeof rules)[number]): string {
  const thresholds: Thresholds = (thresholdsDefault as unknown as Record<string, Thresholds>)[name] ?? {};
  const usual = Object.entries(thresholds).map(([option, value]) => `${option}: ${JSON.stringify(value)}`);
  return `| \`${name}\` | ${means} | ${usual.length === 0 ? "" : `\`${usual.join(", ")}\``} | ${help} |`;
}

test("docs/alerts.md says of every rule what it means, from when on it fires, and what to do", () => {
  const docs = readFileSync(new URL("../../docs/alerts.md", import.meta.url), "utf8");
  for (const rule of rules) assert.ok(docs.includes(lineOf(rule)), `put this line in its table:\n${lineOf(rule)}`);
  assert.deepEqual(rules.map(({ name }) => name).toSorted(), [...ruleNames].toSorted());
});
