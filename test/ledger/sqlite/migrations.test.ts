// Two migrations of one number are two people's tables of which one is missing somewhere; a gap is one that was lost.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

test("migrations are numbered from 1, each number once, and none is missing", () => {
  const folder = new URL("../../../src/ledger/sqlite/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  assert.ok(names.length >= 13);
  const numbers = names.map((name) => {
    assert.match(name, /^\d{4}-[a-z-]+\.sql$/);
    return Number(name.slice(0, 4));
  });
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    names.map((_, at) => at + 1),
    names.join(", "),
  );
});
