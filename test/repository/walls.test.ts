import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { lookAtWalls } from "../../scripts/walls.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A house of its own, with the same walls: path to source, and the wall that must refuse it. */
const house: Record<string, string> = {
  "src/index.ts":
    'import "./node-version.ts";\nexport { createWaybill } from "./waybill.ts";\nexport { id } from "./model/id.ts";',
  "src/node-version.ts": "export {};",
  "src/waybill.ts": 'import { openStore } from "./ledger/sqlite/store.ts";\nexport const createWaybill = openStore;',
  "src/model/id.ts": "export const id = 1;\nexport type Id = number;",
  "src/world/clock.ts": "export const clock = 1;",
  "src/define/system.ts": 'import { id } from "../model/id.ts";\nexport const system = id;',
  "src/contract/text.ts": 'import { z } from "zod";\nexport const text = z.string();',
  "src/ledger/ledger.ts": 'import type { Id } from "../model/id.ts";\nexport type Ledger = Id;',
  "src/ledger/sqlite/store.ts":
    'import type { Ledger } from "../ledger.ts";\nexport const openStore = (): Ledger => 1;',
  "src/systems/call.ts": 'import type { Ledger } from "../ledger/ledger.ts";\nexport type Call = Ledger;',
  "src/sources/push.ts": 'import type { Call } from "../systems/call.ts";\nexport type Push = Call;',
  "src/flow/flow.ts": 'import type { Push } from "../sources/push.ts";\nexport type Flow = Push;',
  "src/watch/log.ts": 'import type { Flow } from "../flow/flow.ts";\nexport type Log = Flow;',
  "src/reconcile/compare.ts": 'import type { Flow } from "../flow/flow.ts";\nexport type Compared = Flow;',
  "src/server/server.ts": 'import type { Log } from "../watch/log.ts";\nexport type Server = Log;',
  "src/cli/waybill.ts": 'import { createWaybill } from "../waybill.ts";\nconsole.log(createWaybill);',
  "src/rehearse/night.ts":
    'import type { Flow } from "../flow/flow.ts";\nimport { createWaybill } from "../waybill.ts";\nexport type Tried = Flow;\nexport const night = createWaybill;',
  "src/rehearse/scope/now.ts":
    'import net from "node:net";\nimport timers from "node:timers";\nexport const now = [net, timers];',
};

/** One forbidden import each: the file, what it imports, and the wall that stands in between. */
const refused: [path: string, source: string, wall: string][] = [
  ["src/model/a.ts", 'import { clock } from "../world/clock.ts";\nexport const a = clock;', "wall-of-model"],
  ["src/model/b.ts", 'import type { Flow } from "../flow/flow.ts";\nexport type B = Flow;', "wall-of-model"],
  ["src/model/c.ts", 'export type C = import("../flow/flow.ts").Flow;', "wall-of-model"],
  ["src/model/d.ts", 'export const d = () => import("../world/clock.ts");', "wall-of-model"],
  ["src/world/a.ts", 'import { id } from "../model/id.ts";\nexport const a = id;', "wall-of-world"],
  ["src/define/a.ts", 'export type { Ledger } from "../ledger/ledger.ts";', "wall-of-define"],
  ["src/contract/a.ts", 'import { system } from "../define/system.ts";\nexport const a = system;', "wall-of-contract"],
  ["src/ledger/a.ts", 'import type { Call } from "../systems/call.ts";\nexport type A = Call;', "wall-of-port"],
  ["src/ledger/b.ts", 'import { openStore } from "./sqlite/store.ts";\nexport const b = openStore;', "wall-of-port"],
  [
    "src/ledger/sqlite/a.ts",
    'import type { Flow } from "../../flow/flow.ts";\nexport type A = Flow;',
    "wall-of-ledger-sqlite",
  ],
  ["src/systems/a.ts", 'import type { Push } from "../sources/push.ts";\nexport type A = Push;', "wall-of-systems"],
  ["src/sources/a.ts", 'import type { Flow } from "../flow/flow.ts";\nexport type A = Flow;', "wall-of-sources"],
  [
    "src/flow/a.ts",
    'import { openStore } from "../ledger/sqlite/store.ts";\nexport const a = openStore;',
    "wall-of-flow",
  ],
  ["src/flow/b.ts", 'import type { Log } from "../watch/log.ts";\nexport type B = Log;', "wall-of-flow"],
  ["src/watch/a.ts", 'import type { Server } from "../server/server.ts";\nexport type A = Server;', "wall-of-watch"],
  ["src/reconcile/a.ts", 'import type { Log } from "../watch/log.ts";\nexport type A = Log;', "wall-of-reconcile"],
  [
    "src/server/a.ts",
    'import { createWaybill } from "../waybill.ts";\nexport const a = createWaybill;',
    "wall-of-server",
  ],
  [
    "src/server/b.ts",
    'import { openStore } from "../ledger/sqlite/store.ts";\nexport const b = openStore;',
    "wall-of-server",
  ],
  [
    "src/cli/b.ts",
    'import { openStore } from "../ledger/sqlite/store.ts";\nexport const b = openStore;',
    "wall-of-cli",
  ],
  ["src/rehearse/c.ts", 'import { connect } from "node:net";\nexport const c = connect;', "sockets-only-in-world"],
  ["src/rehearse/d.ts", 'import timers from "node:timers";\nexport const d = timers;', "timers-only-in-world"],
  ["src/rehearse/a.ts", 'import "../cli/waybill.ts";', "wall-of-rehearse"],
  ["src/prove/a.ts", 'import "../cli/waybill.ts";', "wall-of-prove"],
  ["src/watch/b.ts", 'import "waybill";', "wall-of-watch"],
  ["src/stray.ts", 'import { id } from "./model/id.ts";\nexport const stray = id;', "every-file-has-a-room"],
  ["src/attic/a.ts", 'import { id } from "../model/id.ts";\nexport const a = id;', "every-file-has-a-room"],
  ["src/flow/c.ts", 'import "../node-version.ts";', "only-entries-check-node"],
  ["src/model/e.ts", 'import { f } from "./f.ts";\nexport const e = (): number => f();', "no-circular"],
  ["src/model/g.ts", 'import "./gone.ts";', "resolvable"],
  ["src/flow/d.ts", 'import { z } from "zod";\nexport const d = z;', "zod-only-in-contract"],
  [
    "src/flow/e.ts",
    'import { DatabaseSync } from "node:sqlite";\nexport const e = DatabaseSync;',
    "sqlite-only-in-its-store",
  ],
  ["src/flow/f.ts", 'import { connect } from "node:net";\nexport const f = connect;', "sockets-only-in-world"],
  ["src/flow/g.ts", 'import { Pool } from "undici";\nexport const g = Pool;', "sockets-only-in-world"],
  [
    "src/flow/h.ts",
    'import { setTimeout } from "node:timers/promises";\nexport const h = setTimeout;',
    "timers-only-in-world",
  ],
  ["src/flow/i.ts", 'import fc from "fast-check";\nexport const i = fc;', "only-dependencies-in-src"],
  ["templates/a.ts", 'import { id } from "../src/model/id.ts";\nconsole.log(id);', "examples-use-the-package"],
  ["examples/a.ts", 'import { id } from "../src/model/id.ts";\nconsole.log(id);', "examples-use-the-package"],
];

function build(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "waybill-walls-"));
  for (const name of ["package.json", "tsconfig.json"]) cpSync(join(repository, name), join(root, name));
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${source}\n`);
  }
  return root;
}

test("a house that keeps the walls is let through, and every file of it is seen", (t) => {
  const root = build(house);
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const report = lookAtWalls(root, ["src"]);
  assert.deepEqual(report.faults, []);
  assert.deepEqual(report.unseen, []);
  assert.equal(report.modules, Object.keys(house).length);
});

test("an import through a wall is refused, whichever way it is written", (t) => {
  const otherHalfOfTheCircle = { "src/model/f.ts": 'import { e } from "./e.ts";\nexport const f = (): number => e();' };
  const root = build({ ...house, ...otherHalfOfTheCircle, ...Object.fromEntries(refused) });
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const { faults } = lookAtWalls(root, ["src", "examples", "templates"]);
  const letThrough = refused.filter(([path, , wall]) => !faults.some((fault) => fault.startsWith(`${wall}: ${path} `)));
  assert.deepEqual(letThrough, []);
});

test("zod behind the main entry is refused, because it is an optional peer", (t) => {
  const root = build({
    ...house,
    "src/define/system.ts": 'import { text } from "../contract/text.ts";\nexport const system = text;',
    "src/index.ts": 'export { system } from "./define/system.ts";',
  });
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const { faults } = lookAtWalls(root, ["src"]);
  assert.ok(
    faults.some((fault) => fault.startsWith("zod-not-behind-index: src/index.ts ")),
    faults.join("\n"),
  );
});
