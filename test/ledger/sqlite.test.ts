import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { openSqlite } from "../../src/ledger/sqlite/open.ts";
import { systemClock } from "../../src/world/clock.ts";
import { systemRandom } from "../../src/world/random.ts";
import { conformance } from "./conformance/conformance.ts";
import { openSqliteHere } from "./here.ts";

const folder = mkdtempSync(join(tmpdir(), "waybill-ledger-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

// Both ways to run it, over both places to put it: a user has the file in a thread, a rehearsal the memory in its own.
conformance("SQLite, in memory, in a thread of its own", () =>
  openSqlite({ address: "sqlite::memory:", role: "owner", mustExist: false }),
);
conformance("SQLite, in a file, in this thread", async () =>
  openSqliteHere(
    { address: `sqlite:${join(folder, `${count++}`, "ledger.db")}`, role: "owner", mustExist: false },
    { clock: systemClock, random: systemRandom },
    // So few that they are sorted in all the time.
    { youngMarks: { generation: 6, slice: 4 } },
  ),
);
