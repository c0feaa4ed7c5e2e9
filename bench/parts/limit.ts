import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Pool } from "undici";
import { inFlight, orderText } from "../order.ts";
import { inFolder } from "../processes.ts";

// What anything that keeps results durably in SQLite could reach at most: each answer is one row, written in batches by a thread while the next requests
// are already under way. It knows no record, no order, no intent and no repetition.

const rowsMax = 256;

if (!isMainThread && workerData?.limitFile !== undefined) {
  const database = new DatabaseSync(workerData.limitFile as string);
  database.exec(
    "pragma journal_mode = wal; pragma synchronous = full; create table result (id text primary key, body text) without rowid",
  );
  const insert = database.prepare("insert into result (id, body) values (?, ?)");
  parentPort?.on("message", (rows: readonly [string, string][]) => {
    database.exec("begin immediate");
    for (const [id, body] of rows) insert.run(id, body);
    database.exec("commit");
    parentPort?.postMessage(rows.length);
  });
}

export async function limit(count: number, destination: string): Promise<Record<string, number>> {
  return inFolder(async (folder) => {
    const orders = Array.from({ length: count }, (_, at) => orderText(at));
    const thread = new Worker(new URL(import.meta.url), { workerData: { limitFile: join(folder, "limit.db") } });
    const pool = new Pool(destination, { connections: inFlight, pipelining: 1 });
    let waiting: [string, string][] = [];
    let writing = false;
    let written = 0;
    const done = Promise.withResolvers<void>();
    const write = (): void => {
      if (writing || waiting.length === 0) return;
      writing = true;
      thread.postMessage(waiting.slice(0, rowsMax));
      waiting = waiting.slice(rowsMax);
    };
    thread.on("message", (rows: number) => {
      writing = false;
      written += rows;
      if (written === count) done.resolve();
      write();
    });
    const from = performance.now();
    let at = 0;
    const worker = async (): Promise<void> => {
      while (at < orders.length) {
        const mine = at++;
        const { body } = await pool.request({
          method: "POST",
          path: "/invoices",
          headers: { "content-type": "application/json", "idempotency-key": `key-${mine}` },
          body: orders[mine] as string,
        });
        const answer = await body.json();
        waiting.push([`A-${mine}`, JSON.stringify(answer)]);
        write();
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    await done.promise;
    const seconds = (performance.now() - from) / 1_000;
    await Promise.all([pool.close(), thread.terminate()]);
    return { perSecond: count / seconds };
  });
}
