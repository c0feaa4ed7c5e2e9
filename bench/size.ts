// What one record leaves behind, and what has to be written for it: bytes and rows on the disk, log (WAL) and commits, on SQLite and on PostgreSQL. The work is
// that of the bench: orders of 600 bytes, one keyed POST each. Once as a backlog, where hundreds share a commit, and once as they come, one every `--every` ms.
//
//   node -C waybill-source bench/size.ts [--count 20000] [--trickle 2000] [--every 10] [--only sqlite,postgres]
//
// docs/scale.md says what these figures come to.

import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Postgres, startPostgres } from "../scripts/postgres.ts";
import { assemble } from "../src/assembly/assemble.ts";
import type { Assembly } from "../src/assembly/assembly.ts";
import { ordersIntegration, orderText } from "./order.ts";
import { enqueue } from "./parts/delivery.ts";
import { inFolder } from "./processes.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    trickle: { type: "string", default: "2000" },
    every: { type: "string", default: "10" },
    only: { type: "string", default: "sqlite,postgres" },
  },
});

interface Taken {
  /** Bytes and rows by table, its indexes with it. */
  readonly tables: ReadonlyMap<string, { readonly bytes: number; readonly rows: number }>;
  readonly walBytes: number;
  readonly commits: number;
}

interface Store {
  readonly name: string;
  readonly address: string;
  /** What has been taken up to now. */
  taken(): Promise<Taken>;
}

/** Sends so many; answers when they are in the ledger. */
type Sending = (assembly: Assembly, count: number) => Promise<unknown>;

interface Running {
  readonly assembly: Assembly;
  /** Sends, and waits until all is delivered. */
  deliver(count: number, sendAll: Sending): Promise<void>;
}

async function running({ address }: Store, destination: string): Promise<Running> {
  let awaited = 0;
  let all = Promise.withResolvers<void>();
  const assembly = await assemble({
    integrations: [ordersIntegration(destination)],
    ledger: address,
    release: "bench",
    unwatched: true,
    emit(event) {
      if (event.event === "record.settled" && event.state === "delivered" && --awaited === 0) all.resolve();
    },
  });
  await assembly.start();
  return {
    assembly,
    async deliver(count, sendAll) {
      awaited = count;
      all = Promise.withResolvers<void>();
      await sendAll(assembly, count);
      await all.promise;
    },
  };
}

const backlog: Sending = (assembly, count) => enqueue(assembly, count);

const trickle: Sending = async (assembly, count) => {
  const under: Promise<unknown>[] = [];
  for (let at = 0; at < count; at++) {
    under.push(send(assembly, at));
    await sleep(Number(values.every));
  }
  await Promise.all(under);
};

const send = (assembly: Assembly, at: number): Promise<unknown> =>
  assembly.intake.send(assembly.known("orders").definition, JSON.parse(orderText(at)), "");

/** SQLite keeps no count of what it wrote: what the process wrote to its disk is taken, where the system tells. */
function sqlite(folder: string): Store {
  const path = join(folder, "ledger.db");
  return {
    name: "SQLite",
    address: `sqlite:${path}`,
    async taken() {
      const database = new DatabaseSync(path);
      database.exec("pragma wal_checkpoint(truncate)");
      const rows = database
        .prepare(
          "select s.name, s.path, sum(s.pgsize) bytes, m.tbl_name owner from dbstat s left join sqlite_master m on m.name = s.name group by s.name",
        )
        .all() as { name: string; bytes: number; owner: string | null }[];
      const tables = new Map<string, { bytes: number; rows: number }>();
      for (const { name, bytes, owner } of rows) {
        const table = owner ?? name;
        const known = tables.get(table) ?? { bytes: 0, rows: 0 };
        tables.set(table, { ...known, bytes: known.bytes + bytes });
      }
      for (const [table, known] of tables)
        if (!table.startsWith("sqlite_"))
          known.rows = (database.prepare(`select count(*) n from "${table}"`).get() as { n: number }).n;
      database.close();
      if (statSync(path).size === 0) throw new Error("the ledger is empty");
      return { tables, walBytes: writtenBytes(), commits: Number.NaN };
    },
  };
}

function writtenBytes(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1] ?? Number.NaN);
}

function postgresStore(postgres: Postgres): Store {
  return {
    name: `PostgreSQL ${postgres.version}`,
    address: postgres.url(),
    async taken() {
      // What a connection did is counted within a second of its end.
      await sleep(1_500);
      const [facts = {}] = await postgres.ask(
        "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 wal, xact_commit::float8 commits from pg_stat_database where datname = 'waybill'",
      );
      const found = await postgres.ask(
        "select relname, pg_total_relation_size(oid)::float8 bytes from pg_class where relnamespace = to_regnamespace('waybill') and relkind = 'r'",
      );
      const tables = new Map<string, { bytes: number; rows: number }>();
      for (const { relname, bytes } of found as unknown as { relname: string; bytes: number }[]) {
        const [row] = await postgres.ask(`select count(*)::float8 n from waybill."${relname}"`);
        tables.set(relname, { bytes, rows: row?.n as number });
      }
      return { tables, walBytes: facts.wal as number, commits: facts.commits as number };
    },
  };
}

interface Measure {
  readonly what: string;
  readonly count: number;
  readonly sendAll: Sending;
}

async function measured(store: Store, { what, count, sendAll }: Measure, destination: string): Promise<void> {
  const { assembly, deliver } = await running(store, destination);
  // What a new ledger costs once.
  await deliver(1, () => send(assembly, 1_000_000));
  const before = await store.taken();
  const from = performance.now();
  const usedBefore = process.cpuUsage();
  await deliver(count, sendAll);
  const { user, system } = process.cpuUsage(usedBefore);
  const seconds = (performance.now() - from) / 1_000;
  await assembly.stop();
  const after = await store.taken();
  const per = (figure: number): string => (figure / count).toFixed(figure / count < 10 ? 2 : 0);
  console.log(
    `\n${store.name}, ${what}: ${count.toLocaleString("en")} records in ${seconds.toFixed(1)} s; for each record`,
  );
  // The destination is in this process, too.
  console.log(`  CPU         ${per(user + system)} µs`);
  console.log(`  written     ${per(after.walBytes - before.walBytes)} bytes`);
  if (!Number.isNaN(after.commits)) console.log(`  commits     ${per(after.commits - before.commits)}`);
  let bytes = 0;
  let rows = 0;
  for (const [name, now] of [...after.tables].sort(([, a], [, b]) => b.bytes - a.bytes)) {
    const then = before.tables.get(name) ?? { bytes: 0, rows: 0 };
    bytes += now.bytes - then.bytes;
    rows += now.rows - then.rows;
    if (now.bytes - then.bytes > count)
      console.log(
        `  ${name.padEnd(14)}${per(now.bytes - then.bytes).padStart(7)} bytes  ${per(now.rows - then.rows)} rows`,
      );
  }
  console.log(`  together    ${per(bytes)} bytes  ${per(rows)} rows`);
}

async function destination(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end('{"id":"inv_1"}'));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

const there = await destination();
for (const measure of [
  { what: "a backlog", count: Number(values.count), sendAll: backlog },
  { what: `one every ${values.every} ms`, count: Number(values.trickle), sendAll: trickle },
]) {
  if (measure.count === 0) continue;
  if (values.only.includes("sqlite")) await inFolder((folder) => measured(sqlite(folder), measure, there.url));
  if (values.only.includes("postgres")) {
    await using postgres = await startPostgres({ version: 18, fsync: true });
    await measured(postgresStore(postgres), measure, there.url);
  }
}
there.close();
