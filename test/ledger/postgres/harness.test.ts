import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { cacheOf } from "../../../scripts/components.ts";
import { startPgBouncer } from "../../../scripts/pgbouncer.ts";
import { type PostgresVersion, startPostgres } from "../../../scripts/postgres.ts";
import { openWire } from "../../../scripts/wire.ts";

const versions: readonly PostgresVersion[] = [15, 18];

async function connected(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

for (const version of versions)
  test(`PostgreSQL ${version}, started by a test`, async (t) => {
    await using postgres = await startPostgres({ version, settings: { work_mem: "5MB" } });

    await t.test("is of that version, and its user owns the database and is nobody special", async () => {
      await using client = await connected(postgres.url());
      const { rows } = await client.query(
        `select current_setting('server_version_num')::integer / 10000 as version, current_user as name,
         (select rolsuper from pg_roles where rolname = current_user) as super,
         (select datdba::regrole::text from pg_database where datname = current_database()) as owner`,
      );
      assert.deepEqual(rows, [{ version, name: "app", super: false, owner: "app" }]);
    });

    await t.test("answers through PgBouncer, whose clients share connections", async () => {
      await using pgbouncer = await startPgBouncer(postgres, { default_pool_size: 2 });
      const clients = await Promise.all(Array.from({ length: 6 }, () => connected(pgbouncer.url())));
      try {
        const answers = await Promise.all(
          clients.map((client, n) => client.query("select $1::integer as n, pg_backend_pid() as pid", [n])),
        );
        assert.deepEqual(
          answers.map(({ rows }) => rows[0].n),
          [0, 1, 2, 3, 4, 5],
        );
        assert.ok(new Set(answers.map(({ rows }) => rows[0].pid)).size <= 2);
      } finally {
        await Promise.all(clients.map((client) => client.end()));
      }
    });

    await t.test("keeps what was committed over a restart and over a crash, and its port", async () => {
      await postgres.ask("create table kept as select 0 as n");
      await postgres.restart("fast");
      await postgres.ask("insert into kept values (-1)");
      const { pid, port } = postgres;
      await postgres.restart("immediate");
      assert.deepEqual(await postgres.ask("select n from kept order by n"), [{ n: -1 }, { n: 0 }]);
      assert.notEqual(postgres.pid, pid);
      assert.equal(postgres.port, port);
      assert.match(postgres.log(), /was not properly shut down/);
      assert.deepEqual(await postgres.ask("show work_mem"), [{ work_mem: "5MB" }]);
      await postgres.configure({ work_mem: "6MB" });
      assert.deepEqual(await postgres.ask("show work_mem"), [{ work_mem: "6MB" }]);
    });

    await t.test("has a standby that holds every committed row when it takes over", async () => {
      await using standby = await postgres.standby();
      await postgres.configure({ synchronous_standby_names: "standby" });
      await postgres.ask("insert into kept select generate_series(1, 1000)");
      await postgres.stop("immediate");
      await assert.rejects(standby.ask("insert into kept values (0)"), { code: "25006" });
      await standby.promote();
      assert.deepEqual(await standby.ask("select count(*)::integer as n from kept"), [{ n: 1_002 }]);
      await standby.ask("insert into kept values (0)");
    });
  });

test("a wire that is cut ends the connection, lets nobody through, and does again when it is healed", async () => {
  await using postgres = await startPostgres({ version: 18 });
  await using wire = await openWire(postgres.port);
  const url = postgres.url().replace(String(postgres.port), String(wire.port));
  await using client = await connected(url);
  assert.equal((await client.query("select 1 as n")).rows[0].n, 1);
  const waits = client.query("select pg_sleep(60)");
  await until(
    async () => (await postgres.ask("select 1 from pg_stat_activity where wait_event = 'PgSleep'")).length > 0,
  );
  wire.cut();
  await assert.rejects(waits);
  await assert.rejects(connected(url));
  assert.equal(wire.open, 0);
  wire.heal();
  await using again = await connected(url);
  assert.equal((await again.query("select 2 as n")).rows[0].n, 2);
});

test("over a wire that is stalled nothing is heard, and everything when it is healed; or what was sent arrives, and its answer does not", async () => {
  await using postgres = await startPostgres({ version: 18 });
  await postgres.ask("create table seen (n integer); grant all on seen to app");
  await using wire = await openWire(postgres.port);
  await using client = await connected(postgres.url().replace(String(postgres.port), String(wire.port)));
  const seen = async () => (await postgres.ask("select n from seen order by n")).map(({ n }) => n);
  const quiet = async (answer: Promise<unknown>) =>
    await Promise.race([answer.then(() => "heard"), sleep(200, "quiet")]);

  wire.stall();
  const first = client.query("insert into seen values (1)");
  assert.equal(await quiet(first), "quiet");
  assert.deepEqual(await seen(), []);
  wire.heal();
  await first;
  assert.deepEqual(await seen(), [1]);

  wire.stall("answers");
  const second = client.query("insert into seen values (2)");
  await until(async () => (await seen()).length === 2);
  assert.equal(await quiet(second), "quiet");
  wire.cut();
  await assert.rejects(second);
  assert.deepEqual(await seen(), [1, 2]);
});

test("an ordinary user starts them too, and nothing is left when the process that started them is killed", async () => {
  const script = fileURLToPath(new URL("started.ts", import.meta.url));
  const env = { ...process.env, XDG_CACHE_HOME: dirname(dirname(cacheOf())) };
  const child = spawn(process.execPath, ["-C", "waybill-source", script], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const servers: { version: number; pid: number; port: number; dataFolder: string }[] = [];
  for await (const line of createInterface({ input: child.stdout })) if (servers.push(JSON.parse(line)) === 2) break;
  assert.deepEqual(
    servers.map(({ version }) => version),
    [15, 18],
  );
  for (const { port } of servers) {
    await using client = await connected(`postgres://app@127.0.0.1:${port}/waybill`);
    assert.equal((await client.query("select 1 as n")).rows[0].n, 1);
  }
  child.kill("SIGKILL");
  await ended;
  for (const { pid, dataFolder } of servers) await until(async () => !isAlive(pid) && !existsSync(dirname(dataFolder)));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3_000; tries++) {
    if (await holds()) return;
    await sleep(20);
  }
  assert.fail("it never came about");
}
