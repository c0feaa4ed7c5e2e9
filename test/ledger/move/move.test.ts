import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Postgres, startPostgres } from "../../../scripts/postgres.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { type Moved, moveLedger } from "../../../src/ledger/move/move.ts";
import { movedTables } from "../../../src/ledger/move/tables.ts";
import { ownTables } from "../../../src/ledger/move/target.ts";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { backupSqlite } from "../../../src/ledger/sqlite/backup.ts";
import { leaveSqlite } from "../../../src/ledger/sqlite/moving-out.ts";
import { openSqlite } from "../../../src/ledger/sqlite/open.ts";
import { restoreSqlite } from "../../../src/ledger/sqlite/restore.ts";
import { WaybillError } from "../../../src/model/errors.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { systemRandom } from "../../../src/world/random.ts";
import { Desk, effectOf, put, startMs } from "../conformance/arrange.ts";
import { openSqliteHere } from "../here.ts";
import type { MoverPlan } from "./mover.ts";
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

const world = { clock: { ...systemClock, now: () => startMs + 86_400_000 }, random: systemRandom };
const owner = { role: "owner", mustExist: false } as const;
let count = 0;

interface Places {
  readonly from: string;
  readonly to: string;
  readonly file: string;
  readonly schema: string;
}

function places(): Places {
  const schema = `moved_${++count}`;
  const file = join(folder, `${count}`, "ledger.db");
  return { from: `sqlite:${file}`, to: `${postgres.url()}?schema=${schema}`, file, schema };
}

/** A ledger with some of its records delivered, one in somebody's hands, and the others waiting. */
async function filled(from: string, orders = 20): Promise<void> {
  const ledger = openSqliteHere({ ...owner, address: from }, world);
  const desk = new Desk(ledger);
  for (let at = 0; at < orders; at += 250)
    await desk.take(Array.from({ length: Math.min(250, orders - at) }, (_, one) => ({ id: `o${at + one}` })));
  for (const claimed of await desk.claim(orders / 2)) {
    await desk.write(claimed, { effects: [put(effectOf(claimed, "invoice", { state: "done", result: "{}" }))] });
    await desk.deliver(claimed);
  }
  const [inHand] = await desk.claim(1);
  assert.ok(inHand !== undefined);
  await desk.intend(inHand, "invoice");
  await ledger.close();
}

const moving = ({ from, to }: Places, dryRun = false): Promise<Moved> =>
  moveLedger({ from, to, actor: "ann", why: undefined, dryRun }, world);

async function withLedger<T>(opening: Ledger | Promise<Ledger>, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await opening;
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** Whoever starts the file again finds all of it. */
const startsAsBefore = ({ from }: Places, orders = 20): Promise<void> =>
  withLedger(openSqliteHere({ ...owner, address: from, mustExist: true }, world), async (ledger) => {
    const [book] = await ledger.balance(undefined);
    assert.equal(book?.received, orders);
    assert.equal((await new Desk(ledger).take({ id: "one more" })).length, 1);
  });

async function schemas(): Promise<readonly string[]> {
  const rows = await postgres.ask("select nspname from pg_namespace where nspname like 'moved%'");
  return rows.map(({ nspname }) => String(nspname));
}

const isError =
  (code: string, ...words: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof WaybillError, String(error));
    const text = `${error.message} ${error.hint}`;
    assert.equal(error.code, code, text);
    for (const word of words) assert.match(text, word);
    return true;
  };

/** Of the file, what goes as rows of other tables: young marks as marks, and what was held of a budget as spent. */
const madeInto: ReadonlySet<string> = new Set(["young_marks", "budget_holds"]);

test("every table and column of both stores is moved, or is one that each makes for itself", async () => {
  const here = places();
  await filled(here.from);
  await moving(here);
  const database = new DatabaseSync(here.file, { readOnly: true });
  const tables = database.prepare("select name from sqlite_schema where type = 'table' order by name").all();
  const names = tables.map(({ name }) => String(name)).filter((name) => !madeInto.has(name));
  const moved = new Set(movedTables.map(({ name }) => name));
  assert.deepEqual(
    names.filter((name) => !moved.has(name)),
    [],
    "a table of the file stays behind",
  );
  database.close();
  const columns = await postgres.ask(
    `select table_name, array_agg(column_name::text order by column_name) as columns from information_schema.columns
     where table_schema = $1 group by table_name order by table_name`,
    [here.schema],
  );
  for (const { table_name: name, columns: there } of columns) {
    if (ownTables.has(String(name))) continue;
    const table = movedTables.find((one) => one.name === name);
    assert.deepEqual(
      table?.columns.map(([column]) => column).sort(),
      String(there).replace(/[{}]/g, "").split(","),
      `${name}`,
    );
  }
});

test("text that PostgreSQL cannot hold, bytes, and numbers as they were are the same afterwards", async () => {
  const here = places();
  await withLedger(openSqlite({ ...owner, address: here.from }, world), async (ledger) => {
    const desk = new Desk(ledger);
    await desk.take([
      { id: "nul \0 and \uE0F0 and \uE0F00", entity: "é ß 漢 \u{1f600}", raw: 'a "quoted\\ {text}, NULL \0' },
      { id: "null", raw: "", content: '{"a":"\\u0000"}' },
      { id: "{}", key: "\t\n\\", raw: "x".repeat(5_000_000), contract: "it's" },
    ]);
    await ledger.post({ post: "pause", kind: "system", name: "a\0b", atMs: startMs, actor: "ann", why: '"' });
  });
  const before = await withLedger(openSqlite({ ...owner, address: here.from }, world), told);
  const moved = await moving(here);
  assert.deepEqual(await withLedger(openPostgres({ ...owner, role: "guest", address: here.to }, world), told), before);
  assert.equal(moved.tables.length, movedTables.length);
  assert.ok(moved.tables.every(({ hash }) => hash?.length === 64));
});

test("a moved ledger cannot be started or written any more, tells where it went, and can be read", async () => {
  const here = places();
  await filled(here.from);
  const guest = await openSqlite({ address: here.from, role: "guest", mustExist: true }, world);
  await moving(here);
  const desk = new Desk(guest);
  await assert.rejects(desk.take({ id: "late" }), isError("ledger-moved", /was moved to postgres/, /DATABASE_URL/));
  await assert.rejects(guest.own(startMs), isError("ledger-moved"));
  assert.equal((await guest.balance(undefined))[0]?.received, 20);
  await guest.close();
  await assert.rejects(openSqlite({ ...owner, address: here.from }, world), isError("ledger-moved", /waybill restore/));
  await assert.rejects(moving(places2(here)), isError("ledger-moved"));
  await withLedger(openPostgres({ ...owner, address: here.to }), async (ledger) => {
    const [entry] = await ledger.journal("");
    assert.deepEqual([entry?.what, entry?.actor], ["moved", "ann"]);
    assert.equal((await new Desk(ledger).take({ id: "one more" })).length, 1);
  });
});

const places2 = ({ from, file }: Places): Places => ({ ...places(), from, file });

test("somebody who goes back on purpose restores the file in its place: what was sent since then is in doubt", async () => {
  const here = places();
  await filled(here.from);
  await moving(here);
  const copy = join(folder, "of-a-moved-one.db");
  const { copiedAtMs: at } = backupSqlite({
    address: here.from,
    file: copy,
    nowMs: world.clock.now() + 9_000,
    random: systemRandom,
  });
  assert.equal(at, world.clock.now() + 9_000);
  const restored = restoreSqlite({
    address: here.from,
    file: here.file,
    nowMs: world.clock.now() + 10_000,
    copiedAtMs: undefined,
    doubtNewUntilMs: 0,
    actor: "ann",
    why: "the database was too far away",
    dryRun: false,
    random: systemRandom,
  });
  assert.deepEqual([restored.restore.epoch, restored.restore.copiedAtMs], [2, world.clock.now()]);
  assert.equal(restored.inDoubt, 1);
  await startsAsBefore(here);
});

test("a dry run counts, and changes nothing on either side", async () => {
  const here = places();
  await filled(here.from);
  const moved = await moving(here, true);
  assert.equal(moved.tables.find(({ table }) => table === "records")?.rows, 20);
  assert.ok(!(await schemas()).includes(here.schema));
  await startsAsBefore(here);
});

for (const dieAt of [
  { step: "copying", table: "payloads" },
  { step: "copying", table: "effects" },
  { step: "comparing", table: "records" },
] as const) {
  test(`a move that is killed while ${dieAt.step} ${dieAt.table} leaves nothing, and the next one does it`, async () => {
    const here = places();
    await filled(here.from, 500);
    const plan: MoverPlan = { ...here, dieAt };
    const program = fileURLToPath(new URL("mover.ts", import.meta.url));
    const died = spawnSync(process.execPath, ["-C", "waybill-source", program, JSON.stringify(plan)], {
      encoding: "utf8",
    });
    assert.equal(died.signal, "SIGKILL", died.stderr);
    assert.deepEqual((await schemas()).includes(here.schema), false, "nobody sees anything of it");
    await startsAsBefore(here, 500);
    const { tables } = await moving(here);
    assert.equal(tables.find(({ table }) => table === "records")?.rows, 501);
  });
}

test("a move that died at its last step starts nowhere by accident: the next one looks whether PostgreSQL has it", async () => {
  // Before PostgreSQL's commit.
  const here = places();
  await filled(here.from);
  const leaving = leaveSqlite({ address: here.from, nowMs: world.clock.now() });
  leaving.mark(here.to);
  leaving.close();
  await assert.rejects(
    openSqlite({ ...owner, address: here.from }, world),
    isError("ledger-moved", /may be there already/),
  );
  await assert.rejects(moving(places2(here)), isError("ledger-moved", new RegExp(here.schema)));
  assert.equal((await moving(here)).before, false);
  await withLedger(openPostgres({ ...owner, address: here.to }), async (ledger) =>
    assert.equal((await ledger.balance(undefined))[0]?.received, 20),
  );
  // After it.
  const other = places();
  await filled(other.from);
  await moving(other);
  const database = new DatabaseSync(other.file);
  database.exec("update ledger set copied_at = null");
  database.close();
  assert.equal((await moving(other)).before, true);
  await assert.rejects(openSqlite({ ...owner, address: other.from }, world), isError("ledger-moved", /was moved to/));
});

test("what cannot be moved is refused, says what to do, and changes nothing", async () => {
  const role = await postgres.ask("create role poor login");
  assert.deepEqual(role, []);
  const silent = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const closed = (silent.address() as { port: number }).port;
  await new Promise((resolve) => silent.close(resolve));

  const full = places();
  await filled(full.from);
  await moving(full);
  const strange = places();
  await postgres.ask(`create schema ${strange.schema}`);
  await postgres.ask(`create table ${strange.schema}.shop (id integer)`);
  await postgres.ask(`alter schema ${strange.schema} owner to app`);
  await postgres.ask(`alter table ${strange.schema}.shop owner to app`);

  const targets: readonly [what: string, to: string, code: string, words: RegExp][] = [
    ["a target that is not empty", full.to, "bad-usage", /is not empty: there are .*drop schema/],
    ["a schema of something else", strange.to, "bad-usage", /holds something else: the table shop/],
    [
      "a server that is not there",
      `postgres://app@127.0.0.1:${closed}/waybill`,
      "ledger-failed",
      /Nothing listens there/,
    ],
    ["a database that is not there", postgres.url("nowhere"), "ledger-failed", /Create the database/],
    ["a user without rights", postgres.url().replace("app@", "poor@"), "ledger-failed", /Grant this user the right/],
    ["a file as the target", `sqlite:${join(folder, "other.db")}`, "bad-usage", /from a SQLite file to PostgreSQL/],
    ["no address at all", "postgres", "bad-usage", /waybill move sqlite:/],
  ];
  const source = places();
  await filled(source.from);
  for (const [what, to, code, words] of targets)
    await assert.rejects(moving({ ...source, to }), isError(code, words), what);
  await startsAsBefore(source);

  const garbage = join(folder, "garbage.db");
  writeFileSync(garbage, "not a database, but long enough to be read as if it were one. ".repeat(20));
  const stranger = join(folder, "stranger.db");
  const database = new DatabaseSync(stranger);
  database.exec("create table shop (id integer)");
  database.close();
  const newer = places();
  await filled(newer.from);
  const fromLater = new DatabaseSync(newer.file);
  fromLater.exec("pragma user_version = 9999");
  fromLater.close();
  const copied = places();
  await filled(copied.from);
  const backup = join(folder, "backup.db");
  backupSqlite({ address: copied.from, file: backup, nowMs: world.clock.now(), random: systemRandom });
  const late = places();
  await filled(late.from);

  const sources: readonly [what: string, from: string, code: string, words: RegExp][] = [
    ["no file", `sqlite:${join(folder, "none.db")}`, "bad-configuration", /There is no ledger/],
    ["what is no database", `sqlite:${garbage}`, "ledger-failed", /not a database/],
    ["another program's file", `sqlite:${stranger}`, "bad-configuration", /another program/],
    ["what a newer Waybill wrote", newer.from, "ledger-newer", /9999/],
    ["a backup", `sqlite:${backup}`, "bad-configuration", /restore FILE/],
    ["a ledger in memory", "sqlite::memory:", "bad-usage", /in memory/],
    ["what is in PostgreSQL", postgres.url(), "bad-usage", /and no other way/],
  ];
  for (const [what, from, code, words] of sources) {
    const here = { ...places(), from };
    await assert.rejects(moving(here), isError(code, words), what);
    assert.ok(!(await schemas()).includes(here.schema), what);
  }
  assert.ok(!existsSync(join(folder, "none.db")), "and makes no file where none was");

  const behind = { ...world, clock: { ...world.clock, now: () => startMs - 60_000 } };
  const move = { from: late.from, to: late.to, actor: "ann", why: undefined, dryRun: false };
  await assert.rejects(moveLedger(move, behind), isError("bad-configuration", /clock/));
});

test("nothing is moved while a process runs on either side, and a guest who writes meanwhile loses nothing", async () => {
  const here = places();
  await filled(here.from);
  await withLedger(openSqlite({ ...owner, address: here.from }, world), () =>
    assert.rejects(moving(here), isError("ledger-owned", /Stop that one first/)),
  );
  await withLedger(openPostgres({ ...owner, address: here.to }), async (ledger) => {
    assert.ok(ledger.facts.owner);
    await assert.rejects(moving(here), isError("ledger-owned", /drop schema/));
  });
  await startsAsBefore(here);
  await postgres.ask(`drop schema ${here.schema} cascade`);

  const guest = await openSqlite({ address: here.from, role: "guest", mustExist: true }, world);
  const desk = new Desk(guest);
  const ended = moving(here);
  const taken: string[] = [];
  for (let at = 0; at < 50; at++) {
    try {
      const id = `guest-${at}`;
      await desk.take({ id });
      taken.push(id);
    } catch (error) {
      assert.ok(error instanceof WaybillError && ["ledger-moved", "ledger-failed"].includes(error.code), String(error));
      break;
    }
  }
  await ended;
  await guest.close();
  await withLedger(openPostgres({ ...owner, address: here.to }), async (ledger) => {
    for (const id of taken) assert.equal(await ledger.count({ id }), 1, `${id} was acknowledged`);
    assert.equal((await ledger.balance(undefined))[0]?.received, 21 + taken.length);
  });
});
