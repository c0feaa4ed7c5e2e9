import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { channel } from "../../../src/ledger/desk/channel.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { connect } from "../../../src/ledger/sqlite/connection.ts";
import { migrate, readMigrations } from "../../../src/ledger/sqlite/migrate.ts";
import { openSqlite } from "../../../src/ledger/sqlite/open.ts";
import { storeOver } from "../../../src/ledger/sqlite/store.ts";
import { systemClock } from "../../../src/world/clock.ts";
import { Desk } from "../conformance/arrange.ts";
import { otherProcess } from "./processes.ts";

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "waybill-files-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const open = (address: string, mustExist = false): Promise<Ledger> => openSqlite({ address, role: "owner", mustExist });

/** Tells each try to begin a transaction that writes. */
function tellBegins(database: DatabaseSync, onBegin: () => void): void {
  const prepare = database.prepare.bind(database);
  database.prepare = (sql) => {
    const statement = prepare(sql);
    if (sql !== "begin immediate") return statement;
    const run = statement.run.bind(statement);
    statement.run = () => {
      onBegin();
      return run();
    };
    return statement;
  };
}

/** The store in this thread, over a connection that the test has made worse. */
function storeWorse(
  t: TestContext,
  path: string,
  worsen: (database: DatabaseSync) => void,
  { onBegin }: { readonly onBegin?: () => void } = {},
): Desk {
  const database = connect(path);
  if (onBegin !== undefined) tellBegins(database, onBegin);
  const options = { address: `sqlite:${path}`, role: "owner", mustExist: false, ledgerId: "l", nowMs: 1 } as const;
  migrate(database, options.address, options);
  const store = storeOver(database, options, { held: () => {}, take: () => () => {}, byOthers: () => false });
  worsen(database);
  t.after(() => store.close());
  return new Desk(
    channel(
      {
        facts: { address: options.address, owner: true, fleet: false, ledgerId: "l", epoch: 1 },
        carry: async (calls) => ({ replies: store.apply(calls), foreign: false }),
        end: async () => {},
      },
      systemClock,
    ),
  );
}

test("while somebody keeps the lock, whoever waits is told after one wait, and not after one for each who waits", async (t) => {
  const path = join(folder(t), "ledger.db");
  let begins = 0;
  const desk = storeWorse(t, path, (database) => database.exec("pragma busy_timeout = 10"), {
    onBegin: () => {
      begins++;
    },
  });
  await desk.one({ id: "A-1" });
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec("begin immediate");
  begins = 0;
  const asked = await Promise.allSettled(["A-2", "A-3", "A-4"].map((id) => desk.one({ id })));
  assert.deepEqual(
    asked.map((one) => (one.status === "rejected" ? (one.reason as { code?: string }).code : one.status)),
    ["ledger-failed", "ledger-failed", "ledger-failed"],
  );
  assert.equal(begins, 1, "each of the three waited for the lock by itself");
  other.exec("commit");
  assert.equal((await desk.one({ id: "A-2" })).duplicate, false);
  await desk.books({ received: 2 });
});

test("a ledger and its folder are made, for their owner's eyes only", async (t) => {
  const path = join(folder(t), "deep", "er", "ledger.db");
  const ledger = await open(`sqlite:${path}`);
  await new Desk(ledger).one({ id: "A-1" });
  for (const file of [path, `${path}-wal`, join(path, "..", "owner.db")]) {
    assert.equal((statSync(file).mode & 0o777).toString(8), "600", file);
  }
  const { ledgerId, epoch } = ledger.facts;
  await ledger.close();
  const again = await open(`sqlite:${path}`, true);
  assert.deepEqual([again.facts.ledgerId, again.facts.epoch, again.facts.owner], [ledgerId, epoch, true]);
  assert.equal((await new Desk(again).one({ id: "A-1" })).duplicate, true);
  await again.close();
});

test("a ledger that must exist is not made", async (t) => {
  const path = join(folder(t), "none", "ledger.db");
  await assert.rejects(open(`sqlite:${path}`, true), { code: "bad-configuration" });
  assert.equal(existsSync(join(path, "..")), false);
});

test("an address that names no ledger is refused in words that help", async () => {
  for (const [address, code, words] of [
    ["mysql://user:secret@db/waybill", "bad-configuration", /not a ledger's address/],
    [".waybill/ledger.db", "bad-configuration", /not a ledger's address/],
    ["sqlite:", "bad-configuration", /names no file/],
    ["sqlite:folder/", "bad-configuration", /names no file/],
    ["sqlite:a\u0000b", "bad-configuration", /names no file/],
  ] as const) {
    await assert.rejects(open(address), (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, code, address);
      assert.match(error.message, words);
      assert.match(String(error.hint), /sqlite:/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});

test("a ledger of a newer version is refused, and says which versions are known", async (t) => {
  const path = join(folder(t), "ledger.db");
  await (await open(`sqlite:${path}`)).close();
  const database = new DatabaseSync(path);
  database.exec("pragma user_version = 7001");
  database.close();
  await assert.rejects(open(`sqlite:${path}`), (error: Error & { code?: string }) => {
    assert.equal(error.code, "ledger-newer");
    assert.match(error.message, /version 7001; this Waybill knows versions up to \d+/);
    return true;
  });
});

test("another program's file is refused and left as it is", async (t) => {
  const path = join(folder(t), "ledger.db");
  const database = new DatabaseSync(path);
  database.exec("create table theirs (a)");
  database.close();
  await assert.rejects(open(`sqlite:${path}`), { code: "bad-configuration" });
  const text = join(folder(t), "ledger.db");
  writeFileSync(text, "not a database, but long enough to be taken for one".repeat(100));
  await assert.rejects(open(`sqlite:${text}`), { code: "ledger-failed" });
});

test("migrations run once each, in order, and a failing one leaves the ledger as it was", (t) => {
  const path = join(folder(t), "ledger.db");
  const first = readMigrations();
  assert.deepEqual(
    first.map(({ version }) => version),
    first.map((_, index) => index + 1),
  );
  const next = {
    version: first.length + 1,
    sql: "alter table ledger add column note text; update ledger set note = coalesce(note, '') || 'x';",
  };
  const version = (database: DatabaseSync): unknown =>
    Object.values(database.prepare("pragma user_version").get() ?? {})[0];

  const database = connect(path);
  migrate(database, "sqlite:x", { ledgerId: "one" }, first);
  assert.throws(() =>
    migrate(database, "sqlite:x", { ledgerId: "two" }, [
      ...first,
      next,
      { version: first.length + 2, sql: "nonsense" },
    ]),
  );
  assert.equal(version(database), first.length);
  migrate(database, "sqlite:x", { ledgerId: "three" }, [...first, next]);
  migrate(database, "sqlite:x", { ledgerId: "four" }, [...first, next]);
  assert.equal(version(database), first.length + 1);
  assert.deepEqual(
    { ...database.prepare("select ledger_id, note from ledger").get() },
    { ledger_id: "one", note: "x" },
  );
  database.close();
});

test("two processes that make one ledger make it once", async (t) => {
  const address = `sqlite:${join(folder(t), "ledger.db")}`;
  const others = [otherProcess(), otherProcess()];
  t.after(() => Promise.all(others.map((other) => other.kill())));
  const facts = await Promise.all(others.map((other) => other.tell({ do: "open", address, role: "guest" })));
  const ids = facts.map((said) => ("ok" in said ? (said.ok as { ledgerId: string }).ledgerId : said));
  assert.equal(ids[0], ids[1]);
  assert.match(String(ids[0]), /^[0-9a-f-]{36}$/);
});

test("a later connection to a ledger commits to the disk as well", (t) => {
  const path = join(folder(t), "ledger.db");
  const [one, other] = [connect(path), connect(path)];
  for (const database of [one, other]) {
    const ask = (pragma: string): unknown => Object.values(database.prepare(`pragma ${pragma}`).get() ?? {})[0];
    assert.deepEqual([ask("synchronous"), ask("journal_mode"), ask("busy_timeout")], [2, "wal", 5_000]);
    database.close();
  }
});

test("a full disk refuses what comes, loses nothing, and is over when there is room", async (t) => {
  const path = join(folder(t), "ledger.db");
  let disk: DatabaseSync | undefined;
  const desk = storeWorse(t, path, (database) => {
    disk = database;
    database.exec("pragma max_page_count = 120");
  });
  const raw = "x".repeat(20_000);
  const taken: string[] = [];
  const refused: string[] = [];
  for (let at = 0; at < 40; at++) {
    await desk.one({ id: `A-${at}`, raw: `${raw}${at}` }).then(
      () => taken.push(`A-${at}`),
      (error: Error & { code?: string; hint?: string }) => {
        assert.equal(error.code, "ledger-full");
        assert.match(String(error.hint), /room/);
        refused.push(`A-${at}`);
      },
    );
  }
  assert.ok(taken.length > 3 && refused.length > 3, `${taken.length} taken, ${refused.length} refused`);
  await assert.rejects(desk.take(refused.map((id, at) => ({ id, raw: `${raw}${at}` }))), { code: "ledger-full" });
  await desk.books({ received: taken.length, waiting: taken.length });
  await assert.rejects(desk.ledger.probe(), { code: "ledger-full" });
  disk?.exec("pragma max_page_count = 100000");
  await desk.ledger.probe();
  const again = await desk.take([...taken, ...refused].map((id) => ({ id, raw: `${raw}${id.slice(2)}` })));
  assert.deepEqual(
    again.map(({ duplicate }) => duplicate),
    [...taken.map(() => true), ...refused.map(() => false)],
  );
  await desk.books({ received: 2 * taken.length + refused.length, waiting: 40 });
});

test("a ledger that nobody may write is refused in those words, and can still be read", async (t) => {
  const made = folder(t);
  const path = join(made, "ledger.db");
  const ledger = await open(`sqlite:${path}`);
  await new Desk(ledger).one({ id: "A-1" });
  await ledger.close();
  const desk = storeWorse(t, path, (database) => database.exec("pragma query_only = on"));
  await assert.rejects(desk.one({ id: "A-2" }), (error: Error & { code?: string; hint?: string }) => {
    assert.equal(error.code, "ledger-full");
    assert.match(error.message, /cannot be written/);
    return true;
  });
  await desk.books({ received: 1, waiting: 1 });
});

test("a folder that this user may not write is refused in those words", async (t) => {
  // Root may write anywhere: it looks through the eyes of somebody else.
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  const made = folder(t);
  chmodSync(made, 0o755);
  const home = join(made, "home");
  mkdirSync(home);
  if (uid !== undefined) chownSync(home, uid, uid);
  chmodSync(home, 0o555);
  const other = otherProcess(uid === undefined ? {} : { uid });
  t.after(() => other.kill());
  const said = await other.tell({
    do: "open",
    address: `sqlite:${join(home, ".waybill", "ledger.db")}`,
    role: "owner",
  });
  assert.ok("code" in said, JSON.stringify(said));
  assert.equal(said.code, "ledger-full");
  assert.match(said.hint, /write/);
});
