import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { components, librariesOf, programsOf } from "../../scripts/components.ts";

test("what tests need beside npm's packages is there, and runs", () => {
  for (const name of Object.keys(components) as (keyof typeof components)[])
    for (const path of Object.values(programsOf(name)))
      assert.equal(spawnSync(path, ["--version"], { env: { ...process.env, ...librariesOf(path) } }).status, 0, path);
});

test("where it cannot be had, the test says what to install", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-components-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const bare = { PATH: folder, HOME: folder, XDG_CACHE_HOME: folder };
  assert.throws(
    () => programsOf("prometheus", bare),
    /promtool are not on the PATH.*no apt-get[\s\S]*apt-get install prometheus[\s\S]*npm run test:install/,
  );
});
