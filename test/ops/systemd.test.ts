import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { librariesOf, programsOf } from "../../scripts/components.ts";
import { graceMsDefault } from "../../src/assembly/assemble.ts";
import { closeGraceMs } from "../../src/server/listen.ts";
import { opsFolder } from "./files.ts";

const unit = readFileSync(join(opsFolder, "systemd/waybill.service"), "utf8");
const checkout = fileURLToPath(new URL("../../", import.meta.url));

/** The values of a setting, in their order. */
function settings(name: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

test("systemd itself finds nothing to say against the unit, and little that it is exposed to", (t) => {
  const { "systemd-analyze": analyze = "" } = programsOf("systemd");
  const folder = mkdtempSync(join(tmpdir(), "waybill-unit-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "waybill.service");
  const say = (text: string, ...words: string[]) => {
    // It looks whether the program is there, and Node is somewhere else on this machine.
    writeFileSync(file, text.replace("/usr/bin/node", process.execPath));
    const { status, stdout, stderr } = spawnSync(analyze, [...words, file], {
      env: { ...process.env, SYSTEMD_COLORS: "0", ...librariesOf(analyze) },
      encoding: "utf8",
    });
    return { status, said: stderr, out: stdout };
  };
  const { status, said } = say(unit, "verify", "--man=no");
  assert.deepEqual({ status, said: aboutUs(said) }, { status: 0, said: [] });
  assert.match(say(`${unit}\nRestartt=always\n`, "verify", "--man=no").said, /Restartt/, "it would say nothing anyway");
  // From 10, which is everything, to 0.
  const exposure = say(unit, "security", "--offline=true", "--threshold=20");
  assert.equal(exposure.status, 0, exposure.out + exposure.said);
});

/** Other units of the machine may have their own faults. */
function aboutUs(said: string): readonly string[] {
  return said.split("\n").filter((line) => line.includes("waybill"));
}

test("the unit stops as the program does: by SIGTERM, with more time than a drain takes, and not again and again for a wrong configuration", () => {
  assert.deepEqual(settings("KillSignal"), ["SIGTERM"]);
  const [stop = ""] = settings("TimeoutStopSec");
  assert.ok(Number.parseInt(stop, 10) * 1_000 >= graceMsDefault + closeGraceMs + 10_000, stop);
  assert.deepEqual(settings("Restart"), ["always"]);
  assert.deepEqual(settings("RestartPreventExitStatus"), ["2"]);
});

test("what the unit starts is in the package, and the ledger is where it may write", () => {
  const [start = ""] = settings("ExecStart");
  const [node, program = "", ...words] = start.split(" ");
  assert.equal(node, "/usr/bin/node");
  assert.ok(existsSync(join(checkout, program.replace("node_modules/waybill/", ""))), program);
  assert.deepEqual(words, ["start", "--ledger", `sqlite:/var/lib/${settings("StateDirectory")[0]}/ledger.db`]);
  assert.deepEqual(settings("ProtectSystem"), ["strict"]);
  // Node makes machine code while it runs, and raises its own limit of open files.
  assert.deepEqual(settings("MemoryDenyWriteExecute"), []);
});
