import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { levels } from "../../src/watch/log.ts";
import { declaredEvents } from "./event-fields.ts";

const page = readFileSync(new URL("../../docs/watching.md", import.meta.url), "utf8");

/** The rows of the table under a heading, without the first two. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test("the page has each event, its usual level and its fields, and no other", () => {
  const told = new Map(
    rowsUnder("Events").map(([event = "", level, fields]) => [event.replaceAll("`", ""), { level, fields }]),
  );
  const declared = declaredEvents();
  assert.ok(declared.size > 50);
  assert.deepEqual([...told.keys()], [...declared.keys()]);
  for (const [event, fields] of declared) {
    // An alert's fields are a page of their own.
    if (event !== "alert") assert.equal(told.get(event)?.fields, fields.map((one) => `\`${one}\``).join(" "), event);
    assert.equal(told.get(event)?.level, levels[event as keyof typeof levels], event);
  }
});
