import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { programsOf } from "../../scripts/components.ts";
import { opsFolder, rulesFile } from "./files.ts";

/** Runs promtool, which says what it thinks of files. */
function promtool(folder: string, ...words: string[]): { readonly status: number | null; readonly said: string } {
  const { promtool: program = "" } = programsOf("prometheus");
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: "utf8" });
  return { status, said: stdout + stderr };
}

test("whoever copies the rules and the example into one folder has a configuration that Prometheus takes", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-rules-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of ["prometheus.yml", "waybill-rules.yml"])
    copyFileSync(join(opsFolder, "prometheus", file), join(folder, file));
  const without = promtool(folder, "check", "config", "prometheus.yml");
  assert.notEqual(without.status, 0);
  assert.match(without.said, /waybill-token/, "who forgets the token is told so");
  writeFileSync(join(folder, "waybill-token"), "x");
  const { status, said } = promtool(folder, "check", "config", "prometheus.yml");
  assert.equal(status, 0, said);
  assert.match(said, /\d\d rules found/);
});

test("each alert fires when it should, and is quiet when it should be", () => {
  const { status, said } = promtool(join(rulesFile, ".."), "test", "rules", "tests/waybill-rules.test.yml");
  assert.equal(status, 0, said);
  assert.match(said, /SUCCESS/);
});
