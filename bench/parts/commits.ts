import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inFolder, median } from "../processes.ts";

/** What one durable commit of one row costs on this disk. */
export async function commits(): Promise<Record<string, number>> {
  return inFolder(async (folder) => {
    const database = new DatabaseSync(join(folder, "commits.db"));
    database.exec(
      "pragma journal_mode = wal; pragma synchronous = full; create table one (id integer primary key, text text)",
    );
    const insert = database.prepare("insert into one (text) values (?)");
    const tookMs: number[] = [];
    for (let at = 0; at < 1_000; at++) {
      const from = performance.now();
      insert.run("one row");
      tookMs.push(performance.now() - from);
    }
    database.close();
    return { medianMs: median(tookMs) };
  });
}
