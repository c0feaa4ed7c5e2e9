import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { startPgBouncer } from "../../../scripts/pgbouncer.ts";
import { startPostgres } from "../../../scripts/postgres.ts";
import { freePort } from "../../../scripts/throw-away.ts";
import { openPostgres } from "../../../src/ledger/postgres/open.ts";
import { WaybillError } from "../../../src/model/errors.ts";

// What stands in the way of a ledger is named, with what to do about it, and nothing has changed on the server.

const server = await startPostgres({ version: 18 });
after(() => server[Symbol.asyncDispose]());
let schemas = 0;

interface Refusal {
  readonly what: string;
  /** Answers the address; where it ends things, it does so when the test ends. */
  readonly at: (end: (what: AsyncDisposable) => void) => Promise<string>;
  readonly code: WaybillError["code"];
  readonly message: RegExp;
  readonly hint: RegExp;
}

/** The server's address for another user. */
const as = (user: string, database?: string) => server.url(database).replace("app@", `${user}@`);

const refusals: readonly Refusal[] = [
  {
    what: "a server that is too old",
    at: async (end) => {
      const old = await older(server.port);
      end(old);
      return server.url().replace(String(server.port), String(old.port));
    },
    code: "bad-configuration",
    message: /is on PostgreSQL 14\./,
    hint: /PostgreSQL 15 or later/,
  },
  {
    what: "a database that cannot hold every text",
    at: async () => {
      await server.ask(
        "create database latin owner app encoding 'LATIN1' locale_provider libc locale 'C' template template0",
      );
      return server.url("latin");
    },
    code: "bad-configuration",
    message: /latin.* is in a database whose encoding is LATIN1/,
    hint: /create database NAME encoding 'UTF8' template template0/,
  },
  {
    what: "a server that acknowledges what it may lose",
    at: async () => {
      await server.ask("create role hasty login; grant create on database waybill to hasty");
      await server.ask("alter role hasty set synchronous_commit = off");
      return as("hasty");
    },
    code: "bad-configuration",
    message: /synchronous_commit is off: what is acknowledged could be lost/,
    hint: /alter role NAME set synchronous_commit = on/,
  },
  {
    what: "a user who may not create the schema",
    at: async () => {
      await server.ask("create role visitor login");
      return as("visitor");
    },
    code: "ledger-failed",
    message: /permission denied for database waybill/,
    hint: /Grant this user the right to create a schema/,
  },
  {
    what: "a user whose transactions only read",
    at: async () => {
      await server.ask("create role reader login; grant create on database waybill to reader");
      await server.ask("alter role reader set default_transaction_read_only = on");
      return as("reader");
    },
    code: "ledger-failed",
    message: /failed: .*read-only transaction/,
    hint: /Name the primary/,
  },
  {
    what: "a standby",
    at: async (end) => {
      const standby = await server.standby();
      end(standby);
      return standby.url();
    },
    code: "ledger-failed",
    message: /failed: .*read-only transaction/,
    hint: /it is a standby.* Name the primary/,
  },
  {
    what: "a server without a connection left",
    at: async () => {
      await server.ask("create role crowd login connection limit 0; grant create on database waybill to crowd");
      return as("crowd");
    },
    code: "ledger-failed",
    message: /too many connections/,
    hint: /raise max_connections, or put PgBouncer in front/,
  },
  {
    what: "a PgBouncer without a connection left",
    at: async (end) => {
      const pgbouncer = await startPgBouncer(server, { max_client_conn: 2 });
      end(pgbouncer);
      for (;;) {
        const one = new Client({ connectionString: pgbouncer.url() });
        one.on("error", () => undefined);
        const full = await one.connect().then(
          () => false,
          () => true,
        );
        if (full) break;
      }
      return pgbouncer.url();
    },
    code: "ledger-failed",
    message: /no more connections allowed/,
    hint: /raise max_client_conn/,
  },
  {
    what: "a server that is not there",
    at: async () => `postgres://app@localhost:${await freePort()}/waybill`,
    code: "ledger-failed",
    message: /failed: .*ECONNREFUSED/,
    hint: /is PostgreSQL running/,
  },
  {
    what: "a host that nobody knows",
    at: async () => "postgres://app@nowhere.invalid/waybill",
    code: "ledger-failed",
    message: /nowhere\.invalid/,
    hint: /The host's name is not known here/,
  },
  {
    what: "a wrong password",
    at: async () => {
      await withPassword();
      return as("careful:wrong");
    },
    code: "ledger-failed",
    message: /careful:…@.*password authentication failed/,
    hint: /the user and the password/,
  },
  {
    what: "no password, where one is asked for",
    at: async () => {
      await withPassword();
      return as("careful");
    },
    code: "ledger-failed",
    message: /password/,
    hint: /the user and the password/,
  },
  {
    what: "an unknown user",
    at: async () => as("nobody-of-that-name"),
    code: "ledger-failed",
    message: /role "nobody-of-that-name" does not exist/,
    hint: /the user and the password/,
  },
  {
    what: "an unknown database",
    at: async () => server.url("nowhere"),
    code: "ledger-failed",
    message: /database "nowhere" does not exist/,
    hint: /Create the database, or name one that is there/,
  },
  {
    what: "a connection that has to be encrypted, to a server that cannot",
    at: async () => `${server.url()}?sslmode=require`,
    code: "ledger-failed",
    message: /does not support SSL/,
    hint: /sslmode/,
  },
  {
    what: "a server that speaks something else",
    at: async (end) => {
      const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      await new Promise<void>((listening) => web.listen(0, "127.0.0.1", listening));
      end({ [Symbol.asyncDispose]: async () => void web.close() });
      return `postgres://app@127.0.0.1:${(web.address() as { port: number }).port}/waybill`;
    },
    code: "ledger-failed",
    message: /failed: .+/,
    hint: /host and port/,
  },
];

for (const { what, at, code, message, hint } of refusals)
  test(`refused with the reason and the next step, and nothing changed: ${what}`, async (t) => {
    const address = await at((made) => t.after(() => made[Symbol.asyncDispose]()));
    const schema = `refused_${schemas++}`;
    const named = `${address}${address.includes("?") ? "&" : "?"}schema=${schema}`;
    const fault = await refused(named);
    assert.equal(fault.code, code, fault.message);
    assert.match(fault.message, message);
    assert.doesNotMatch(fault.message, /wrong|undefined|: \.$/);
    assert.match(fault.hint ?? "", hint);
    assert.deepEqual(await server.ask("select 1 from pg_namespace where nspname = $1", [schema]), []);
  });

test("a ledger of a newer version is refused, and stays as it is", async () => {
  const address = `${server.url()}?schema=newer`;
  await (await openPostgres({ address, role: "owner", mustExist: false })).close();
  await server.ask("insert into newer.migrations (version) values (9999)");
  const fault = await refused(address);
  assert.equal(fault.code, "ledger-newer");
  assert.match(fault.message, /version 9999/);
  assert.match(fault.hint ?? "", /waybill@latest/);
  assert.deepEqual(await server.ask("select max(version) as version from newer.migrations"), [{ version: 9999 }]);
});

test("a ledger of an older version is not changed while an older worker runs, and is once it has stopped", async () => {
  const address = `${server.url()}?schema=older`;
  const worker = await openPostgres({ address, role: "owner", mustExist: false, worker: { name: "packing-1" } });
  const version = async () => (await server.ask("select max(version) as version from older.migrations"))[0]?.version;
  const newest = Number(await version());
  // As it was before its last migration.
  await server.ask("drop table older.search_values");
  await server.ask("drop index older.records_entity, older.records_key");
  await server.ask("delete from older.migrations where version = $1", [newest]);
  for (const role of ["owner", "guest"] as const) {
    const fault = await refused(address, false, role);
    assert.equal(fault.code, "ledger-owned");
    assert.match(fault.message, /newer than the ledger .* while a worker of the older one runs: packing-1/);
    assert.match(fault.hint ?? "", /Stop all workers, take a backup/);
    assert.equal(await version(), newest - 1);
  }
  await worker.close();
  await (await openPostgres({ address, role: "guest", mustExist: true })).close();
  assert.equal(await version(), newest);
});

test("a primary that takes no writes any more fails nothing for good: it goes on where writes are taken again", async () => {
  const address = `${server.url()}?schema=failover`;
  const ledger = await openPostgres({ address, role: "owner", mustExist: false });
  const readOnly = async (how: "on" | "off") => {
    await server.ask(`alter role app set default_transaction_read_only = ${how}`);
    await server.ask("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
  };
  await readOnly("on");
  const posted = ledger.post({ post: "listening", url: "http://here" });
  const asked = ledger.own(Date.now());
  await sleep(500);
  await readOnly("off");
  assert.equal(await posted, true);
  await asked;
  await ledger.close();
});

test("a schema with tables of somebody else is refused, and they stay as they are", async () => {
  for (const [schema, table, columns] of [
    ["shop", "records", "(n integer)"],
    ["tool", "migrations", "(name text)"],
  ]) {
    await server.ask(
      `create schema ${schema} authorization app; create table ${schema}.${table} ${columns}; alter table ${schema}.${table} owner to app`,
    );
    const fault = await refused(`${server.url()}?schema=${schema}`);
    assert.equal(fault.code, "bad-configuration", fault.message);
    assert.match(fault.message, new RegExp(`schema=${schema} holds tables of something else`));
    assert.match(fault.hint ?? "", /\?schema=NAME/);
    assert.deepEqual(await server.ask("select count(*)::integer as n from pg_tables where schemaname = $1", [schema]), [
      { n: 1 },
    ]);
  }
});

test("a ledger that has to be there and is not is refused, and not made", async () => {
  const fault = await refused(`${server.url()}?schema=not_there`, true);
  assert.equal(fault.code, "bad-configuration");
  assert.match(fault.message, /There is no ledger at .*"not_there"/);
  assert.deepEqual(await server.ask("select 1 from pg_namespace where nspname = 'not_there'"), []);
});

async function refused(address: string, mustExist = false, role: "owner" | "guest" = "owner"): Promise<WaybillError> {
  try {
    await (await openPostgres({ address, role, mustExist })).close();
  } catch (fault) {
    assert.ok(fault instanceof WaybillError, String(fault));
    return fault;
  }
  assert.fail(`${address} was opened`);
}

/** What the server is asked for, with its version as of three years before. */
async function older(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const relay = createServer((client) => {
    const behind = connect(port, "127.0.0.1");
    for (const socket of [client, behind]) socket.on("error", () => undefined);
    client.pipe(behind);
    behind.on("data", (chunk) => {
      client.write(Buffer.from(chunk.toString("latin1").replace(/180(\d{3})/g, "140$1"), "latin1"));
    });
    behind.on("close", () => client.destroy());
  });
  await new Promise<void>((listening) => relay.listen(0, "127.0.0.1", listening));
  return {
    port: (relay.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => void relay.close(),
  };
}

let guarded: Promise<void> | undefined;
/** A user `careful` whose password is asked for. */
function withPassword(): Promise<void> {
  guarded ??= (async () => {
    const file = join(server.dataFolder, "pg_hba.conf");
    writeFileSync(file, `host all careful 127.0.0.1/32 scram-sha-256\n${readFileSync(file, "utf8")}`);
    await server.ask("create role careful login password 'right'; grant create on database waybill to careful");
    await server.configure({});
  })();
  return guarded;
}
