// Whatever a ledger can come to, in every sentence that a store must keep, it is the same after a move: it answers the same, and goes on in the same way.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Postgres, startPostgres } from "../../../scripts/postgres.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { moveLedger } from "../../../src/ledger/move/move.ts";
import { movedTables } from "../../../src/ledger/move/tables.ts";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { systemRandom } from "../../../src/world/random.ts";
import { Desk, startMs } from "../conformance/arrange.ts";
import { conformance } from "../conformance/conformance.ts";
import { openSqliteHere } from "../here.ts";
import { told } from "./told.ts";

const folder = mkdtempSync(join(tmpdir(), "waybill-move-"));
let postgres: Postgres;
before(async () => {
  postgres = await startPostgres({ version: 15 });
});
after(async () => {
  await postgres[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A day after everything that the suite does. */
const movedAtMs = startMs + 86_400_000;
const world = { clock: { ...systemClock, now: () => movedAtMs }, random: systemRandom };
const owner = { role: "owner", mustExist: false } as const;
/** One of so many sentences is followed by a move, another one each time. */
const every = Number(process.env.EVERY ?? 12);
const first = Number(process.env.SEED ?? Date.now()) % every;
let count = 0;
let moved = 0;
let records = 0;
/** Records that were delivered after the move, by both. */
let goneOn = 0;

conformance("SQLite, which is then moved to PostgreSQL", async () => {
  const name = `${count++}`;
  const address = `sqlite:${join(folder, name, "ledger.db")}`;
  const ledger = openSqliteHere(
    { ...owner, address },
    { clock: systemClock, random: systemRandom },
    // So few that some are always being sorted in.
    { youngMarks: { generation: 6, slice: 4 } },
  );
  let closed = false;
  return {
    ...ledger,
    async close() {
      if (closed) return;
      closed = true;
      await ledger.close();
      if (Number(name) % every === first) await moveAndCompare(name, address);
    },
  };
});

test("the suite has left something to move", () => {
  const seen = `SEED=${first}: ${moved} ledgers with ${records} records, ${goneOn} of which were delivered afterwards`;
  assert.ok(moved >= 100 / every && records >= moved && goneOn > 0, seen);
});

async function moveAndCompare(name: string, address: string): Promise<void> {
  // What was in somebody's hands goes back, as a move does it.
  const former = openSqliteHere({ ...owner, address }, world);
  const before = await told(former).finally(() => former.close());
  cpSync(join(folder, name), join(folder, `${name}-stays`), { recursive: true });
  const to = `${postgres.url()}?schema=moved`;
  await emptied();
  await moveLedger({ from: address, to, actor: "ann", why: undefined, dryRun: false }, world);
  const guest = await openPostgres({ address: to, role: "guest", mustExist: true }, world);
  const after = await told(guest).finally(() => guest.close());
  assert.deepEqual(after, before);
  moved++;
  records += (before.records as unknown[]).length;

  const stays = openSqliteHere({ ...owner, address: `sqlite:${join(folder, `${name}-stays`, "ledger.db")}` }, world);
  const went = await openPostgres({ ...owner, address: to });
  try {
    const [one, other] = [await drained(stays), await drained(went)];
    assert.deepEqual(other.byKey, one.byKey);
    assert.deepEqual(other.balance, one.balance);
    goneOn += [...one.byKey.values()].flat().length;
  } finally {
    await stays.close();
    await went.close();
  }
}

/** A schema as somebody finds it who has looked whether it can be opened; making it anew each time would take most of the time. */
async function emptied(): Promise<void> {
  if (moved === 0) return;
  const tables = [...movedTables.map(({ name }) => name), "workers", "beats", "commits", "budget_holds", "outbox"].map(
    (name) => `moved.${name}`,
  );
  await postgres.ask(`truncate ${tables.join(", ")}`);
  await postgres.ask("update moved.lanes set worker = null, since = 0");
  await postgres.ask("insert into moved.ledger (one, ledger_id, epoch) values (1, 'nobody', 1)");
}

/** Delivers everything that can be, and says in which order each key had it. */
async function drained(ledger: Ledger): Promise<{ byKey: Map<number, string[]>; balance: unknown }> {
  const desk = new Desk(ledger);
  desk.nowMs = movedAtMs + 86_400_000;
  const byKey = new Map<number, string[]>();
  for (let claimed = await desk.claim(); claimed.length > 0; claimed = await desk.claim()) {
    for (const one of claimed) {
      byKey.set(one.keyHash, [...(byKey.get(one.keyHash) ?? []), one.record]);
      await desk.settle(one, "delivered");
    }
  }
  return { byKey: new Map([...byKey].sort(([a], [b]) => a - b)), balance: await ledger.balance(undefined) };
}
