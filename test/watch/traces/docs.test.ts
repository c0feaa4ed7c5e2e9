import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { http, messaging, operations, waybill } from "../../../src/watch/traces/conventions.ts";

test("docs/traces.md names every attribute that a span may have, and no other", () => {
  const page = readFileSync(new URL("../../../docs/traces.md", import.meta.url), "utf8");
  const known = [http, messaging, waybill].flatMap((names): string[] => Object.values(names));
  for (const name of known) assert.ok(page.includes(`\`${name}\``), `say in docs/traces.md what ${name} is`);
  for (const operation of Object.keys(operations)) assert.ok(page.includes(`\`${operation} `), operation);
  const told = [...page.matchAll(/`((?:waybill|messaging|http|url|server|error)\.[a-z_.]+)`/g)].map(([, name]) => name);
  assert.deepEqual(
    [...new Set(told)].filter((name) => !known.includes(name as string) && !isCode(name)),
    [],
  );
});

/** Calls of the library that look like attributes. */
function isCode(name: string | undefined): boolean {
  return name === "waybill.send" || name === "waybill.fetch";
}
